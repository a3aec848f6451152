"""transfer, processes: the worker is a process; notice that all of the payload is pickled, both there and back."""

import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from contract import Outcome
from transfer.kernel import answer, change, make, require, total


def run(size: int, shape: str, rounds: int, start: str, workers: int) -> Outcome:
    """Hand a payload of `size` bytes to a process, made by `start`, and get it back, `rounds` times."""
    require(workers)

    # Make the payload.
    payload = make(size, shape)

    # Start the worker.
    begin_ns = time.monotonic_ns()
    with ProcessPoolExecutor(workers, get_context(start)) as pool:
        pool.submit(answer).result()
        first_ns = time.monotonic_ns() - begin_ns

        # Do every unit.
        trips_ns = []
        for number in range(rounds):
            begin_ns = time.monotonic_ns()
            payload = pool.submit(change, payload, number).result()
            trips_ns.append(time.monotonic_ns() - begin_ns)

    # Add up.
    return total(payload, first_ns, trips_ns)
