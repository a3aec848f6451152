"""counter, sequential: one worker alone; what a lock costs that nobody else wants."""

import threading

from contract import Outcome
from counter.kernel import Counter, count, split, total


def run(increments: int, mode: str, workers: int) -> Outcome:
    """Count `increments` times on the one thread there is."""
    # Cut the work into units.
    counters = [Counter() for _ in range(workers)]
    chosen = split(counters, mode, workers)
    lock = threading.Lock()

    # Do every unit.
    done = [count(counter, increments, mode, lock) for counter in chosen]

    # Add up.
    return total(counters, done)
