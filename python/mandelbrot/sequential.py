"""mandelbrot, sequential: one unit after another; the time every other model is held against."""

from contract import Outcome
from mandelbrot.kernel import count_bounded, split, total


def run(size: int, iterations: int, workers: int) -> Outcome:
    """Count the bounded points of a grid, on the one thread there is."""
    # Cut the work into units.
    rows = split(size, iterations)

    # Do every unit.
    counts = list(map(count_bounded, rows))

    # Add up.
    return total(counts)
