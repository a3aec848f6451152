// nqueens, pool: a fixed number of goroutines that take unit after unit from a channel until it is empty.

package nqueens

import (
	"golang.org/x/sync/errgroup"

	"sidebyside/contract"
)

// Pool counts the placements of n queens with workers goroutines that share a queue of units.
func Pool(arguments Arguments, workers int) (contract.Outcome, error) {
	// Cut the work into units.
	pairs := split(arguments.N)
	counts := make([]*int, len(pairs)) // each unit's slot is written by the one worker that took it

	// Do every unit.
	queue := make(chan int, len(pairs))
	for i := range pairs {
		queue <- i
	}
	close(queue) // all units are in it: a worker that finds it empty is done
	var group errgroup.Group
	for range workers {
		group.Go(func() error {
			for i := range queue {
				count := countPlacements(pairs[i])
				counts[i] = &count
			}
			return nil
		})
	}
	err := group.Wait()

	// Add up.
	return total(counts), err
}
