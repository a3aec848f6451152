// hash, pool: a fixed number of goroutines that take unit after unit from a channel until it is empty.

package hash

import (
	"golang.org/x/sync/errgroup"

	"sidebyside/contract"
)

// Pool hashes the buffers with workers goroutines that share a queue of units.
func Pool(arguments Arguments, workers int) (contract.Outcome, error) {
	// Cut the work into units.
	spans := split(arguments.Count, arguments.Size, arguments.Units)
	found := make([]*int64, len(spans)) // each unit's slot is written by the one worker that took it

	// Do every unit.
	queue := make(chan int, len(spans))
	for i := range spans {
		queue <- i
	}
	close(queue) // all units are in it: a worker that finds it empty is done
	var group errgroup.Group
	for range workers {
		group.Go(func() error {
			for i := range queue {
				each := hashBuffers(spans[i])
				found[i] = &each
			}
			return nil
		})
	}
	err := group.Wait()

	// Add up.
	return total(found), err
}
