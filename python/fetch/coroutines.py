"""fetch, coroutines: one task a page on one thread (aiohttp); notice that each await is a turn for others."""

import asyncio
import time
from typing import List

from aiohttp import ClientSession, ClientTimeout, TCPConnector
from contract import Outcome
from fetch.kernel import Answer, check, list_paths, total


async def do_units(url: str, paths: List[str], timeout_ms: int, workers: int) -> List[Answer]:
    """Get all `paths` in one session, at most `workers` of them in flight."""
    slots = asyncio.Semaphore(workers)
    connector = TCPConnector(limit=workers)  # the default, 100, would cap the fan-out silently
    timeout = ClientTimeout(total=timeout_ms / 1000)

    async def do_unit(path: str) -> Answer:
        async with slots:
            begin_ns = time.monotonic_ns()
            async with session.get(url + path) as response:
                body = await response.read()
            return check(path, response.status, body, begin_ns)

    async with ClientSession(connector=connector, timeout=timeout) as session:
        return await asyncio.gather(*map(do_unit, paths))


def run(url: str, requests: int, delay_ms: int, timeout_ms: int, workers: int) -> Outcome:
    """Get `requests` pages from `url`, at most `workers` in flight, in tasks of one event loop."""
    # Cut the work into units.
    paths = list_paths(requests, delay_ms)

    # Do every unit.
    answers = asyncio.run(do_units(url, paths, timeout_ms, workers))

    # Add up.
    return total(answers)
