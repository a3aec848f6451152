// timeline, goroutines: each worker is a goroutine; notice that as many run at once as there are cores, and that beyond
// that Go's own scheduler has them take turns.

package timeline

import (
	"golang.org/x/sync/errgroup"

	"sidebyside/contract"
)

// Goroutines computes for a while on each of workers goroutines, and notes when each ran.
func Goroutines(arguments Arguments, workers int) (contract.Outcome, error) {
	// Cut the work into units.
	units := split(arguments.DurationMs, arguments.GapUs, workers)
	lanes := make([]*lane, workers) // each goroutine writes only its own slot

	// Do every unit.
	var group errgroup.Group
	for i, work := range units {
		group.Go(func() error {
			lanes[i] = compute(work)
			return nil
		})
	}
	err := group.Wait()

	// Add up.
	return total(lanes), err
}
