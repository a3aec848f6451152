"""primes, interpreters: each worker is a thread with an interpreter, and a GIL, of its own (Python 3.14)."""

from concurrent.futures import InterpreterPoolExecutor

from contract import Outcome
from primes.kernel import count_primes, split, total


def run(limit: int, units: int, workers: int) -> Outcome:
    """Count the primes below `limit`, in `units` units, on `workers` interpreters."""
    # Cut the work into units.
    spans = split(limit, units)

    # Do every unit.
    with InterpreterPoolExecutor(workers) as pool:
        counts = list(pool.map(count_primes, spans))

    # Add up.
    return total(counts)
