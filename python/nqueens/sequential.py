"""nqueens, sequential: one unit after another; the time every other model is held against."""

from contract import Outcome
from nqueens.kernel import count_placements, split, total


def run(n: int, workers: int) -> Outcome:
    """Count the placements of `n` queens, on the one thread there is."""
    # Cut the work into units.
    pairs = split(n)

    # Do every unit.
    counts = list(map(count_placements, pairs))

    # Add up.
    return total(counts)
