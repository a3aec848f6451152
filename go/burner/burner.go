// Package burner is what computes beside units that must be in time (heartbeat, serve).
package burner

import (
	"sync/atomic"
	"time"
)

const steps = 1_000 // of one burned unit

// wanted is where the state goes in the end: what nobody can read, a compiler may leave out.
var wanted atomic.Int64

// burnUnit does one burned unit: so many steps of the random number generator "minimal standard".
// Ten units after 1 comes 399268537, the number that the C++ standard names for std::minstd_rand.
func burnUnit(state int64) int64 {
	for range steps {
		state = state * 48271 % 2147483647
	}
	return state
}

// BurnUntil computes until the clock shows end, and returns how many units were done.
func BurnUntil(end time.Time) int {
	state, burnedUnits := int64(1), 0
	for time.Now().Before(end) {
		state = burnUnit(state)
		burnedUnits++
	}
	wanted.Store(state)
	return burnedUnits
}
