// ring, goroutines: a goroutine for each inbox; notice that all but one of them wait: what is timed is to wake the next.

package ring

import (
	"sync"

	"sidebyside/contract"
)

// Goroutines passes the token on round a ring of goroutines.
func Goroutines(arguments Arguments, workers int) (contract.Outcome, error) {
	// Cut the work into units.
	if err := checkWorkers(workers); err != nil {
		return contract.Outcome{}, err
	}
	inboxes := make([]chan int, workers)
	for i := range inboxes {
		inboxes[i] = make(chan int, 1)
	}
	tallies := make([]tally, workers) // each goroutine writes only its own slot

	// Do every unit.
	var group sync.WaitGroup // and no errgroup: to pass the token on cannot fail
	group.Add(workers)
	for i := range inboxes {
		go func() {
			defer group.Done()
			tallies[i] = passOn(i+1, inboxes[i], inboxes[(i+1)%workers])
		}()
	}
	inboxes[0] <- arguments.Passes
	group.Wait()

	// Add up.
	return total(tallies), nil
}
