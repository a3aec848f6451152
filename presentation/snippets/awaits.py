"""What `await` does, and what it does not: two awaits in a row do not overlap. The tests run it."""

import asyncio
from typing import Awaitable, Callable, List

Fetch = Callable[[str], Awaitable[str]]


async def in_a_row(fetch: Fetch) -> List[str]:
    first = await fetch("/1")  # the second has not begun
    second = await fetch("/2")
    return [first, second]


async def at_once(fetch: Fetch) -> List[str]:
    return list(await asyncio.gather(fetch("/1"), fetch("/2")))


async def with_a_deadline(fetch: Fetch) -> str:
    return await asyncio.wait_for(fetch("/1"), timeout=2)
