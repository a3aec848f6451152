"""serve, threads: who answers and who burns are threads; notice that an answer waits for the GIL."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

from burner import burn_until
from contract import Outcome
from serve.kernel import accept, serve, total


def run(
    port: int, rate: int, duration_ms: int, burners: int, switch_interval_us: int, workers: int
) -> Outcome:
    """Answer on a connection in each of `workers` threads, while `burners` threads compute."""
    sys.setswitchinterval(switch_interval_us / 1e6)

    # Cut the work into units.
    connections = accept(port, workers)
    end_ns = time.monotonic_ns() + duration_ms * 1_000_000

    # Do every unit.
    with ThreadPoolExecutor(workers + burners) as pool:
        answered = pool.map(serve, connections)
        burned_units = pool.map(burn_until, [end_ns] * burners)

    # Add up.
    return total(list(answered), list(burned_units))
