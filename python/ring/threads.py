"""ring, threads: a thread for each inbox; notice that all but one of them wait: what is timed is to wake the next."""

from concurrent.futures import ThreadPoolExecutor
from queue import Queue
from typing import List

from contract import Outcome
from ring.kernel import END, check_workers, pass_on, total


def run(passes: int, workers: int) -> Outcome:
    """Pass the token on `passes` times, round a ring of threads."""
    # Cut the work into units.
    check_workers(workers)
    inboxes: "List[Queue[int]]" = [Queue(1) for _ in range(workers)]
    outboxes = inboxes[1:] + inboxes[:1]

    # Do every unit.
    token = END  # which ends those that are there if a thread cannot be made
    with ThreadPoolExecutor(workers) as pool:
        try:
            tallies = pool.map(pass_on, range(1, workers + 1), inboxes, outboxes)
            token = passes
        finally:
            inboxes[0].put(token)

    # Add up.
    return total(list(tallies))
