// hash, sequential: one unit after another; the time every other model is held against.

package hash

import "sidebyside/contract"

// Sequential hashes the buffers on the goroutine that calls it.
func Sequential(arguments Arguments, _ int) (contract.Outcome, error) {
	// Cut the work into units.
	spans := split(arguments.Count, arguments.Size, arguments.Units)
	found := make([]*int64, len(spans))

	// Do every unit.
	for i, numbers := range spans {
		each := hashBuffers(numbers)
		found[i] = &each
	}

	// Add up.
	return total(found), nil
}
