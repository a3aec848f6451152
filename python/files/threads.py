"""files, threads: each worker is a thread; notice that small files need the GIL for nearly all that is done."""

from concurrent.futures import ThreadPoolExecutor

from contract import Outcome
from files.kernel import list_files, read_file, total


def run(folder: str, files: int, size: int, workers: int) -> Outcome:
    """Read `files` files of `size` bytes, on `workers` threads."""
    # Cut the work into units.
    units = list_files(folder, files, size)

    # Do every unit.
    with ThreadPoolExecutor(workers) as pool:
        found = list(pool.map(read_file, units))

    # Add up.
    return total(found)
