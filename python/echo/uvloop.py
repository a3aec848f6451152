"""echo, uvloop: the same tasks on another event loop, written in C on libuv; notice that nothing else changes."""

import uvloop
from contract import Outcome
from echo.coroutines import do_units
from echo.kernel import list_talks, total


def run(url: str, connections: int, messages: int, size: int, timeout_ms: int, workers: int) -> Outcome:
    """Send `messages` messages over each of `connections` connections, `workers` at once, in tasks of uvloop's loop."""
    # Cut the work into units.
    talks = list_talks(url, connections, messages, size, timeout_ms)

    # Do every unit.
    came = uvloop.run(do_units(talks, workers))

    # Add up.
    return total(came)
