"""heartbeat, coroutines: who beats is a task of the loop; notice where a burner computes."""

import asyncio
import sys
import time
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Awaitable, Callable, List, Tuple

from burner import burn_until
from contract import Outcome
from heartbeat.kernel import CHUNK_NS, JOB_NS, measure_wait, split, total


async def keep_time(beats: range) -> List[int]:
    """Do the units of one worker: wake at every beat, and note how late, in nanoseconds."""
    lags_ns = []
    for due_ns in beats:
        if (wait_s := measure_wait(due_ns)) > 0:  # else it is late already
            await asyncio.sleep(wait_s)
        lags_ns.append(time.monotonic_ns() - due_ns)
    return lags_ns


async def burn_inline(until_ns: int) -> int:
    """Compute on the loop's own thread, in one go: the loop stands still meanwhile."""
    return burn_until(until_ns)


async def burn_chunked(until_ns: int) -> int:
    """Compute on the loop's own thread, and let others have a turn every so often."""
    burned_units = 0
    while time.monotonic_ns() < until_ns:
        burned_units += burn_until(min(time.monotonic_ns() + CHUNK_NS, until_ns))
        await asyncio.sleep(0)
    return burned_units


async def burn_jobs(burn_job: Callable[[int], Awaitable[int]], end_ns: int) -> int:
    """Compute job after job until the clock shows `end_ns`; the loop has a turn after each."""
    burned_units = 0
    while time.monotonic_ns() < end_ns:
        burned_units += await burn_job(min(time.monotonic_ns() + JOB_NS, end_ns))
        await asyncio.sleep(0)
    return burned_units


async def do_units(
    beats: List[range], end_ns: int, burners: int, burn: str, pool: Executor
) -> Tuple[List[List[int]], List[int]]:
    """Keep all `beats` in tasks of one loop, beside `burners` tasks that see to computing."""
    loop = asyncio.get_running_loop()

    async def burn_elsewhere(until_ns: int) -> int:
        return await loop.run_in_executor(pool, burn_until, until_ns)

    burn_job = {"inline": burn_inline, "chunked": burn_chunked}.get(burn, burn_elsewhere)
    keeping = [asyncio.ensure_future(keep_time(mine)) for mine in beats]
    burning = [asyncio.ensure_future(burn_jobs(burn_job, end_ns)) for _ in range(burners)]
    return await asyncio.gather(*keeping), await asyncio.gather(*burning)


def open_pool(burn: str, burners: int) -> Executor:
    """Make the threads or processes that burn; now, for to make them would keep the loop waiting."""
    pool = ProcessPoolExecutor(burners + 1) if burn == "process" else ThreadPoolExecutor(burners + 1)
    list(pool.map(burn_until, [0] * burners))
    return pool


def run(
    period_us: int, duration_ms: int, burners: int, burn: str, switch_interval_us: int, workers: int
) -> Outcome:
    """Beat every `period_us` in `workers` tasks of one event loop, while `burners` more compute."""
    sys.setswitchinterval(switch_interval_us / 1e6)

    with open_pool(burn, burners) as pool:
        # Cut the work into units.
        beats, end_ns = split(period_us, duration_ms, workers)

        # Do every unit.
        lags_ns, burned_units = asyncio.run(do_units(beats, end_ns, burners, burn, pool))

    # Add up.
    return total(lags_ns, burned_units)
