"""serve, processes: who answers and who burns are processes; notice that a connection can be handed over."""

import sys
import time
from concurrent.futures import ProcessPoolExecutor

from burner import burn_until
from contract import Outcome
from serve.kernel import accept, serve, total


def run(
    port: int, rate: int, duration_ms: int, burners: int, switch_interval_us: int, workers: int
) -> Outcome:
    """Answer on a connection in each of `workers` processes, while `burners` processes compute."""
    sys.setswitchinterval(switch_interval_us / 1e6)

    # Cut the work into units.
    connections = accept(port, workers)
    end_ns = time.monotonic_ns() + duration_ms * 1_000_000

    # Do every unit.
    with ProcessPoolExecutor(workers + burners) as pool:
        answered = pool.map(serve, connections)
        burned_units = pool.map(burn_until, [end_ns] * burners)
    for connection in connections:  # its process had a copy
        connection.close()

    # Add up.
    return total(list(answered), list(burned_units))
