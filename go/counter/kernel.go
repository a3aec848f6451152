// Package counter adds one to a counter, over and over, in one of four ways; there is no concurrency in this file.
package counter

import (
	"sync"
	"sync/atomic"

	"sidebyside/contract"
)

// Arguments of the workload.
type Arguments struct {
	Increments int    // of each worker
	Mode       string // how they count
}

// ReadArguments takes the arguments of the workload off the command line.
func ReadArguments(options *contract.Options) Arguments {
	return Arguments{
		Increments: options.Natural("increments", 1, 1_000_000_000),
		Mode:       options.Choice("mode", "racy", "locked", "sharded", "atomic"),
	}
}

const cacheLineBytes = 64 // of x86 and most ARM processors

// counter is alone on its cache line: two on one line would slow each other down as if they were one, though
// nothing is shared.
type counter struct {
	value int64 // plain, and not an atomic.Int64: under a lock it needs to be no more
	_     [cacheLineBytes - 8]byte
}

// countRacy reads, adds, writes: what others count between reading and writing is undone.
//
// The plain form is value++. From several goroutines that is a data race: what it gives is not defined, a compiler may
// keep the value in a register, and the race detector reports it. Atomic loads and stores are the same three
// steps, each really done; updates are lost, but no more than that can happen. Go's are ordered among all goroutines,
// which makes each store dearer than a plain one.
func countRacy(counter *counter, increments int) {
	for range increments {
		value := atomic.LoadInt64(&counter.value)
		atomic.StoreInt64(&counter.value, value+1)
	}
}

// countSharded reads, adds, writes, in the plain form: nobody else has this counter.
func countSharded(counter *counter, increments int) {
	for range increments {
		counter.value++
	}
}

// countLocked reads, adds, writes, and holds lock from before the reading until after the writing.
func countLocked(counter *counter, increments int, lock *sync.Mutex) {
	for range increments {
		lock.Lock()
		counter.value++
		lock.Unlock()
	}
}

// countAtomic reads, adds and writes in one step of the processor.
func countAtomic(counter *counter, increments int) {
	for range increments {
		atomic.AddInt64(&counter.value, 1)
	}
}

// count does the units of one worker in the way that is asked for; an increment is a unit.
func count(counter *counter, increments int, mode string, lock *sync.Mutex) int {
	switch mode {
	case "locked":
		countLocked(counter, increments, lock)
	case "atomic":
		countAtomic(counter, increments)
	case "sharded":
		countSharded(counter, increments)
	default:
		countRacy(counter, increments)
	}
	return increments
}

// split gives every worker a counter: to count sharded one of its own, else all of them the first.
func split(counters []counter, mode string) []*counter {
	chosen := make([]*counter, len(counters))
	for i := range chosen {
		chosen[i] = &counters[0]
		if mode == "sharded" {
			chosen[i] = &counters[i]
		}
	}
	return chosen
}

// total adds up the counters, and how many updates are not in them.
func total(counters []counter, done []int) contract.Outcome {
	var outcome contract.Outcome
	for i := range counters {
		outcome.Result += counters[i].value
		outcome.Units += done[i]
	}
	outcome.Metrics = map[string]any{"lost_updates": int64(outcome.Units) - outcome.Result}
	return outcome
}
