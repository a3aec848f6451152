// nqueens, sequential: one unit after another; the time every other model is held against.

package nqueens

import "sidebyside/contract"

// Sequential counts the placements of n queens on the goroutine that calls it.
func Sequential(arguments Arguments, _ int) (contract.Outcome, error) {
	// Cut the work into units.
	pairs := split(arguments.N)
	counts := make([]*int, len(pairs))

	// Do every unit.
	for i, queens := range pairs {
		count := countPlacements(queens)
		counts[i] = &count
	}

	// Add up.
	return total(counts), nil
}
