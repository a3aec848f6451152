"""hash, threads: each worker is a thread; notice that they do compute at once while C code has let go of the GIL."""

from concurrent.futures import ThreadPoolExecutor

from contract import Outcome
from hash.kernel import hash_buffers, split, total


def run(count: int, size: int, units: int, workers: int) -> Outcome:
    """Hash `count` buffers of `size` bytes, in `units` units, on `workers` threads."""
    # Cut the work into units.
    spans = split(count, size, units)

    # Do every unit.
    with ThreadPoolExecutor(workers) as pool:
        found = list(pool.map(hash_buffers, spans))

    # Add up.
    return total(found)
