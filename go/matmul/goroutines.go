// matmul, goroutines: one goroutine a unit; notice that all of them read the same columns: nothing is copied.

package matmul

import (
	"golang.org/x/sync/errgroup"

	"sidebyside/contract"
)

// Goroutines multiplies a by b with a goroutine a unit, at most workers of them at once.
func Goroutines(arguments Arguments, workers int) (contract.Outcome, error) {
	// Cut the work into units.
	columns := transpose(arguments.B)
	bands := split(arguments.A, columns, arguments.Units)
	products := make([]Matrix, len(bands)) // each goroutine writes only its own slot

	// Do every unit.
	var group errgroup.Group
	group.SetLimit(workers)
	for i, work := range bands {
		group.Go(func() error {
			products[i] = multiply(work)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return contract.Outcome{}, err
	}

	// Put the product together.
	return join(products), nil
}
