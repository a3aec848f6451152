// heartbeat, goroutines: who beats and who burns are goroutines; notice that with GOMAXPROCS 1 they take turns, and
// that Go's scheduler then interrupts a burner.

package heartbeat

import (
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"sidebyside/burner"
	"sidebyside/contract"
)

// Goroutines beats on each of workers goroutines, while as many more as there are burners compute.
func Goroutines(arguments Arguments, workers int) (contract.Outcome, error) {
	runtime.GOMAXPROCS(arguments.GoMaxProcs) // 0 changes nothing

	// Cut the work into units.
	beats := split(arguments.PeriodUs, arguments.DurationMs)
	lags := make([][]time.Duration, workers) // each goroutine writes only its own slot, here and below
	burned := make([]int, arguments.Burners)

	// Do every unit.
	var group errgroup.Group
	for i := range lags {
		group.Go(func() error {
			lags[i] = keepTime(beats)
			return nil
		})
	}
	for i := range burned {
		group.Go(func() error {
			burned[i] = burner.BurnUntil(beats.end)
			return nil
		})
	}
	err := group.Wait()

	// Add up.
	return total(lags, burned), err
}
