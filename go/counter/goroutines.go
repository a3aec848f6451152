// counter, goroutines: each worker is a goroutine; notice that how they count decides whether the count is right, and
// what it costs.

package counter

import (
	"sync"

	"golang.org/x/sync/errgroup"

	"sidebyside/contract"
)

// Goroutines counts on each of workers goroutines.
func Goroutines(arguments Arguments, workers int) (contract.Outcome, error) {
	// Cut the work into units.
	counters := make([]counter, workers)
	chosen := split(counters, arguments.Mode)
	done := make([]int, workers) // each goroutine writes only its own slot
	var lock sync.Mutex

	// Do every unit.
	var group errgroup.Group
	for i, mine := range chosen {
		group.Go(func() error {
			done[i] = count(mine, arguments.Increments, arguments.Mode, &lock)
			return nil
		})
	}
	err := group.Wait()

	// Add up.
	return total(counters, done), err
}
