"""files, processes: each worker is a process with a GIL of its own; notice that only names are pickled, no file."""

from concurrent.futures import ProcessPoolExecutor

from contract import Outcome
from files.kernel import list_files, read_file, total


def run(folder: str, files: int, size: int, workers: int) -> Outcome:
    """Read `files` files of `size` bytes, on `workers` processes."""
    # Cut the work into units.
    units = list_files(folder, files, size)

    # Do every unit.
    with ProcessPoolExecutor(workers) as pool:
        found = list(pool.map(read_file, units))

    # Add up.
    return total(found)
