// wordcount, pool: a fixed number of goroutines that take unit after unit from a channel until it is empty.

package wordcount

import (
	"golang.org/x/sync/errgroup"

	"sidebyside/contract"
)

// Pool counts the words with workers goroutines that share a queue of units.
func Pool(arguments Arguments, workers int) (contract.Outcome, error) {
	// Cut the work into units.
	chunks := split(arguments.Text, arguments.Units)
	tables := make([]table, len(chunks)) // each unit's slot is written by the one worker that took it

	// Do every unit.
	queue := make(chan int, len(chunks))
	for i := range chunks {
		queue <- i
	}
	close(queue) // all units are in it: a worker that finds it empty is done
	var group errgroup.Group
	for range workers {
		group.Go(func() error {
			for i := range queue {
				tables[i] = countWords(chunks[i])
			}
			return nil
		})
	}
	err := group.Wait()

	// Merge the tables.
	return merge(tables), err
}
