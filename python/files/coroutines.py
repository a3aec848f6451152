"""files, coroutines: asyncio cannot wait for a file; notice that it borrows threads, and hands each unit to one."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import List

from contract import Outcome
from files.kernel import File, list_files, read_file, total


async def do_units(units: List[File], workers: int) -> List[int]:
    """Read all `units`, at most `workers` of them at once."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(workers) as pool:
        return await asyncio.gather(*(loop.run_in_executor(pool, read_file, unit) for unit in units))


def run(folder: str, files: int, size: int, workers: int) -> Outcome:
    """Read `files` files of `size` bytes, on `workers` threads that one event loop waits for."""
    # Cut the work into units.
    units = list_files(folder, files, size)

    # Do every unit.
    found = asyncio.run(do_units(units, workers))

    # Add up.
    return total(found)
