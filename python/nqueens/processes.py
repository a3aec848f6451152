"""nqueens, processes: each worker is a process with a GIL of its own; notice that its work is pickled."""

from concurrent.futures import ProcessPoolExecutor

from contract import Outcome
from nqueens.kernel import count_placements, split, total


def run(n: int, workers: int) -> Outcome:
    """Count the placements of `n` queens, on `workers` processes."""
    # Cut the work into units.
    pairs = split(n)

    # Do every unit.
    with ProcessPoolExecutor(workers) as pool:
        counts = list(pool.map(count_placements, pairs))

    # Add up.
    return total(counts)
