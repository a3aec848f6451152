// nqueens, goroutines: one goroutine a unit; notice that no thread is named: the runtime spreads them over its own.

package nqueens

import (
	"golang.org/x/sync/errgroup"

	"sidebyside/contract"
)

// Goroutines counts the placements of n queens with a goroutine a unit, at most workers of them at once.
func Goroutines(arguments Arguments, workers int) (contract.Outcome, error) {
	// Cut the work into units.
	pairs := split(arguments.N)
	counts := make([]*int, len(pairs)) // each goroutine writes only its own slot

	// Do every unit.
	var group errgroup.Group
	group.SetLimit(workers)
	for i, queens := range pairs {
		group.Go(func() error {
			count := countPlacements(queens)
			counts[i] = &count
			return nil
		})
	}
	err := group.Wait()

	// Add up.
	return total(counts), err
}
