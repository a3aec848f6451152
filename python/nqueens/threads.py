"""nqueens, threads: each worker is a thread; notice that the GIL lets only one of them compute at a time."""

from concurrent.futures import ThreadPoolExecutor

from contract import Outcome
from nqueens.kernel import count_placements, split, total


def run(n: int, workers: int) -> Outcome:
    """Count the placements of `n` queens, on `workers` threads."""
    # Cut the work into units.
    pairs = split(n)

    # Do every unit.
    with ThreadPoolExecutor(workers) as pool:
        counts = list(pool.map(count_placements, pairs))

    # Add up.
    return total(counts)
