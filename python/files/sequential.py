"""files, sequential: one file after another; the time every other model is held against."""

from contract import Outcome
from files.kernel import list_files, read_file, total


def run(folder: str, files: int, size: int, workers: int) -> Outcome:
    """Read `files` files of `size` bytes, on the one thread there is."""
    # Cut the work into units.
    units = list_files(folder, files, size)

    # Do every unit.
    found = list(map(read_file, units))

    # Add up.
    return total(found)
