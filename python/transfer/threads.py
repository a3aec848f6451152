"""transfer, threads: the worker is a thread; notice that only a reference crosses, however large the payload is."""

from __future__ import annotations

import time
from queue import SimpleQueue
from threading import Thread
from typing import Optional

from contract import Outcome
from transfer.kernel import READY, Answer, Payload, accept, change, make, require, total


def serve(orders: SimpleQueue[Optional[Payload]], answers: SimpleQueue[Answer]) -> None:
    """Change what comes, and hand it back; a failure is an answer, too."""
    try:
        answers.put(READY)
        number = 0
        while (payload := orders.get()) is not None:
            answers.put(change(payload, number))
            number += 1
    except Exception as error:
        answers.put(error)


def run(size: int, shape: str, rounds: int, start: str, workers: int) -> Outcome:
    """Hand a payload of `size` bytes to a thread and get it back, `rounds` times."""
    require(workers, start)

    # Make the payload.
    payload = make(size, shape)

    # Start the worker.
    begin_ns = time.monotonic_ns()
    orders: SimpleQueue[Optional[Payload]] = SimpleQueue()
    answers: SimpleQueue[Answer] = SimpleQueue()
    worker = Thread(target=serve, args=(orders, answers))
    worker.start()
    accept(answers.get())
    first_ns = time.monotonic_ns() - begin_ns

    # Do every unit.
    trips_ns = []
    try:
        for _ in range(rounds):
            begin_ns = time.monotonic_ns()
            orders.put(payload)
            payload = accept(answers.get())
            trips_ns.append(time.monotonic_ns() - begin_ns)
    finally:
        orders.put(None)  # there is no more
        worker.join()

    # Add up.
    return total(payload, first_ns, trips_ns)
