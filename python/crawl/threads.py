"""crawl, threads: each worker is a thread; notice that threads overlap their waits, but parse one at a time."""

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Set

from contract import Outcome
from crawl.kernel import Frontier, Page, crawl_page, find_first, total
from fetch.kernel import connect


def run(url: str, pages: int, delay_ms: int, page_bytes: int, timeout_ms: int, workers: int) -> Outcome:
    """Crawl the site of `pages` pages at `url`, at most `workers` in flight, on `workers` threads."""
    # Begin with the first page.
    frontier = Frontier(find_first(pages, delay_ms, page_bytes))
    digests = []

    # Do every unit.
    with ThreadPoolExecutor(workers, initializer=connect, initargs=(url, timeout_ms)) as pool:
        in_flight: Set["Future[Page]"] = set()
        while frontier or in_flight:
            while frontier and len(in_flight) < workers:  # the others wait in the frontier
                in_flight.add(pool.submit(crawl_page, frontier.take()))
            done, in_flight = wait(in_flight, return_when=FIRST_COMPLETED)
            for future in done:
                page = future.result()
                digests.append(page.digest)
                frontier.add(page.links)

    # Add up.
    return total(digests)
