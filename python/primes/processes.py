"""primes, processes: each worker is a process with a GIL of its own; notice that its work is pickled."""

from concurrent.futures import ProcessPoolExecutor

from contract import Outcome
from primes.kernel import count_primes, split, total


def run(limit: int, units: int, workers: int) -> Outcome:
    """Count the primes below `limit`, in `units` units, on `workers` processes."""
    # Cut the work into units.
    spans = split(limit, units)

    # Do every unit.
    with ProcessPoolExecutor(workers) as pool:
        counts = list(pool.map(count_primes, spans))

    # Add up.
    return total(counts)
