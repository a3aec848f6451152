// echo, goroutines: one goroutine a connection; notice that the runtime, not the system, switches between them.

package echo

import (
	"golang.org/x/sync/errgroup"

	"sidebyside/contract"
)

// Goroutines sends the messages with a goroutine a connection, at most workers of them at once.
func Goroutines(arguments Arguments, workers int) (contract.Outcome, error) {
	// Cut the work into units.
	talks := listTalks(arguments)
	came := make([][]int64, len(talks)) // each goroutine writes only its own slot

	// Do every unit.
	var group errgroup.Group
	group.SetLimit(workers)
	for i, talk := range talks {
		group.Go(func() (err error) {
			came[i], err = holdTalk(talk)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return contract.Outcome{}, err
	}

	// Add up.
	return total(came), nil
}
