// wordcount, sequential: one unit after another; the time every other model is held against.

package wordcount

import "sidebyside/contract"

// Sequential counts the words on the goroutine that calls it.
func Sequential(arguments Arguments, _ int) (contract.Outcome, error) {
	// Cut the work into units.
	chunks := split(arguments.Text, arguments.Units)
	tables := make([]table, len(chunks))

	// Do every unit.
	for i, chunk := range chunks {
		tables[i] = countWords(chunk)
	}

	// Merge the tables.
	return merge(tables), nil
}
