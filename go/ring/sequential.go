// ring, sequential: one loop moves the token from inbox to inbox; notice that nobody waits, and nobody is woken.

package ring

import "sidebyside/contract"

const none = -1 // what an inbox has in it that is empty

// Sequential passes the token on, on the goroutine that calls it.
func Sequential(arguments Arguments, _ int) (contract.Outcome, error) {
	// Cut the work into units.
	var inboxes [ringWorkers]int

	// Do every unit.
	holder, left := 0, arguments.Passes
	for left > 0 {
		inboxes[holder] = none
		holder = (holder + 1) % ringWorkers
		left--
		inboxes[holder] = left
	}

	// Add up.
	return total([]tally{{holder + 1, arguments.Passes - left}}), nil
}
