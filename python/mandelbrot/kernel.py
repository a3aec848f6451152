"""mandelbrot, kernel: counts grid points that stay bounded; there is no concurrency in here."""

from __future__ import annotations

from typing import Dict, List, NamedTuple

from contract import Outcome
from options import Options


def read_arguments(options: Options) -> Dict[str, int]:
    """Take the arguments of the workload off the command line."""
    return {
        "size": options.natural("size", 1, 10_000),  # points on a side of the grid
        "iterations": options.natural("iterations", 1, 1_000_000),  # for so long each is followed
    }


class Row(NamedTuple):
    """A unit: row `y` of the grid, with `size` points that are followed for `iterations`."""

    y: int
    size: int
    iterations: int


def split(size: int, iterations: int) -> List[Row]:
    """Cut the grid into its rows; one row is a unit."""
    return [Row(y, size, iterations) for y in range(size)]


def is_bounded(cr: float, ci: float, iterations: int) -> bool:
    """Tell whether z = z² + c, from 0 on, still has |z| ≤ 2 after so many iterations.

    With two floats, not a `complex`: so the operations are the same, in the same order, in every language.
    """
    zr = zi = 0.0
    for _ in range(iterations):
        zr, zi = zr * zr - zi * zi + cr, 2.0 * zr * zi + ci
        if zr * zr + zi * zi > 4.0:
            return False
    return True


def count_bounded(row: Row) -> int:
    """Do one unit: count the bounded points of `row`."""
    count = 0
    ci = 2.0 * row.y / row.size - 1.0
    for x in range(row.size):
        cr = 2.0 * x / row.size - 1.5
        if is_bounded(cr, ci, row.iterations):
            count += 1
    return count


def total(counts: List[int]) -> Outcome:
    """Add up what the units gave."""
    return Outcome(result=sum(counts), units=len(counts))
