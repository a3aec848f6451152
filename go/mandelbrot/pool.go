// mandelbrot, pool: a fixed number of goroutines that take unit after unit from a channel until it is empty.

package mandelbrot

import (
	"golang.org/x/sync/errgroup"

	"sidebyside/contract"
)

// Pool counts the bounded points of a grid with workers goroutines that share a queue of units.
func Pool(arguments Arguments, workers int) (contract.Outcome, error) {
	// Cut the work into units.
	rows := split(arguments.Size, arguments.Iterations)
	counts := make([]*int, len(rows)) // each unit's slot is written by the one worker that took it

	// Do every unit.
	queue := make(chan int, len(rows))
	for i := range rows {
		queue <- i
	}
	close(queue) // all units are in it: a worker that finds it empty is done
	var group errgroup.Group
	for range workers {
		group.Go(func() error {
			for i := range queue {
				count := countBounded(rows[i])
				counts[i] = &count
			}
			return nil
		})
	}
	err := group.Wait()

	// Add up.
	return total(counts), err
}
