"""counter, threads: each worker is a thread; notice that the GIL alone does not make `+=` one step."""

import threading
from concurrent.futures import ThreadPoolExecutor

from contract import Outcome
from counter.kernel import Counter, count, split, total


def run(increments: int, mode: str, workers: int) -> Outcome:
    """Count `increments` times on each of `workers` threads."""
    # Cut the work into units.
    counters = [Counter() for _ in range(workers)]
    chosen = split(counters, mode, workers)
    lock = threading.Lock()

    # Do every unit.
    with ThreadPoolExecutor(workers) as pool:
        done = list(pool.map(lambda counter: count(counter, increments, mode, lock), chosen))

    # Add up.
    return total(counters, done)
