package burner

import (
	"testing"
	"time"
)

func TestBurnUnit(t *testing.T) {
	state := int64(1)
	for range 10 {
		state = burnUnit(state)
	}
	if state != 399268537 {
		t.Errorf("ten units after 1: expected 399268537, got %d", state)
	}
}

func TestBurnUntil(t *testing.T) {
	if burnedUnits := BurnUntil(time.Now()); burnedUnits != 0 {
		t.Errorf("no time: expected no unit, got %d", burnedUnits)
	}
	end := time.Now().Add(10 * time.Millisecond)
	if burnedUnits := BurnUntil(end); burnedUnits == 0 || time.Now().Before(end) {
		t.Errorf("10 ms: expected units until %v, got %d until %v", end, burnedUnits, time.Now())
	}
	if wanted.Load() == 1 {
		t.Error("expected the state of the last unit, got that before the first")
	}
}
