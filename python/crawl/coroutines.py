"""crawl, coroutines: a task a page on one thread (aiohttp); notice that while one parses, none goes on."""

import asyncio
from typing import List, Set

from aiohttp import ClientSession, ClientTimeout, TCPConnector
from contract import Outcome
from crawl.kernel import Frontier, Page, find_first, read_page, total


async def do_units(url: str, frontier: Frontier, timeout_ms: int, workers: int) -> List[int]:
    """Crawl all pages in one session, at most `workers` of them in flight."""
    connector = TCPConnector(limit=workers)  # the default, 100, would cap the fan-out silently
    timeout = ClientTimeout(total=timeout_ms / 1000)

    async def crawl_page(path: str) -> Page:
        async with session.get(url + path) as response:
            body = await response.read()
        return read_page(path, response.status, body)

    digests: List[int] = []
    in_flight: Set["asyncio.Future[Page]"] = set()
    async with ClientSession(connector=connector, timeout=timeout) as session:
        try:
            while frontier or in_flight:
                while frontier and len(in_flight) < workers:  # the others wait in the frontier
                    in_flight.add(asyncio.ensure_future(crawl_page(frontier.take())))
                done, in_flight = await asyncio.wait(in_flight, return_when=asyncio.FIRST_COMPLETED)
                for page in await asyncio.gather(*done):
                    digests.append(page.digest)
                    frontier.add(page.links)
        finally:  # none is left but after a failure
            for task in in_flight:
                task.cancel()
            await asyncio.gather(*in_flight, return_exceptions=True)
    return digests


def run(url: str, pages: int, delay_ms: int, page_bytes: int, timeout_ms: int, workers: int) -> Outcome:
    """Crawl the site of `pages` pages at `url`, at most `workers` in flight, in tasks of one event loop."""
    # Begin with the first page.
    frontier = Frontier(find_first(pages, delay_ms, page_bytes))

    # Do every unit.
    digests = asyncio.run(do_units(url, frontier, timeout_ms, workers))

    # Add up.
    return total(digests)
