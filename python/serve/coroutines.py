"""serve, coroutines: tasks of one loop answer, threads burn; notice that the loop waits for the GIL."""

import asyncio
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import List, Tuple

from burner import burn_until
from contract import Outcome
from serve.kernel import MESSAGE_BYTES, accept, check, total


async def serve(connection: socket.socket) -> int:
    """Do the units of one worker: send every message back until the client has no more; return how many."""
    answered = 0
    reader, writer = await asyncio.open_connection(sock=connection)
    while check(message := await receive(reader)):
        writer.write(message)
        await writer.drain()
        answered += 1
    writer.close()
    await writer.wait_closed()
    return answered


async def receive(reader: asyncio.StreamReader) -> bytes:
    """Receive a message; what there is of it where the client has no more."""
    try:
        return await reader.readexactly(MESSAGE_BYTES)
    except asyncio.IncompleteReadError as end:
        return end.partial


async def do_units(
    connections: List[socket.socket], end_ns: int, burners: int
) -> Tuple[List[int], List[int]]:
    """Serve all `connections` in tasks of one loop, beside `burners` threads that compute."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(burners + 1) as pool:
        burning = [loop.run_in_executor(pool, burn_until, end_ns) for _ in range(burners)]
        answered = await asyncio.gather(*map(serve, connections))
        return answered, await asyncio.gather(*burning)


def run(
    port: int, rate: int, duration_ms: int, burners: int, switch_interval_us: int, workers: int
) -> Outcome:
    """Answer on `workers` connections in tasks of one event loop, while `burners` threads compute."""
    sys.setswitchinterval(switch_interval_us / 1e6)

    # Cut the work into units.
    connections = accept(port, workers)
    end_ns = time.monotonic_ns() + duration_ms * 1_000_000

    # Do every unit.
    answered, burned_units = asyncio.run(do_units(connections, end_ns, burners))

    # Add up.
    return total(answered, burned_units)
