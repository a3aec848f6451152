// counter, sequential: one worker alone; what a lock, or an atomic step, costs that nobody else wants.

package counter

import (
	"sync"

	"sidebyside/contract"
)

// Sequential counts on the goroutine that calls it.
func Sequential(arguments Arguments, workers int) (contract.Outcome, error) {
	// Cut the work into units.
	counters := make([]counter, workers)
	chosen := split(counters, arguments.Mode)
	done := make([]int, workers)
	var lock sync.Mutex

	// Do every unit.
	for i, mine := range chosen {
		done[i] = count(mine, arguments.Increments, arguments.Mode, &lock)
	}

	// Add up.
	return total(counters, done), nil
}
