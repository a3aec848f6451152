// primes, goroutines: one goroutine a unit; notice that no thread is named: the runtime spreads them over its own.

package primes

import (
	"golang.org/x/sync/errgroup"

	"sidebyside/contract"
)

// Goroutines counts the primes below the limit with a goroutine a unit, at most workers of them at once.
func Goroutines(arguments Arguments, workers int) (contract.Outcome, error) {
	// Cut the work into units.
	spans := split(arguments.Limit, arguments.Units)
	counts := make([]*int, len(spans)) // each goroutine writes only its own slot

	// Do every unit.
	var group errgroup.Group
	group.SetLimit(workers)
	for i, numbers := range spans {
		group.Go(func() error {
			count := countPrimes(numbers)
			counts[i] = &count
			return nil
		})
	}
	err := group.Wait()

	// Add up.
	return total(counts), err
}
