"""fetch, sequential: one page after another on one connection; notice that nearly all of it is waiting."""

from contract import Outcome
from fetch.kernel import connect, fetch_page, list_paths, total


def run(url: str, requests: int, delay_ms: int, timeout_ms: int, workers: int) -> Outcome:
    """Get `requests` pages from `url`, one at a time."""
    # Cut the work into units.
    paths = list_paths(requests, delay_ms)

    # Do every unit.
    connect(url, timeout_ms)
    answers = list(map(fetch_page, paths))

    # Add up.
    return total(answers)
