// channel, sequential: fills a queue, then empties it, in turns; notice that nobody ever waits.

package channel

import "sidebyside/contract"

// empty takes all numbers that are in the queue, and adds them to what was taken before.
func empty(queue []int, taken *tally) []int {
	for _, number := range queue {
		taken.sum += int64(number)
		taken.items++
	}
	return queue[:0]
}

// Sequential puts the numbers into a queue and takes them out again, on the goroutine that calls it.
func Sequential(arguments Arguments, _ int) (contract.Outcome, error) {
	// Cut the work into units.
	shares := split(arguments.Items, arguments.Producers)
	var queue []int

	// Do every unit.
	var taken tally
	for _, numbers := range shares {
		for number := numbers.first; number < numbers.end; number++ {
			if len(queue) == arguments.Capacity {
				queue = empty(queue, &taken)
			}
			queue = append(queue, number)
		}
	}
	empty(queue, &taken)

	// Add up.
	return total([]tally{taken}), nil
}
