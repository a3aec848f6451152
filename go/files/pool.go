// files, pool: a fixed number of goroutines that take file after file from a channel until it is empty.

package files

import (
	"golang.org/x/sync/errgroup"

	"sidebyside/contract"
)

// Pool reads the files with workers goroutines that share a queue of units.
func Pool(arguments Arguments, workers int) (contract.Outcome, error) {
	// Cut the work into units.
	units := listFiles(arguments.Folder, arguments.Files, arguments.Size)
	found := make([]*int64, len(units)) // each unit's slot is written by the one worker that took it

	// Do every unit.
	queue := make(chan int, len(units))
	for i := range units {
		queue <- i
	}
	close(queue) // all units are in it: a worker that finds it empty is done
	var group errgroup.Group
	for range workers {
		group.Go(func() (err error) {
			for i := range queue {
				if found[i], err = readFile(units[i]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return contract.Outcome{}, err
	}

	// Add up.
	return total(found), nil
}
