"""nqueens, interpreters: each worker is a thread with an interpreter, and a GIL, of its own (Python 3.14)."""

from concurrent.futures import InterpreterPoolExecutor

from contract import Outcome
from nqueens.kernel import count_placements, split, total


def run(n: int, workers: int) -> Outcome:
    """Count the placements of `n` queens, on `workers` interpreters."""
    # Cut the work into units.
    pairs = split(n)

    # Do every unit.
    with InterpreterPoolExecutor(workers) as pool:
        counts = list(pool.map(count_placements, pairs))

    # Add up.
    return total(counts)
