"""primes, cluster: a scheduler hands out units over TCP; notice `pure=False`: else equal units are done once."""

from cluster import connect
from contract import Outcome
from primes.kernel import count_primes, split, total


def run(limit: int, units: int, workers: int) -> Outcome:
    """Count the primes below `limit`, in `units` units, on `workers` processes of a Dask cluster."""
    # Cut the work into units.
    spans = split(limit, units)

    # Do every unit.
    with connect(workers, count_primes) as client:
        counts = client.gather(client.map(count_primes, spans, pure=False))

    # Add up.
    return total(counts)
