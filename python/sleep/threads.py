"""sleep, threads: each task is a thread; notice that its stack is reserved whole, and in memory as far as used."""

import time
from concurrent.futures import ThreadPoolExecutor

from contract import Outcome
from sleep.kernel import check_workers, read_memory, total, wait


def run(tasks: int, delay_ms: int, workers: int) -> Outcome:
    """Wait `delay_ms` on each of `tasks` threads at once, and read their memory meanwhile."""
    # Cut the work into units.
    check_workers(tasks, workers)
    idle = read_memory()

    # Do every unit.
    with ThreadPoolExecutor(workers) as pool:
        waits = [pool.submit(wait, delay_ms) for _ in range(tasks)]
        time.sleep(delay_ms / 2000)  # half the wait: all have begun, none has ended
        read_ns, waiting = time.monotonic_ns(), read_memory()
        ends_ns = [each.result() for each in waits]

    # Add up.
    return total(ends_ns, delay_ms, read_ns, idle, waiting)
