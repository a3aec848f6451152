"""heartbeat, threads: who beats and who burns are threads; notice that a thread that wakes waits for the GIL."""

import sys
from concurrent.futures import ThreadPoolExecutor

from burner import burn_until
from contract import Outcome
from heartbeat.kernel import keep_time, require, split, total


def run(
    period_us: int, duration_ms: int, burners: int, burn: str, switch_interval_us: int, workers: int
) -> Outcome:
    """Beat every `period_us` on each of `workers` threads, while `burners` threads compute."""
    require(burn, "thread")
    sys.setswitchinterval(switch_interval_us / 1e6)

    # Cut the work into units.
    beats, end_ns = split(period_us, duration_ms, workers)

    # Do every unit.
    with ThreadPoolExecutor(workers + burners) as pool:
        lags_ns = pool.map(keep_time, beats)
        burned_units = pool.map(burn_until, [end_ns] * burners)

    # Add up.
    return total(list(lags_ns), list(burned_units))
