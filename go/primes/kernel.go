// Package primes counts primes by trial division; there is no concurrency in this file.
package primes

import "sidebyside/contract"

// Arguments of the workload.
type Arguments struct {
	Limit int // count the primes below it
	Units int // cut into so many units
}

// ReadArguments takes the arguments of the workload off the command line.
func ReadArguments(options *contract.Options) Arguments {
	return Arguments{
		Limit: options.Natural("limit", 0, 100_000_000),
		Units: options.Natural("units", 1, 1_000_000),
	}
}

// span is a unit: the numbers from first up to, not including, end.
type span struct{ first, end int }

// split cuts the numbers below limit into units spans of equal length.
func split(limit, units int) []span {
	spans := make([]span, units)
	for i := range spans {
		spans[i] = span{limit * i / units, limit * (i + 1) / units}
	}
	return spans
}

// isPrime tells whether number is prime, by dividing it by 2 and then by every odd number up to its root.
func isPrime(number int) bool {
	if number < 2 {
		return false
	}
	if number%2 == 0 {
		return number == 2
	}
	for divisor := 3; divisor*divisor <= number; divisor += 2 {
		if number%divisor == 0 {
			return false
		}
	}
	return true
}

// countPrimes does one unit: it counts the primes in numbers.
func countPrimes(numbers span) int {
	count := 0
	for number := numbers.first; number < numbers.end; number++ {
		if isPrime(number) {
			count++
		}
	}
	return count
}

// total adds up what the units gave; a slot that is still nil was not done.
func total(counts []*int) contract.Outcome {
	var outcome contract.Outcome
	for _, count := range counts {
		if count != nil {
			outcome.Result += int64(*count)
			outcome.Units++
		}
	}
	return outcome
}
