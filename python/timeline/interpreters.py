"""timeline, interpreters: each worker is a thread with an interpreter, and a GIL, of its own (Python 3.14)."""

from concurrent.futures import InterpreterPoolExecutor

from contract import Outcome
from timeline.kernel import compute, split, total


def run(duration_ms: int, gap_us: int, workers: int) -> Outcome:
    """Compute for `duration_ms` on each of `workers` interpreters, and note when each ran."""
    # Cut the work into units.
    units = split(duration_ms, gap_us, workers)

    # Do every unit.
    with InterpreterPoolExecutor(workers) as pool:
        lanes = list(pool.map(compute, units))

    # Add up.
    return total(lanes)
