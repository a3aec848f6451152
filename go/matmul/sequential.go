// matmul, sequential: one unit after another; the time every other model is held against.

package matmul

import "sidebyside/contract"

// Sequential multiplies a by b on the goroutine that calls it.
func Sequential(arguments Arguments, _ int) (contract.Outcome, error) {
	// Cut the work into units.
	columns := transpose(arguments.B)
	bands := split(arguments.A, columns, arguments.Units)
	products := make([]Matrix, len(bands))

	// Do every unit.
	for i, work := range bands {
		products[i] = multiply(work)
	}

	// Put the product together.
	return join(products), nil
}
