// transfer, goroutines: the worker is a goroutine; notice that only a reference crosses, however large the payload is.

package transfer

import (
	"time"

	"golang.org/x/sync/errgroup"

	"sidebyside/contract"
)

// serve changes what comes, and hands it back, until there is no more.
func serve(orders <-chan payload, answers chan<- payload) {
	answers <- nil // ready
	number := 0
	for payload := range orders {
		payload.change(number)
		answers <- payload
		number++
	}
}

// Goroutines hands a payload of Size bytes to a goroutine and gets it back, Rounds times.
func Goroutines(arguments Arguments, workers int) (contract.Outcome, error) {
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
	orders, answers := make(chan payload), make(chan payload)
	var worker errgroup.Group
	worker.Go(func() error {
		serve(orders, answers)
		return nil
	})
	<-answers
	first := time.Since(begin)

	// Do every unit.
	var trips []time.Duration
	for range arguments.Rounds {
		begin := time.Now()
		orders <- held
		held = <-answers
		trips = append(trips, time.Since(begin))
	}
	close(orders) // there is no more
	err = worker.Wait()

	// Add up.
	return total(held, first, trips), err
}
