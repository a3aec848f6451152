// query, pool: a fixed number of goroutines that take batch after batch from a channel until it is empty.

package query

import (
	"golang.org/x/sync/errgroup"

	"sidebyside/contract"
)

// Pool asks the queries with workers goroutines that share a queue of batches, and a pool of connections.
func Pool(arguments Arguments, workers int) (contract.Outcome, error) {
	// Cut the work into batches.
	batches := split(arguments)
	answers := make([]*answer, len(batches)) // each slot is written by the one worker that took its batch

	// Do every batch.
	database, err := connect(arguments.Database, workers)
	if err != nil {
		return contract.Outcome{}, err
	}
	defer database.Close()
	queue := make(chan int, len(batches))
	for i := range batches {
		queue <- i
	}
	close(queue) // all batches are in it: a worker that finds it empty is done
	var group errgroup.Group
	for range workers {
		group.Go(func() (err error) {
			for i := range queue {
				if answers[i], err = doBatch(database, batches[i]); err != nil {
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
