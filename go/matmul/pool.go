// matmul, pool: a fixed number of goroutines that take unit after unit from a channel until it is empty.

package matmul

import (
	"golang.org/x/sync/errgroup"

	"sidebyside/contract"
)

// Pool multiplies a by b with workers goroutines that share a queue of units.
func Pool(arguments Arguments, workers int) (contract.Outcome, error) {
	// Cut the work into units.
	columns := transpose(arguments.B)
	bands := split(arguments.A, columns, arguments.Units)
	products := make([]Matrix, len(bands)) // each unit's slot is written by the one worker that took it

	// Do every unit.
	queue := make(chan int, len(bands))
	for i := range bands {
		queue <- i
	}
	close(queue) // all units are in it: a worker that finds it empty is done
	var group errgroup.Group
	for range workers {
		group.Go(func() error {
			for i := range queue {
				products[i] = multiply(bands[i])
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return contract.Outcome{}, err
	}

	// Put the product together.
	return join(products), nil
}
