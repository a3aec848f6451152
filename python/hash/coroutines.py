"""hash, coroutines: one task a unit on one loop; notice that nothing is awaited, so they take turns."""

import asyncio
from typing import List

from contract import Outcome
from hash.kernel import Span, hash_buffers, split, total


async def do_units(spans: List[Span], workers: int) -> List[int]:
    """Hash the buffers of all `spans`, at most `workers` of them begun at once."""
    slots = asyncio.Semaphore(workers)

    async def do_unit(span: Span) -> int:
        async with slots:
            return hash_buffers(span)  # computes, never waits: the loop stands still meanwhile

    return await asyncio.gather(*map(do_unit, spans))


def run(count: int, size: int, units: int, workers: int) -> Outcome:
    """Hash `count` buffers of `size` bytes, in `units` units, in tasks of one event loop."""
    # Cut the work into units.
    spans = split(count, size, units)

    # Do every unit.
    found = asyncio.run(do_units(spans, workers))

    # Add up.
    return total(found)
