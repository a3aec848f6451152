// mandelbrot, goroutines: one goroutine a unit; notice that no thread is named: the runtime spreads them over its own.

package mandelbrot

import (
	"golang.org/x/sync/errgroup"

	"sidebyside/contract"
)

// Goroutines counts the bounded points of a grid with a goroutine a unit, at most workers of them at once.
func Goroutines(arguments Arguments, workers int) (contract.Outcome, error) {
	// Cut the work into units.
	rows := split(arguments.Size, arguments.Iterations)
	counts := make([]*int, len(rows)) // each goroutine writes only its own slot

	// Do every unit.
	var group errgroup.Group
	group.SetLimit(workers)
	for i, line := range rows {
		group.Go(func() error {
			count := countBounded(line)
			counts[i] = &count
			return nil
		})
	}
	err := group.Wait()

	// Add up.
	return total(counts), err
}
