"""hash, processes: each worker is a process with a GIL of its own; notice that only spans are pickled, no buffer."""

from concurrent.futures import ProcessPoolExecutor

from contract import Outcome
from hash.kernel import hash_buffers, split, total


def run(count: int, size: int, units: int, workers: int) -> Outcome:
    """Hash `count` buffers of `size` bytes, in `units` units, on `workers` processes."""
    # Cut the work into units.
    spans = split(count, size, units)

    # Do every unit.
    with ProcessPoolExecutor(workers) as pool:
        found = list(pool.map(hash_buffers, spans))

    # Add up.
    return total(found)
