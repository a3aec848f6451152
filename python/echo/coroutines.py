"""echo, coroutines: one task a connection on one thread; notice that each await is a turn of the loop."""

import asyncio
from typing import List

from contract import Outcome
from echo.kernel import Talk, list_talks, read_number, total, write_message


async def hold_talk(talk: Talk) -> List[int]:
    """Do the units of one connection: send each message, and receive it; return the numbers that came back."""
    numbers = []
    reader, writer = await asyncio.open_connection(*talk.address)  # has TCP_NODELAY, as all of asyncio's
    try:
        for number in range(1, talk.messages + 1):
            writer.write(write_message(number, talk.size))
            await writer.drain()
            numbers.append(read_number(await receive(reader, talk.size), number, talk.size))
    finally:
        writer.close()
    await writer.wait_closed()
    return numbers


async def receive(reader: asyncio.StreamReader, size: int) -> bytes:
    """Receive a message; what there is of it where the server sends no more."""
    try:
        return await reader.readexactly(size)
    except asyncio.IncompleteReadError as end:
        return end.partial


async def do_units(talks: List[Talk], workers: int) -> List[List[int]]:
    """Hold all `talks`, at most `workers` of them at once."""
    slots = asyncio.Semaphore(workers)

    async def do_unit(talk: Talk) -> List[int]:
        async with slots:
            return await asyncio.wait_for(hold_talk(talk), talk.timeout_s)

    tasks = [asyncio.create_task(do_unit(talk)) for talk in talks]
    try:
        return await asyncio.gather(*tasks)
    finally:  # where one has failed, the others are ended, and waited for
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def run(url: str, connections: int, messages: int, size: int, timeout_ms: int, workers: int) -> Outcome:
    """Send `messages` messages over each of `connections` connections, `workers` at once, in tasks of one loop."""
    # Cut the work into units.
    talks = list_talks(url, connections, messages, size, timeout_ms)

    # Do every unit.
    came = asyncio.run(do_units(talks, workers))

    # Add up.
    return total(came)
