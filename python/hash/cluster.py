"""hash, cluster: a scheduler hands out units over TCP; notice that only spans cross the network, no buffer."""

from cluster import connect
from contract import Outcome
from hash.kernel import hash_buffers, split, total


def run(count: int, size: int, units: int, workers: int) -> Outcome:
    """Hash `count` buffers of `size` bytes, in `units` units, on `workers` processes of a Dask cluster."""
    # Cut the work into units.
    spans = split(count, size, units)

    # Do every unit.
    with connect(workers, hash_buffers) as client:
        found = client.gather(client.map(hash_buffers, spans, pure=False))

    # Add up.
    return total(found)
