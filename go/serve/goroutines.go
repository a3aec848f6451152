// serve, goroutines: who answers and who burns are goroutines; notice that where all cores burn, an answer waits until
// Go's scheduler interrupts a burner.

package serve

import (
	"time"

	"golang.org/x/sync/errgroup"

	"sidebyside/burner"
	"sidebyside/contract"
)

// Goroutines answers on a connection in each of workers goroutines, while as many more as there are burners compute.
func Goroutines(arguments Arguments, workers int) (contract.Outcome, error) {
	// Cut the work into units.
	connections, err := accept(arguments.Port, workers)
	if err != nil {
		return contract.Outcome{}, err
	}
	end := time.Now().Add(time.Duration(arguments.DurationMs) * time.Millisecond)
	answered := make([]int, workers) // each goroutine writes only its own slot, here and below
	burned := make([]int, arguments.Burners)

	// Do every unit.
	var group errgroup.Group
	for i, connection := range connections {
		group.Go(func() (err error) {
			answered[i], err = serve(connection)
			return err
		})
	}
	for i := range burned {
		group.Go(func() error {
			burned[i] = burner.BurnUntil(end)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return contract.Outcome{}, err
	}

	// Add up.
	return total(answered, burned), nil
}
