"""transfer, coroutines: the worker is a task of the same loop; notice that a hand-over is a turn of that loop."""

from __future__ import annotations

import asyncio
import time

from contract import Outcome
from transfer.kernel import READY, Answer, Payload, accept, change, make, require, total


async def serve(orders: asyncio.Queue[Payload], answers: asyncio.Queue[Answer]) -> None:
    """Change what comes, and hand it back, until cancelled; a failure is an answer, too."""
    try:
        await answers.put(READY)
        number = 0
        while True:
            await answers.put(change(await orders.get(), number))
            number += 1
    except Exception as error:
        await answers.put(error)


async def hand_over(size: int, shape: str, rounds: int) -> Outcome:
    """Hand a payload of `size` bytes to a task and get it back, `rounds` times."""
    # Make the payload.
    payload = make(size, shape)

    # Start the worker.
    begin_ns = time.monotonic_ns()
    orders: asyncio.Queue[Payload] = asyncio.Queue()
    answers: asyncio.Queue[Answer] = asyncio.Queue()
    worker = asyncio.ensure_future(serve(orders, answers))
    accept(await answers.get())
    first_ns = time.monotonic_ns() - begin_ns

    # Do every unit.
    trips_ns = []
    try:
        for _ in range(rounds):
            begin_ns = time.monotonic_ns()
            await orders.put(payload)
            payload = accept(await answers.get())
            trips_ns.append(time.monotonic_ns() - begin_ns)
    finally:
        worker.cancel()  # there is no more
        await asyncio.wait([worker])

    # Add up.
    return total(payload, first_ns, trips_ns)


def run(size: int, shape: str, rounds: int, start: str, workers: int) -> Outcome:
    """Hand a payload of `size` bytes to a task and get it back, `rounds` times, in one event loop."""
    require(workers, start)
    return asyncio.run(hand_over(size, shape, rounds))
