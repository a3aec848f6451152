"""nqueens, kernel: counts placements of queens by backtracking; there is no concurrency in here."""

from __future__ import annotations

from typing import Dict, List, NamedTuple

from contract import Outcome
from options import Options


def read_arguments(options: Options) -> Dict[str, int]:
    """Take the arguments of the workload off the command line."""
    return {
        "n": options.natural("n", 3, 20),  # how many queens, on as many rows and columns
    }


class Pair(NamedTuple):
    """A unit: queens in columns `first` and `second` of the first two of `n` rows."""

    n: int
    first: int
    second: int


def split(n: int) -> List[Pair]:
    """List the pairs of queens in the first two rows that do not attack each other; one pair is a unit."""
    return [Pair(n, first, second) for first in range(n) for second in range(n) if abs(first - second) > 1]


def fill_rows(full: int, columns: int, left: int, right: int) -> int:
    """Count the ways to place a queen in every row that is left.

    A bit is a column: `full` has all of them, `columns` those with a queen, `left` and `right` those of the next row
    that are attacked along a diagonal.
    """
    if columns == full:
        return 1
    count = 0
    free = full & ~(columns | left | right)
    while free:
        queen = free & -free  # the lowest bit
        free ^= queen
        count += fill_rows(full, columns | queen, (left | queen) << 1, (right | queen) >> 1)
    return count


def count_placements(pair: Pair) -> int:
    """Do one unit: count the placements that begin with `pair`."""
    first = 1 << pair.first
    second = 1 << pair.second
    left = (first << 1 | second) << 1
    right = (first >> 1 | second) >> 1
    return fill_rows((1 << pair.n) - 1, first | second, left, right)


def total(counts: List[int]) -> Outcome:
    """Add up what the units gave."""
    return Outcome(result=sum(counts), units=len(counts))
