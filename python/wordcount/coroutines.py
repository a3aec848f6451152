"""wordcount, coroutines: one task a unit on one loop; notice that nothing is awaited, so they take turns."""

import asyncio
from typing import List

from contract import Outcome
from wordcount.kernel import Table, count_words, merge, split


async def do_units(chunks: List[str], workers: int) -> List[Table]:
    """Count the words of all `chunks`, at most `workers` of them begun at once."""
    slots = asyncio.Semaphore(workers)

    async def do_unit(chunk: str) -> Table:
        async with slots:
            return count_words(chunk)  # computes, never waits: the loop stands still meanwhile

    return await asyncio.gather(*map(do_unit, chunks))


def run(text: str, units: int, workers: int) -> Outcome:
    """Count the words of `text`, in `units` units, in tasks of one event loop."""
    # Cut the work into units.
    chunks = split(text, units)

    # Do every unit.
    tables = asyncio.run(do_units(chunks, workers))

    # Merge the tables.
    return merge(tables)
