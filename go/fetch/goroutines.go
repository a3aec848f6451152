// fetch, goroutines: one goroutine a page; notice that the code waits plainly: the runtime parks it, not a thread.

package fetch

import (
	"golang.org/x/sync/errgroup"

	"sidebyside/contract"
)

// Goroutines gets the pages with a goroutine each, at most workers of them in flight.
func Goroutines(arguments Arguments, workers int) (contract.Outcome, error) {
	// Cut the work into units.
	paths := listPaths(arguments.Requests, arguments.DelayMs)
	answers := make([]*answer, len(paths)) // each goroutine writes only its own slot

	// Do every unit.
	client := Connect(arguments.TimeoutMs, workers)
	defer client.CloseIdleConnections()
	var group errgroup.Group
	group.SetLimit(workers)
	for i, path := range paths {
		group.Go(func() (err error) {
			answers[i], err = fetchPage(client, arguments.URL+path)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return contract.Outcome{}, err
	}

	// Add up.
	return total(answers), nil
}
