// primes, pool: a fixed number of goroutines that take unit after unit from a channel until it is empty.

package primes

import (
	"golang.org/x/sync/errgroup"

	"sidebyside/contract"
)

// Pool counts the primes below the limit with workers goroutines that share a queue of units.
func Pool(arguments Arguments, workers int) (contract.Outcome, error) {
	// Cut the work into units.
	spans := split(arguments.Limit, arguments.Units)
	counts := make([]*int, len(spans)) // each unit's slot is written by the one worker that took it

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
				count := countPrimes(spans[i])
				counts[i] = &count
			}
			return nil
		})
	}
	err := group.Wait()

	// Add up.
	return total(counts), err
}
