"""hash, sequential: one unit after another; the time every other model is held against."""

from contract import Outcome
from hash.kernel import hash_buffers, split, total


def run(count: int, size: int, units: int, workers: int) -> Outcome:
    """Hash `count` buffers of `size` bytes, in `units` units, on the one thread there is."""
    # Cut the work into units.
    spans = split(count, size, units)

    # Do every unit.
    found = list(map(hash_buffers, spans))

    # Add up.
    return total(found)
