"""transfer, sequential: the worker is a function that is called; notice that nothing is handed over."""

import time

from contract import Outcome
from transfer.kernel import change, make, require, total


def run(size: int, shape: str, rounds: int, start: str, workers: int) -> Outcome:
    """Call a function with a payload of `size` bytes, `rounds` times."""
    require(workers, start)

    # Make the payload.
    payload = make(size, shape)

    # Start the worker.
    begin_ns = time.monotonic_ns()
    first_ns = time.monotonic_ns() - begin_ns  # there is none

    # Do every unit.
    trips_ns = []
    for number in range(rounds):
        begin_ns = time.monotonic_ns()
        payload = change(payload, number)
        trips_ns.append(time.monotonic_ns() - begin_ns)

    # Add up.
    return total(payload, first_ns, trips_ns)
