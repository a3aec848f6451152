"""hash, interpreters: each worker is a thread with an interpreter, and a GIL, of its own (Python 3.14)."""

from concurrent.futures import InterpreterPoolExecutor

from contract import Outcome
from hash.kernel import hash_buffers, split, total


def run(count: int, size: int, units: int, workers: int) -> Outcome:
    """Hash `count` buffers of `size` bytes, in `units` units, on `workers` interpreters."""
    # Cut the work into units.
    spans = split(count, size, units)

    # Do every unit.
    with InterpreterPoolExecutor(workers) as pool:
        found = list(pool.map(hash_buffers, spans))

    # Add up.
    return total(found)
