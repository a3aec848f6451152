"""sleep, coroutines: each task is one of asyncio's, all on one thread; notice how little a task needs to wait."""

import asyncio
import sys
import time
from typing import List, Tuple

from contract import Outcome
from sleep.kernel import Memory, check_workers, read_memory, total


async def wait(delay_ms: int) -> int:
    """Do one unit: wait for `delay_ms`; return when that was over, on the monotonic clock."""
    await asyncio.sleep(delay_ms / 1000)
    return time.monotonic_ns()


async def read_midway(delay_ms: int) -> Tuple[int, Memory]:
    """Read memory after half the wait, when all have begun and none has ended; return when, and how much."""
    await asyncio.sleep(delay_ms / 2000)
    return time.monotonic_ns(), read_memory()


async def do_units(tasks: int, delay_ms: int) -> Tuple[List[int], int, Memory]:
    """Wait in all `tasks` of one loop, and read their memory meanwhile."""
    if sys.version_info >= (3, 11):
        async with asyncio.TaskGroup() as group:
            waits = [group.create_task(wait(delay_ms)) for _ in range(tasks)]
            read_ns, waiting = await read_midway(delay_ms)
    else:
        waits = [asyncio.ensure_future(wait(delay_ms)) for _ in range(tasks)]
        read_ns, waiting = await read_midway(delay_ms)
        await asyncio.gather(*waits)
    return [each.result() for each in waits], read_ns, waiting


def run(tasks: int, delay_ms: int, workers: int) -> Outcome:
    """Wait `delay_ms` in each of `tasks` tasks of one event loop at once, and read their memory meanwhile."""
    # Cut the work into units.
    check_workers(tasks, workers)
    idle = read_memory()

    # Do every unit.
    ends_ns, read_ns, waiting = asyncio.run(do_units(tasks, delay_ms))

    # Add up.
    return total(ends_ns, delay_ms, read_ns, idle, waiting)
