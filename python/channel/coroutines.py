"""channel, coroutines: tasks share an asyncio.Queue; notice that `await` waits only if it is full or empty."""

import asyncio
from typing import List, Optional

from channel.kernel import END, Tally, check_workers, split, total
from contract import Outcome


async def put_all(queue: "asyncio.Queue[Optional[int]]", numbers: range) -> None:
    """Put every number into the queue."""
    for number in numbers:
        await queue.put(number)


async def take_all(queue: "asyncio.Queue[Optional[int]]") -> Tally:
    """Add up the numbers that are taken until the end, and leave that for the next consumer."""
    taken = items = 0
    while True:
        number = await queue.get()
        if number is END:
            await queue.put(END)
            return Tally(taken, items)
        taken += number
        items += 1


async def do_units(shares: List[range], consumers: int, capacity: int) -> List[Tally]:
    """Pass all numbers from a task for each share to `consumers` tasks."""
    queue: "asyncio.Queue[Optional[int]]" = asyncio.Queue(capacity)
    takes = [asyncio.ensure_future(take_all(queue)) for _ in range(consumers)]
    await asyncio.gather(*[put_all(queue, share) for share in shares])
    await queue.put(END)  # once all is put
    return await asyncio.gather(*takes)


def run(items: int, producers: int, consumers: int, capacity: int, workers: int) -> Outcome:
    """Pass `items` numbers from `producers` tasks to `consumers` tasks of one event loop."""
    # Cut the work into units.
    check_workers(producers, consumers, workers)
    shares = split(items, producers)

    # Do every unit.
    tallies = asyncio.run(do_units(shares, consumers, capacity))

    # Add up.
    return total(tallies)
