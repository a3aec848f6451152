"""transfer, shared: the worker is a process with the same memory; notice that of a round only its number crosses."""

import time
from multiprocessing.connection import Connection

from contract import Outcome
from memory import make_memory, open_memory
from transfer.kernel import change, fill, require, total
from workers import run_beside


def serve(pipe: Connection, name: str, size: int, rounds: int) -> None:
    """Change what is in the memory of that name, as often as it is told to."""
    with open_memory(name, size) as payload:
        pipe.send(None)  # ready
        for _ in range(rounds):
            number = pipe.recv()
            change(payload, number)
            pipe.send(number)


def run(size: int, shape: str, rounds: int, start: str, workers: int) -> Outcome:
    """Share a payload of `size` bytes with a process, made by `start`; hand it over and back `rounds` times."""
    require(workers)
    if shape != "bytes":
        raise ValueError(f"argument --shape: expected bytes, for objects cannot be shared, got {shape}")

    # Make the payload.
    with make_memory(size) as (name, payload):
        payload[:] = fill(size)

        # Start the worker.
        begin_ns = time.monotonic_ns()
        with run_beside(start, serve, name, size, rounds) as pipe:
            pipe.recv()
            first_ns = time.monotonic_ns() - begin_ns

            # Do every unit.
            trips_ns = []
            for number in range(rounds):
                begin_ns = time.monotonic_ns()
                pipe.send(number)
                pipe.recv()
                trips_ns.append(time.monotonic_ns() - begin_ns)

        # Add up.
        return total(payload, first_ns, trips_ns)
