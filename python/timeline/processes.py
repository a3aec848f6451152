"""timeline, processes: each worker is a process; notice that they begin later, and then run at once."""

from concurrent.futures import ProcessPoolExecutor

from contract import Outcome
from timeline.kernel import compute, split, total


def run(duration_ms: int, gap_us: int, workers: int) -> Outcome:
    """Compute for `duration_ms` on each of `workers` processes, and note when each ran."""
    # Cut the work into units.
    units = split(duration_ms, gap_us, workers)

    # Do every unit.
    with ProcessPoolExecutor(workers) as pool:
        lanes = list(pool.map(compute, units))

    # Add up.
    return total(lanes)
