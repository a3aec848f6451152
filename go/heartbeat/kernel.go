// Package heartbeat wakes at every beat and notes how late it is; there is no concurrency in this file.
package heartbeat

import (
	"time"

	"sidebyside/contract"
)

// Arguments of the workload.
type Arguments struct {
	PeriodUs   int // between two beats
	DurationMs int // for so long
	Burners    int // how many compute beside
	GoMaxProcs int // on how many threads Go code runs at once; 0: as it is
}

// ReadArguments takes the arguments of the workload off the command line.
func ReadArguments(options *contract.Options) Arguments {
	return Arguments{
		PeriodUs:   options.Natural("period-us", 10, 1_000_000),
		DurationMs: options.Natural("duration-ms", 1, 600_000),
		Burners:    options.Natural("burners", 0, 1_000),
		GoMaxProcs: options.Natural("gomaxprocs", 0, 1_024),
	}
}

// beats are those of a worker, each a time at which it is due, whatever became of the one before.
type beats struct {
	count  int
	period time.Duration
	begin  time.Time // one period before the first is due
	end    time.Time // when the last is due
}

// split gives the beats, the same to every worker; one beat is a unit.
func split(periodUs, durationMs int) beats {
	count, period := durationMs*1_000/periodUs, time.Duration(periodUs)*time.Microsecond
	begin := time.Now()
	return beats{count, period, begin, begin.Add(time.Duration(count) * period)}
}

// keepTime does the units of one worker: it wakes at every beat, and notes how late.
func keepTime(beats beats) []time.Duration {
	lags := make([]time.Duration, 0, beats.count)
	for due := beats.begin.Add(beats.period); !due.After(beats.end); due = due.Add(beats.period) {
		time.Sleep(time.Until(due)) // not at all where it is late already
		lags = append(lags, time.Since(due))
	}
	return lags
}

// total lists how late all beats were, and adds up what was burned beside them.
func total(lags [][]time.Duration, burned []int) contract.Outcome {
	lagNs := []int64{} // not nil, which would be written as null
	for _, mine := range lags {
		for _, lag := range mine {
			lagNs = append(lagNs, lag.Nanoseconds())
		}
	}
	burnedUnits := 0
	for _, units := range burned {
		burnedUnits += units
	}
	return contract.Outcome{
		Result:  int64(len(lagNs)),
		Units:   len(lagNs),
		Metrics: map[string]any{"lag_ns": lagNs, "burned_units": burnedUnits},
	}
}
