// sleep, goroutines: each task is a goroutine; notice that who waits has no thread, only a stack of 2 KiB.

package sleep

import (
	"sync"
	"time"

	"sidebyside/contract"
)

// Goroutines waits in each of so many goroutines at once, and reads their memory meanwhile.
func Goroutines(arguments Arguments, workers int) (contract.Outcome, error) {
	// Cut the work into units.
	if err := checkWorkers(arguments.Tasks, workers); err != nil {
		return contract.Outcome{}, err
	}
	idle, err := readMemory()
	if err != nil {
		return contract.Outcome{}, err
	}
	ends := make([]time.Duration, workers) // each goroutine writes only its own slot, which is in no memory before

	// Do every unit.
	begin := time.Now()
	var group sync.WaitGroup // and no errgroup: to sleep cannot fail
	group.Add(workers)
	for i := range ends {
		go func() {
			defer group.Done()
			ends[i] = wait(arguments.delay(), begin)
		}()
	}
	time.Sleep(arguments.delay() / 2) // all have begun, none has ended
	read := time.Since(begin)
	waiting, err := readMemory()
	group.Wait()
	if err != nil {
		return contract.Outcome{}, err
	}

	// Add up.
	return total(ends, arguments.delay(), read, idle, waiting)
}
