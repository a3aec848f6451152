// Package timeline computes for a while and notes when it ran; there is no concurrency in this file.
package timeline

import (
	"time"

	"sidebyside/contract"
)

// Arguments of the workload.
type Arguments struct {
	DurationMs int // for which each worker computes
	GapUs      int // between two looks: longer, and it did not run
}

// ReadArguments takes the arguments of the workload off the command line.
func ReadArguments(options *contract.Options) Arguments {
	return Arguments{
		DurationMs: options.Natural("duration-ms", 1, 10_000),
		GapUs:      options.Natural("gap-us", 1, 1_000_000),
	}
}

// unit is what one worker is to do.
type unit struct {
	origin   time.Time // when the run began: all slices are counted from here
	duration time.Duration
	gap      time.Duration
}

// slice is a time in which a worker ran without a gap, counted from the origin.
type slice struct{ begin, end time.Duration }

// lane is what one unit gave: when it ran, and how often it looked at the clock.
type lane struct {
	slices []slice
	looks  int
}

// split gives every worker a unit; the time of the run begins here.
func split(durationMs, gapUs, workers int) []unit {
	origin := time.Now()
	units := make([]unit, workers)
	for i := range units {
		units[i] = unit{origin, time.Duration(durationMs) * time.Millisecond, time.Duration(gapUs) * time.Microsecond}
	}
	return units
}

// compute does one unit: it looks at the clock over and over; a gap between two looks is when others ran.
func compute(work unit) *lane {
	begin := time.Since(work.origin)
	now, end := begin, begin+work.duration
	var slices []slice
	looks := 0
	for now < end {
		last := now
		now = time.Since(work.origin)
		looks++
		if now-last > work.gap {
			slices = append(slices, slice{begin, last})
			begin = now
		}
	}
	if now > begin { // else it ended in a gap
		slices = append(slices, slice{begin, now})
	}
	return &lane{slices, looks}
}

// total lists the slices of all workers, and adds up their looks at the clock; a lane that is still nil was not done.
func total(lanes []*lane) contract.Outcome {
	var outcome contract.Outcome
	var sliceWorker []int
	var sliceBeginNs, sliceNs []int64
	looks := 0
	for worker, lane := range lanes {
		if lane != nil {
			for _, each := range lane.slices {
				sliceWorker = append(sliceWorker, worker)
				sliceBeginNs = append(sliceBeginNs, each.begin.Nanoseconds())
				sliceNs = append(sliceNs, (each.end - each.begin).Nanoseconds())
			}
			looks += lane.looks
			outcome.Result++
			outcome.Units++
		}
	}
	outcome.Metrics = map[string]any{
		"slice_worker":   sliceWorker,
		"slice_begin_ns": sliceBeginNs,
		"slice_ns":       sliceNs,
		"slices":         len(sliceNs),
		"looks":          looks,
	}
	return outcome
}
