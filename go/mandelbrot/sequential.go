// mandelbrot, sequential: one unit after another; the time every other model is held against.

package mandelbrot

import "sidebyside/contract"

// Sequential counts the bounded points of a grid on the goroutine that calls it.
func Sequential(arguments Arguments, _ int) (contract.Outcome, error) {
	// Cut the work into units.
	rows := split(arguments.Size, arguments.Iterations)
	counts := make([]*int, len(rows))

	// Do every unit.
	for i, line := range rows {
		count := countBounded(line)
		counts[i] = &count
	}

	// Add up.
	return total(counts), nil
}
