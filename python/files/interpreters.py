"""files, interpreters: each worker is a thread with an interpreter, and a GIL, of its own (Python 3.14)."""

from concurrent.futures import InterpreterPoolExecutor

from contract import Outcome
from files.kernel import list_files, read_file, total


def run(folder: str, files: int, size: int, workers: int) -> Outcome:
    """Read `files` files of `size` bytes, on `workers` interpreters."""
    # Cut the work into units.
    units = list_files(folder, files, size)

    # Do every unit.
    with InterpreterPoolExecutor(workers) as pool:
        found = list(pool.map(read_file, units))

    # Add up.
    return total(found)
