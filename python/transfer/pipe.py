"""transfer, pipe: the worker is a process at the end of a pipe; notice that bytes cross it as they are, unpickled."""

import time
from multiprocessing.connection import Connection
from typing import Any, Callable, Tuple

from contract import Outcome
from transfer.kernel import READY, Payload, change, make, require, total
from workers import run_beside


def choose(pipe: Connection, shape: str) -> Tuple[Callable[[Any], None], Callable[[], Payload]]:
    """Choose how to send and how to receive: bytes as they are, anything else pickled."""
    if shape == "bytes":
        return pipe.send_bytes, lambda: bytearray(pipe.recv_bytes())
    return pipe.send, pipe.recv


def serve(pipe: Connection, shape: str, rounds: int) -> None:
    """Change what comes, and send it back."""
    send, receive = choose(pipe, shape)
    send(READY)
    for number in range(rounds):
        send(change(receive(), number))


def run(size: int, shape: str, rounds: int, start: str, workers: int) -> Outcome:
    """Send a payload of `size` bytes to a process, made by `start`, and get it back, `rounds` times."""
    require(workers)

    # Make the payload.
    payload = make(size, shape)

    # Start the worker.
    begin_ns = time.monotonic_ns()
    with run_beside(start, serve, shape, rounds) as pipe:
        send, receive = choose(pipe, shape)
        receive()
        first_ns = time.monotonic_ns() - begin_ns

        # Do every unit.
        trips_ns = []
        for _ in range(rounds):
            begin_ns = time.monotonic_ns()
            send(payload)
            payload = receive()
            trips_ns.append(time.monotonic_ns() - begin_ns)

    # Add up.
    return total(payload, first_ns, trips_ns)
