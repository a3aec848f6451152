"""primes, threads: each worker is a thread; notice that the GIL lets only one of them compute at a time."""

from concurrent.futures import ThreadPoolExecutor

from contract import Outcome
from primes.kernel import count_primes, split, total


def run(limit: int, units: int, workers: int) -> Outcome:
    """Count the primes below `limit`, in `units` units, on `workers` threads."""
    # Cut the work into units.
    spans = split(limit, units)

    # Do every unit.
    with ThreadPoolExecutor(workers) as pool:
        counts = list(pool.map(count_primes, spans))

    # Add up.
    return total(counts)
