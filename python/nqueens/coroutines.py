"""nqueens, coroutines: one task a unit on one loop; notice that nothing is awaited, so they take turns."""

import asyncio
from typing import List

from contract import Outcome
from nqueens.kernel import Pair, count_placements, split, total


async def do_units(pairs: List[Pair], workers: int) -> List[int]:
    """Count the placements of all `pairs`, at most `workers` of them begun at once."""
    slots = asyncio.Semaphore(workers)

    async def do_unit(pair: Pair) -> int:
        async with slots:
            return count_placements(pair)  # computes, never waits: the loop stands still meanwhile

    return await asyncio.gather(*map(do_unit, pairs))


def run(n: int, workers: int) -> Outcome:
    """Count the placements of `n` queens, in tasks of one event loop."""
    # Cut the work into units.
    pairs = split(n)

    # Do every unit.
    counts = asyncio.run(do_units(pairs, workers))

    # Add up.
    return total(counts)
