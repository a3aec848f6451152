"""echo, threads: each worker is a thread; notice that each message hands the GIL over, perhaps twice."""

from concurrent.futures import ThreadPoolExecutor

from contract import Outcome
from echo.kernel import hold_talk, list_talks, total


def run(url: str, connections: int, messages: int, size: int, timeout_ms: int, workers: int) -> Outcome:
    """Send `messages` messages over each of `connections` connections, `workers` at once, on threads."""
    # Cut the work into units.
    talks = list_talks(url, connections, messages, size, timeout_ms)

    # Do every unit.
    with ThreadPoolExecutor(workers) as pool:
        came = list(pool.map(hold_talk, talks))

    # Add up.
    return total(came)
