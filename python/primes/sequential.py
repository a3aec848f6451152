"""primes, sequential: one unit after another; the time every other model is held against."""

from contract import Outcome
from primes.kernel import count_primes, split, total


def run(limit: int, units: int, workers: int) -> Outcome:
    """Count the primes below `limit`, in `units` units, on the one thread there is."""
    # Cut the work into units.
    spans = split(limit, units)

    # Do every unit.
    counts = list(map(count_primes, spans))

    # Add up.
    return total(counts)
