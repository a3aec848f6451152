// fetch, pool: a fixed number of goroutines that take page after page from a channel until it is empty.

package fetch

import (
	"golang.org/x/sync/errgroup"

	"sidebyside/contract"
)

// Pool gets the pages with workers goroutines that share a queue of units.
func Pool(arguments Arguments, workers int) (contract.Outcome, error) {
	// Cut the work into units.
	paths := listPaths(arguments.Requests, arguments.DelayMs)
	answers := make([]*answer, len(paths)) // each unit's slot is written by the one worker that took it

	// Do every unit.
	client := Connect(arguments.TimeoutMs, workers)
	defer client.CloseIdleConnections()
	queue := make(chan int, len(paths))
	for i := range paths {
		queue <- i
	}
	close(queue) // all units are in it: a worker that finds it empty is done
	var group errgroup.Group
	for range workers {
		group.Go(func() (err error) {
			for i := range queue {
				if answers[i], err = fetchPage(client, arguments.URL+paths[i]); err != nil {
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
	return total(answers), nil
}
