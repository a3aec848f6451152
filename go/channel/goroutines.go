// channel, goroutines: producers and consumers share a channel; notice that a full or empty one makes them wait.

package channel

import (
	"sync"

	"sidebyside/contract"
)

// Goroutines passes the numbers from some goroutines to others.
func Goroutines(arguments Arguments, workers int) (contract.Outcome, error) {
	// Cut the work into units.
	if err := checkWorkers(arguments, workers); err != nil {
		return contract.Outcome{}, err
	}
	shares := split(arguments.Items, arguments.Producers)
	queue := make(chan int, arguments.Capacity)
	tallies := make([]tally, arguments.Consumers) // each consumer writes only its own slot

	// Do every unit.
	var takers, putters sync.WaitGroup // and no errgroup: to put and to take cannot fail
	takers.Add(len(tallies))
	for i := range tallies {
		go func() {
			defer takers.Done()
			tallies[i] = takeAll(queue)
		}()
	}
	putters.Add(len(shares))
	for _, numbers := range shares {
		go func() {
			defer putters.Done()
			putAll(queue, numbers)
		}()
	}
	putters.Wait()
	close(queue) // once all is put
	takers.Wait()

	// Add up.
	return total(tallies), nil
}
