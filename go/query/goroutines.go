// query, goroutines: one goroutine a batch; notice that they share a pool of connections, which is safe to share.

package query

import (
	"context"

	"golang.org/x/sync/errgroup"

	"sidebyside/contract"
)

// Goroutines asks the queries with a goroutine a batch, at most workers of them, and of connections, at once.
func Goroutines(arguments Arguments, workers int) (contract.Outcome, error) {
	// Cut the work into batches.
	batches := split(arguments)
	answers := make([]*answer, len(batches)) // each goroutine writes only its own slot

	// Do every batch.
	database, err := connect(arguments.Database, workers)
	if err != nil {
		return contract.Outcome{}, err
	}
	defer database.Close()
	group, failed := errgroup.WithContext(context.Background())
	group.SetLimit(workers)
	for i, queries := range batches {
		if failed.Err() != nil { // where one waited for a lock in vain, the others need not
			break
		}
		group.Go(func() (err error) {
			answers[i], err = doBatch(database, queries)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return contract.Outcome{}, err
	}

	// Add up.
	return total(answers), nil
}
