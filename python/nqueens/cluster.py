"""nqueens, cluster: a scheduler hands out units over TCP; notice that no worker is told how many there are."""

from cluster import connect
from contract import Outcome
from nqueens.kernel import count_placements, split, total


def run(n: int, workers: int) -> Outcome:
    """Count the placements of `n` queens, on `workers` processes of a Dask cluster."""
    # Cut the work into units.
    pairs = split(n)

    # Do every unit.
    with connect(workers, count_placements) as client:
        counts = client.gather(client.map(count_placements, pairs, pure=False))

    # Add up.
    return total(counts)
