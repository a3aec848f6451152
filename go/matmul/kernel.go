// Package matmul multiplies two matrices, row by column; there is no concurrency in this file.
package matmul

import (
	"math"

	"sidebyside/contract"
)

// Matrix is a list of rows.
type Matrix [][]float64

// Arguments of the workload.
type Arguments struct {
	A, B  Matrix // both have n rows and columns
	Units int    // the rows are cut into so many units
}

// ReadArguments takes the arguments of the workload off the command line, and makes the matrices: no model is timed for
// that.
func ReadArguments(options *contract.Options) Arguments {
	n := options.Natural("n", 1, 1_500)
	units := options.Natural("units", 1, 1_500)
	if options.Finish() != nil {
		return Arguments{} // nothing is made for a command line that is wrong
	}
	return Arguments{A: newMatrix(n), B: newMatrix(n), Units: units}
}

// newMatrix makes a matrix of n rows and columns with numbers of both signs.
func newMatrix(n int) Matrix {
	matrix := make(Matrix, n)
	for i := range matrix {
		matrix[i] = make([]float64, n)
		for j := range matrix[i] {
			matrix[i][j] = float64((i-j)*(i+j)) / float64(n*n)
		}
	}
	return matrix
}

// band is a unit: some rows of the first matrix, and all columns of the second.
type band struct{ rows, columns Matrix }

// transpose lists the columns of a matrix, so that the numbers of one lie one after another, as those of a row do.
func transpose(matrix Matrix) Matrix {
	columns := make(Matrix, len(matrix))
	for j := range columns {
		columns[j] = make([]float64, len(matrix))
		for i, row := range matrix {
			columns[j][i] = row[j]
		}
	}
	return columns
}

// split cuts a into units bands of rows, each of which needs all columns; one band is a unit.
func split(a, columns Matrix, units int) []band {
	bands := make([]band, units)
	for i := range bands {
		bands[i] = band{a[len(a)*i/units : len(a)*(i+1)/units], columns}
	}
	return bands
}

// multiply does one unit: it computes as many rows of the product as the band has.
//
// Each product is converted to float64, which it is already: so Go never fuses it with the sum, which it may do on
// other processors than amd64.
func multiply(work band) Matrix {
	product := make(Matrix, 0, len(work.rows))
	for _, row := range work.rows {
		line := make([]float64, len(work.columns))
		for j, column := range work.columns {
			number := 0.0
			for k, x := range row {
				number += float64(x * column[k])
			}
			line[j] = number
		}
		product = append(product, line)
	}
	return product
}

// join puts what the units gave together: the number in the middle of the product, in millionths, and the sum of all;
// a slot that is still nil was not done.
func join(bands []Matrix) contract.Outcome {
	var product Matrix
	var outcome contract.Outcome
	for _, rows := range bands {
		if rows != nil {
			product = append(product, rows...)
			outcome.Units++
		}
	}
	sum := 0.0
	for _, row := range product {
		for _, number := range row {
			sum += number
		}
	}
	middle := len(product) / 2
	outcome.Result = int64(math.Floor(product[middle][middle]*1e6 + 0.5))
	outcome.Metrics = map[string]any{"sum_of_product": sum}
	return outcome
}
