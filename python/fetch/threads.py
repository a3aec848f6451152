"""fetch, threads: each worker is a thread with a connection; notice that a waiting thread drops the GIL."""

from concurrent.futures import ThreadPoolExecutor

from contract import Outcome
from fetch.kernel import connect, fetch_page, list_paths, total


def run(url: str, requests: int, delay_ms: int, timeout_ms: int, workers: int) -> Outcome:
    """Get `requests` pages from `url`, at most `workers` in flight, on `workers` threads."""
    # Cut the work into units.
    paths = list_paths(requests, delay_ms)

    # Do every unit.
    with ThreadPoolExecutor(workers, initializer=connect, initargs=(url, timeout_ms)) as pool:
        answers = list(pool.map(fetch_page, paths))

    # Add up.
    return total(answers)
