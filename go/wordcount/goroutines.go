// wordcount, goroutines: one goroutine a unit; notice that chunks are parts of one text: nothing is copied.

package wordcount

import (
	"golang.org/x/sync/errgroup"

	"sidebyside/contract"
)

// Goroutines counts the words with a goroutine a unit, at most workers of them at once.
func Goroutines(arguments Arguments, workers int) (contract.Outcome, error) {
	// Cut the work into units.
	chunks := split(arguments.Text, arguments.Units)
	tables := make([]table, len(chunks)) // each goroutine writes only its own slot

	// Do every unit.
	var group errgroup.Group
	group.SetLimit(workers)
	for i, chunk := range chunks {
		group.Go(func() error {
			tables[i] = countWords(chunk)
			return nil
		})
	}
	err := group.Wait()

	// Merge the tables.
	return merge(tables), err
}
