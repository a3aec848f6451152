"""mandelbrot, coroutines: one task a unit on one loop; notice that nothing is awaited, so they take turns."""

import asyncio
from typing import List

from contract import Outcome
from mandelbrot.kernel import Row, count_bounded, split, total


async def do_units(rows: List[Row], workers: int) -> List[int]:
    """Count the bounded points of all `rows`, at most `workers` of them begun at once."""
    slots = asyncio.Semaphore(workers)

    async def do_unit(row: Row) -> int:
        async with slots:
            return count_bounded(row)  # computes, never waits: the loop stands still meanwhile

    return await asyncio.gather(*map(do_unit, rows))


def run(size: int, iterations: int, workers: int) -> Outcome:
    """Count the bounded points of a grid, in tasks of one event loop."""
    # Cut the work into units.
    rows = split(size, iterations)

    # Do every unit.
    counts = asyncio.run(do_units(rows, workers))

    # Add up.
    return total(counts)
