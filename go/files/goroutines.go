// files, goroutines: one goroutine a file; notice that a read blocks a thread here too: the runtime adds another.

package files

import (
	"golang.org/x/sync/errgroup"

	"sidebyside/contract"
)

// Goroutines reads the files with a goroutine each, at most workers of them at once.
func Goroutines(arguments Arguments, workers int) (contract.Outcome, error) {
	// Cut the work into units.
	units := listFiles(arguments.Folder, arguments.Files, arguments.Size)
	found := make([]*int64, len(units)) // each goroutine writes only its own slot

	// Do every unit.
	var group errgroup.Group
	group.SetLimit(workers)
	for i, unit := range units {
		group.Go(func() (err error) {
			found[i], err = readFile(unit)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return contract.Outcome{}, err
	}

	// Add up.
	return total(found), nil
}
