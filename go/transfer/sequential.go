// transfer, sequential: the worker is a function that is called; notice that nothing is handed over.

package transfer

import (
	"time"

	"sidebyside/contract"
)

// Sequential calls a function with a payload of Size bytes, Rounds times.
func Sequential(arguments Arguments, workers int) (contract.Outcome, error) {
	if err := require(workers); err != nil {
		return contract.Outcome{}, err
	}

	// Make the payload.
	held, err := makePayload(arguments.Size, arguments.Shape)
	if err != nil {
		return contract.Outcome{}, err
	}

	// Start the worker.
	begin := time.Now()
	first := time.Since(begin) // there is none

	// Do every unit.
	var trips []time.Duration
	for number := range arguments.Rounds {
		begin := time.Now()
		held.change(number)
		trips = append(trips, time.Since(begin))
	}

	// Add up.
	return total(held, first, trips), nil
}
