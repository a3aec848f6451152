"""mandelbrot, processes: each worker is a process with a GIL of its own; notice that its work is pickled."""

from concurrent.futures import ProcessPoolExecutor

from contract import Outcome
from mandelbrot.kernel import count_bounded, split, total


def run(size: int, iterations: int, workers: int) -> Outcome:
    """Count the bounded points of a grid, on `workers` processes."""
    # Cut the work into units.
    rows = split(size, iterations)

    # Do every unit.
    with ProcessPoolExecutor(workers) as pool:
        counts = list(pool.map(count_bounded, rows))

    # Add up.
    return total(counts)
