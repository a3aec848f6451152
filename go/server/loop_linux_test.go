//go:build !portable

// What the loop promises beyond the portable server: it misses none of what is there together.

package main

import "testing"

func TestPeakIsAllThatIsThereTogether(t *testing.T) {
	expect(t, "peak", start(t).askTogether(600).InFlightPeak, 601)
}
