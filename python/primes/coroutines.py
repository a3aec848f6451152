"""primes, coroutines: one task a unit on one loop; notice that nothing is awaited, so they take turns."""

import asyncio
from typing import List

from contract import Outcome
from primes.kernel import count_primes, split, total


async def do_units(spans: List[range], workers: int) -> List[int]:
    """Count the primes of all `spans`, at most `workers` of them begun at once."""
    slots = asyncio.Semaphore(workers)

    async def do_unit(span: range) -> int:
        async with slots:
            return count_primes(span)  # computes, never waits: the loop stands still meanwhile

    return await asyncio.gather(*map(do_unit, spans))


def run(limit: int, units: int, workers: int) -> Outcome:
    """Count the primes below `limit`, in `units` units, in tasks of one event loop."""
    # Cut the work into units.
    spans = split(limit, units)

    # Do every unit.
    counts = asyncio.run(do_units(spans, workers))

    # Add up.
    return total(counts)
