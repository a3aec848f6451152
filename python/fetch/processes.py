"""fetch, processes: each worker is a process with a connection; notice what an interpreter a wait costs."""

from concurrent.futures import ProcessPoolExecutor

from contract import Outcome
from fetch.kernel import connect, fetch_page, list_paths, total


def run(url: str, requests: int, delay_ms: int, timeout_ms: int, workers: int) -> Outcome:
    """Get `requests` pages from `url`, at most `workers` in flight, on `workers` processes."""
    # Cut the work into units.
    paths = list_paths(requests, delay_ms)

    # Do every unit.
    with ProcessPoolExecutor(workers, initializer=connect, initargs=(url, timeout_ms)) as pool:
        answers = list(pool.map(fetch_page, paths))

    # Add up.
    return total(answers)
