"""transfer, interpreters: the worker is a thread with an interpreter of its own; notice that it shares no objects."""

import time
from concurrent.futures import InterpreterPoolExecutor

from contract import Outcome
from transfer.kernel import answer, change, make, require, total


def run(size: int, shape: str, rounds: int, start: str, workers: int) -> Outcome:
    """Hand a payload of `size` bytes to an interpreter and get it back, `rounds` times."""
    require(workers, start)

    # Make the payload.
    payload = make(size, shape)

    # Start the worker.
    begin_ns = time.monotonic_ns()
    with InterpreterPoolExecutor(workers) as pool:
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
