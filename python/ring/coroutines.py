"""ring, coroutines: a task for each inbox, all on one loop; notice that to wake the next is to put it into a list."""

import asyncio
from typing import List

from contract import Outcome
from ring.kernel import Tally, check_workers, total


async def pass_on(number: int, inbox: "asyncio.Queue[int]", outbox: "asyncio.Queue[int]") -> Tally:
    """Be one worker of the ring: pass the token on until it is over; the kernel says how."""
    passed = 0
    while True:
        left = await inbox.get()
        await outbox.put(left - 1)
        if left <= 0:
            return Tally(number if left == 0 else 0, passed)
        passed += 1


async def do_units(passes: int, workers: int) -> List[Tally]:
    """Pass the token on `passes` times, round a ring of tasks."""
    inboxes: "List[asyncio.Queue[int]]" = [asyncio.Queue(1) for _ in range(workers)]
    outboxes = inboxes[1:] + inboxes[:1]
    inboxes[0].put_nowait(passes)
    return await asyncio.gather(*map(pass_on, range(1, workers + 1), inboxes, outboxes))


def run(passes: int, workers: int) -> Outcome:
    """Pass the token on `passes` times, round a ring of tasks of one event loop."""
    # Cut the work into units.
    check_workers(workers)

    # Do every unit.
    tallies = asyncio.run(do_units(passes, workers))

    # Add up.
    return total(tallies)
