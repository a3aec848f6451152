"""What the load generator can do: the rate that it holds on one core, and the latency that it adds by itself.

    python -m benchmarks.load results/reference/<machine> [--duration-ms 3000] [--connections 4]

The generator has one core, a C++ echo server with a thread for each connection has another. Nothing else may run.
"""

from __future__ import annotations

import argparse
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

from harness.errors import HarnessError
from harness.fixtures.load import Generator, Outcome, command, find_port
from harness.paths import ROOT
from harness.store.folder import Run

RATES = (20_000, 2_000)  # requests per second: what it has to sustain, and a tenth of that
SERVER = ROOT / "build/cpp/runner"
LEAVE_S = 60.0  # beyond the duration, for all to end


def pin(words: Sequence[str], core: int) -> list[str]:
    """Spell a command that is to run on one core only."""
    return ["taskset", "--cpu-list", str(core), *words]


@contextmanager
def serve(port: int, rate: int, duration_ms: int, connections: int, core: int) -> Iterator[None]:
    """Have an echo server on a port for as long as the context lasts."""
    options = {"port": port, "rate": rate, "duration-ms": duration_ms, "burners": 0, "workers": connections}
    words = [str(SERVER), "serve", "threads"]
    for name, value in options.items():
        words += [f"--{name}", str(value)]
    with subprocess.Popen(pin(words, core), stdout=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.kill()


def measure(rate: int, duration_ms: int, connections: int) -> Outcome:
    """Send for so long at a rate; raises HarnessError where it is not served to the end."""
    own, others = sorted(os.sched_getaffinity(0))[:2]
    port = find_port()
    words = pin(command(port, rate, duration_ms, connections), own)
    with serve(port, rate, duration_ms, connections, others), closing(Generator(words)) as generator:
        return generator.finish(duration_ms / 1000 + LEAVE_S)


def describe(rate: int, seen: Outcome) -> dict[str, object]:
    """Make a row of the table."""
    latency_ms, late_ms = np.array(seen.latency_ns) / 1e6, np.array(seen.sent_late_ns) / 1e6
    return {
        "asked per second": rate,
        "sent per second": f"{seen.sent_per_s:.1f}",
        "answered": seen.answered,
        "missed": seen.missed,
        "p50": f"{np.percentile(latency_ms, 50):.3f} ms",
        "p99": f"{np.percentile(latency_ms, 99):.3f} ms",
        "sent late p99": f"{np.percentile(late_ms, 99):.3f} ms",
    }


def main() -> None:
    """Measure at each rate, print the table and write it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="the run folder that the table is written into")
    parser.add_argument("--duration-ms", type=int, default=3000)
    parser.add_argument("--connections", type=int, default=4)
    arguments = parser.parse_args()
    if len(os.sched_getaffinity(0)) < 2:
        raise SystemExit("expected 2 cores, one for each side, got 1")
    try:
        rows = [describe(rate, measure(rate, arguments.duration_ms, arguments.connections)) for rate in RATES]
    except HarnessError as error:
        raise SystemExit(f"load: {error}") from None
    table = pd.DataFrame(rows)
    print(table.to_string(index=False))
    Run(arguments.folder).write_table("benchmarks/load.csv", table)


if __name__ == "__main__":
    main()
