// hash, goroutines: one goroutine a unit; notice that no thread is named: the runtime spreads them over its own.

package hash

import (
	"golang.org/x/sync/errgroup"

	"sidebyside/contract"
)

// Goroutines hashes the buffers with a goroutine a unit, at most workers of them at once.
func Goroutines(arguments Arguments, workers int) (contract.Outcome, error) {
	// Cut the work into units.
	spans := split(arguments.Count, arguments.Size, arguments.Units)
	found := make([]*int64, len(spans)) // each goroutine writes only its own slot

	// Do every unit.
	var group errgroup.Group
	group.SetLimit(workers)
	for i, numbers := range spans {
		group.Go(func() error {
			each := hashBuffers(numbers)
			found[i] = &each
			return nil
		})
	}
	err := group.Wait()

	// Add up.
	return total(found), err
}
