"""mandelbrot, threads: each worker is a thread; notice that the GIL lets only one of them compute at a time."""

from concurrent.futures import ThreadPoolExecutor

from contract import Outcome
from mandelbrot.kernel import count_bounded, split, total


def run(size: int, iterations: int, workers: int) -> Outcome:
    """Count the bounded points of a grid, on `workers` threads."""
    # Cut the work into units.
    rows = split(size, iterations)

    # Do every unit.
    with ThreadPoolExecutor(workers) as pool:
        counts = list(pool.map(count_bounded, rows))

    # Add up.
    return total(counts)
