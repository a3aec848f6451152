// Package contract is the part of the runner contract that kernels and models share:
// what one run gives, and how a workload reads its arguments.
package contract

// Outcome is the work of one run, added up over its units.
type Outcome struct {
	// Result is the answer: below 2^53, the same in every language and model, whatever finished first.
	Result int64
	// Units that were really completed.
	Units int
	// Metrics are numbers and slices of numbers that only this workload has, with their unit in the name.
	Metrics map[string]any
}
