// Package ring passes a token through a ring of inboxes; no goroutine is begun in this file.
package ring

import (
	"fmt"

	"sidebyside/contract"
)

const ringWorkers = 503 // a prime, as elsewhere

// Arguments of the workload.
type Arguments struct {
	Passes int // how often the token is passed on
}

// ReadArguments takes the arguments of the workload off the command line.
func ReadArguments(options *contract.Options) Arguments {
	return Arguments{
		Passes: options.Natural("passes", 1, 1_000_000_000),
	}
}

// checkWorkers returns an error unless there are as many workers as the ring has.
func checkWorkers(workers int) error {
	if workers != ringWorkers {
		return fmt.Errorf("argument --workers: expected %d, which the ring has, got %d", ringWorkers, workers)
	}
	return nil
}

// tally is what one worker saw.
type tally struct {
	holder int // its number, from 1, if it holds the token in the end; else 0
	passed int // how often it passed the token on
}

// passOn is one worker of the ring: it passes the token on until it is over; a pass is a unit.
//
// The token says how many passes are left. Who gets it with none left holds it, and tells the others: what is below 0
// goes round once.
func passOn(number int, inbox <-chan int, outbox chan<- int) tally {
	passed := 0
	for {
		left := <-inbox
		outbox <- left - 1
		switch {
		case left == 0:
			return tally{number, passed}
		case left < 0:
			return tally{0, passed}
		}
		passed++
	}
}

// total says who holds the token, and counts the passes.
func total(tallies []tally) contract.Outcome {
	var outcome contract.Outcome
	for _, each := range tallies {
		outcome.Result += int64(each.holder)
		outcome.Units += each.passed
	}
	return outcome
}
