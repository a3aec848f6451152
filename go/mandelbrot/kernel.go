// Package mandelbrot counts grid points that stay bounded; there is no concurrency in this file.
package mandelbrot

import "sidebyside/contract"

// Arguments of the workload.
type Arguments struct {
	Size       int // points on a side of the grid
	Iterations int // for so long each is followed
}

// ReadArguments takes the arguments of the workload off the command line.
func ReadArguments(options *contract.Options) Arguments {
	return Arguments{
		Size:       options.Natural("size", 1, 10_000),
		Iterations: options.Natural("iterations", 1, 1_000_000),
	}
}

// row is a unit: row y of the grid, with size points that are followed for iterations.
type row struct{ y, size, iterations int }

// split cuts the grid into its rows; one row is a unit.
func split(size, iterations int) []row {
	rows := make([]row, size)
	for y := range rows {
		rows[y] = row{y, size, iterations}
	}
	return rows
}

// isBounded tells whether z = z² + c, from 0 on, still has |z| ≤ 2 after so many iterations.
//
// Each product is converted to float64, which it is already: so Go never fuses it with a sum, which it may do on other
// processors than amd64, and rounds in the same places as every language does.
func isBounded(cr, ci float64, iterations int) bool {
	zr, zi := 0.0, 0.0
	for range iterations {
		zr, zi = float64(zr*zr)-float64(zi*zi)+cr, float64(2.0*zr*zi)+ci
		if float64(zr*zr)+float64(zi*zi) > 4.0 {
			return false
		}
	}
	return true
}

// countBounded does one unit: it counts the bounded points of line.
func countBounded(line row) int {
	count := 0
	ci := 2.0*float64(line.y)/float64(line.size) - 1.0
	for x := range line.size {
		cr := 2.0*float64(x)/float64(line.size) - 1.5
		if isBounded(cr, ci, line.iterations) {
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
