"""counter, coroutines: each worker is a task of one loop; notice that only an `await` lets another one run."""

import asyncio
import contextlib
from typing import List

from contract import Outcome
from counter.kernel import Countable, Counter, count, split, total


async def count_locked(counter: Countable, increments: int, lock: asyncio.Lock) -> int:
    """Read, add, write, and hold `lock` from before the reading until after the writing."""
    for _ in range(increments):
        async with lock:
            counter.value += 1
    return increments


async def do_units(counters: List[Counter], increments: int, mode: str) -> List[int]:
    """Count on all `counters`, each in a task."""
    lock = asyncio.Lock()

    async def do_unit(counter: Countable) -> int:
        if mode == "locked":
            return await count_locked(counter, increments, lock)
        return count(counter, increments, mode, contextlib.nullcontext())  # no await: nobody between

    return await asyncio.gather(*map(do_unit, counters))


def run(increments: int, mode: str, workers: int) -> Outcome:
    """Count `increments` times in each of `workers` tasks of one event loop."""
    # Cut the work into units.
    counters = [Counter() for _ in range(workers)]
    chosen = split(counters, mode, workers)

    # Do every unit.
    done = asyncio.run(do_units(chosen, increments, mode))

    # Add up.
    return total(counters, done)
