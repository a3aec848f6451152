"""timeline, threads: each worker is a thread; notice that the GIL goes from hand to hand every 5 ms."""

from concurrent.futures import ThreadPoolExecutor

from contract import Outcome
from timeline.kernel import compute, split, total


def run(duration_ms: int, gap_us: int, workers: int) -> Outcome:
    """Compute for `duration_ms` on each of `workers` threads, and note when each ran."""
    # Cut the work into units.
    units = split(duration_ms, gap_us, workers)

    # Do every unit.
    with ThreadPoolExecutor(workers) as pool:
        lanes = list(pool.map(compute, units))

    # Add up.
    return total(lanes)
