"""mandelbrot, interpreters: each worker is a thread with an interpreter, and a GIL, of its own (Python 3.14)."""

from concurrent.futures import InterpreterPoolExecutor

from contract import Outcome
from mandelbrot.kernel import count_bounded, split, total


def run(size: int, iterations: int, workers: int) -> Outcome:
    """Count the bounded points of a grid, on `workers` interpreters."""
    # Cut the work into units.
    rows = split(size, iterations)

    # Do every unit.
    with InterpreterPoolExecutor(workers) as pool:
        counts = list(pool.map(count_bounded, rows))

    # Add up.
    return total(counts)
