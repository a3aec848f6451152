"""counter, processes: each worker is a process; notice that the counters must be put into shared memory."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from typing import Any, ContextManager, List

from contract import Outcome
from counter.kernel import count, split, total

shared: List[Any] = []  # the counters, and the lock: in every worker process the same memory


def share(counters: List[Any], lock: ContextManager[object]) -> None:
    """Give the calling worker process what all of them share: it cannot be sent with a unit."""
    shared[:] = [counters, lock]


def do_unit(number: int, increments: int, mode: str) -> int:
    """Count on the counter of that number."""
    counters, lock = shared
    return count(counters[number], increments, mode, lock)


def run(increments: int, mode: str, workers: int) -> Outcome:
    """Count `increments` times in each of `workers` processes."""
    # Cut the work into units.
    counters = [multiprocessing.Value("q", lock=False) for _ in range(workers)]
    chosen = split(list(range(workers)), mode, workers)
    lock = multiprocessing.Lock()

    # Do every unit.
    with ProcessPoolExecutor(workers, initializer=share, initargs=(counters, lock)) as pool:
        done = list(pool.map(do_unit, chosen, [increments] * workers, [mode] * workers))

    # Add up.
    return total(counters, done)
