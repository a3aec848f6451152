"""crawl, sequential: one page after another; notice that it either waits or computes, never both."""

from contract import Outcome
from crawl.kernel import Frontier, crawl_page, find_first, total
from fetch.kernel import connect


def run(url: str, pages: int, delay_ms: int, page_bytes: int, timeout_ms: int, workers: int) -> Outcome:
    """Crawl the site of `pages` pages at `url`, one page at a time."""
    # Begin with the first page.
    frontier = Frontier(find_first(pages, delay_ms, page_bytes))
    digests = []

    # Do every unit.
    connect(url, timeout_ms)
    while frontier:
        page = crawl_page(frontier.take())
        digests.append(page.digest)
        frontier.add(page.links)

    # Add up.
    return total(digests)
