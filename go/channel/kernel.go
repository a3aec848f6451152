// Package channel puts numbers into a queue, and adds up what is taken out of it; no goroutine is begun in this file.
package channel

import (
	"fmt"

	"sidebyside/contract"
)

// Arguments of the workload.
type Arguments struct {
	Items     int // how many numbers, from 0
	Producers int // how many put them
	Consumers int // how many take them
	Capacity  int // how many the queue holds
}

// ReadArguments takes the arguments of the workload off the command line.
func ReadArguments(options *contract.Options) Arguments {
	return Arguments{
		Items:     options.Natural("items", 0, 100_000_000),
		Producers: options.Natural("producers", 1, 1_000),
		Consumers: options.Natural("consumers", 1, 1_000),
		Capacity:  options.Natural("capacity", 1, 1_000_000),
	}
}

// checkWorkers returns an error unless there is a worker for every producer and every consumer.
func checkWorkers(arguments Arguments, workers int) error {
	expected := arguments.Producers + arguments.Consumers
	if workers != expected {
		return fmt.Errorf(
			"argument --workers: expected %d, one for each producer and consumer, got %d", expected, workers)
	}
	return nil
}

// share is the numbers of one producer, from first to before end.
type share struct{ first, end int }

// tally is what one consumer took.
type tally struct {
	sum   int64
	items int
}

// split shares the numbers out to the producers; a number is a unit.
func split(items, producers int) []share {
	shares := make([]share, producers)
	for i := range shares {
		shares[i] = share{items * i / producers, items * (i + 1) / producers}
	}
	return shares
}

// putAll puts every number into the queue.
func putAll(queue chan<- int, numbers share) {
	for number := numbers.first; number < numbers.end; number++ {
		queue <- number
	}
}

// takeAll adds up the numbers that are taken until the end.
func takeAll(queue <-chan int) tally {
	var taken tally
	for number := range queue {
		taken.sum += int64(number)
		taken.items++
	}
	return taken
}

// total adds up what the consumers took.
func total(tallies []tally) contract.Outcome {
	var outcome contract.Outcome
	for _, each := range tallies {
		outcome.Result += each.sum
		outcome.Units += each.items
	}
	return outcome
}
