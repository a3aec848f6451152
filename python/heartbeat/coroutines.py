"""heartbeat, coroutines: who beats is a task of the loop; notice where a burner computes (`BURNS`)."""

import asyncio
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
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
    beats: List[range], end_ns: int, burners: int, burn: str
) -> Tuple[List[List[int]], List[int]]:
    """Keep all `beats` in tasks of one loop, beside `burners` tasks that see to computing."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(burners + 1) as threads, ProcessPoolExecutor(burners + 1) as processes:
        burns = {
            "inline": burn_inline,
            "chunked": burn_chunked,
            "thread": lambda until_ns: loop.run_in_executor(threads, burn_until, until_ns),
            "process": lambda until_ns: loop.run_in_executor(processes, burn_until, until_ns),
        }
        keeping = [asyncio.ensure_future(keep_time(mine)) for mine in beats]
        burning = [asyncio.ensure_future(burn_jobs(burns[burn], end_ns)) for _ in range(burners)]
        return await asyncio.gather(*keeping), await asyncio.gather(*burning)


def run(
    period_us: int, duration_ms: int, burners: int, burn: str, switch_interval_us: int, workers: int
) -> Outcome:
    """Beat every `period_us` in `workers` tasks of one event loop, while `burners` more compute."""
    sys.setswitchinterval(switch_interval_us / 1e6)

    # Cut the work into units.
    beats, end_ns = split(period_us, duration_ms, workers)

    # Do every unit.
    lags_ns, burned_units = asyncio.run(do_units(beats, end_ns, burners, burn))

    # Add up.
    return total(lags_ns, burned_units)
