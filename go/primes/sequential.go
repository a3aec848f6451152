// primes, sequential: one unit after another; the time every other model is held against.

package primes

import "sidebyside/contract"

// Sequential counts the primes below the limit on the goroutine that calls it.
func Sequential(arguments Arguments, _ int) (contract.Outcome, error) {
	// Cut the work into units.
	spans := split(arguments.Limit, arguments.Units)
	counts := make([]*int, len(spans))

	// Do every unit.
	for i, numbers := range spans {
		count := countPrimes(numbers)
		counts[i] = &count
	}

	// Add up.
	return total(counts), nil
}
