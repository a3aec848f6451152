// Package nqueens counts placements of queens by backtracking; there is no concurrency in this file.
package nqueens

import "sidebyside/contract"

// Arguments of the workload.
type Arguments struct {
	N int // how many queens, on as many rows and columns
}

// ReadArguments takes the arguments of the workload off the command line.
func ReadArguments(options *contract.Options) Arguments {
	return Arguments{
		N: options.Natural("n", 3, 20),
	}
}

// pair is a unit: queens in columns first and second of the first two of n rows.
type pair struct{ n, first, second int }

// split lists the pairs of queens in the first two rows that do not attack each other; one pair is a unit.
func split(n int) []pair {
	var pairs []pair
	for first := range n {
		for second := range n {
			if first-second > 1 || second-first > 1 {
				pairs = append(pairs, pair{n, first, second})
			}
		}
	}
	return pairs
}

// fillRows counts the ways to place a queen in every row that is left.
//
// A bit is a column: full has all of them, columns those with a queen, left and right those of the next row that are
// attacked along a diagonal.
func fillRows(full, columns, left, right uint64) int {
	if columns == full {
		return 1
	}
	count := 0
	free := full &^ (columns | left | right)
	for free != 0 {
		queen := free & -free // the lowest bit
		free ^= queen
		count += fillRows(full, columns|queen, (left|queen)<<1, (right|queen)>>1)
	}
	return count
}

// countPlacements does one unit: it counts the placements that begin with queens.
func countPlacements(queens pair) int {
	first := uint64(1) << queens.first
	second := uint64(1) << queens.second
	left := (first<<1 | second) << 1
	right := (first>>1 | second) >> 1
	return fillRows(1<<queens.n-1, first|second, left, right)
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
