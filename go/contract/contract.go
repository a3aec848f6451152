// Package contract is the part of the runner contract that kernels and models share:
// what one run gives, and how a workload names its arguments.
package contract

import (
	"flag"
	"fmt"
	"strconv"
)

// Outcome is the work of one run, added up over its units.
type Outcome struct {
	// Result is the answer: below 2^53, the same in every language and model, whatever finished first.
	Result int64
	// Units that were really completed.
	Units int
	// Metrics are numbers that only this workload has, with their unit in the name.
	Metrics map[string]float64
}

// Natural declares an argument that is a whole number from 0.
func Natural(flags *flag.FlagSet, target *int, name string) {
	flags.Func(name, "a whole number from 0", func(text string) error {
		number, err := strconv.ParseUint(text, 10, 53)
		if err != nil {
			return fmt.Errorf("expected a whole number from 0")
		}
		*target = int(number)
		return nil
	})
}

// Text declares an argument that is a string.
func Text(flags *flag.FlagSet, target *string, name string) {
	flags.StringVar(target, name, "", "a string")
}
