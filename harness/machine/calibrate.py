"""Calibrate: what this machine gives before anything is measured on it."""

from __future__ import annotations

import math
import os
import statistics
from collections.abc import Iterable, Mapping

import msgspec
import numpy as np
import psutil

from harness.machine.cores import count_cores
from harness.machine.native import ask, is_built
from harness.plan.runners import Starter

PROGRAM = "build/native/spin"
SPIN_MS = 100
REPEATS = 3
LOOK_S = 0.5

BUSY_CORES = 0.1  # of a core: what a machine at rest stays below
STEADY_GOVERNORS = (None, "performance")


class Speed(msgspec.Struct, frozen=True):
    """How many times the work of one thread so many threads get done in the same time."""

    threads: int
    median: float
    high: float
    """The best of the repeats."""


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """What the machine gives; kept in environment.json, beside load, governor and quota."""

    parallel_speed: list[Speed] = []
    """Native code that shares nothing, on 1 … n threads; empty where `spin` is not built."""
    clock_step_ns: int | None = None
    """The smallest step that the monotonic clock was seen to make."""
    busy_cores: float = 0.0
    """How many cores other programs kept busy just before."""

    def limit(self, workers: int) -> float:
        """Return the most parallel speed that was seen of so many threads; above the cores it stays.

        Between two counts it is the straight line; infinite where nothing was calibrated.
        """
        if not self.parallel_speed:
            return math.inf
        threads, speeds = zip(*((each.threads, each.high) for each in self.parallel_speed), strict=True)
        return float(np.interp(workers, threads, speeds))


def read_calibration(environment: Mapping[str, object]) -> Calibration:
    """Return the calibration that is kept in an environment; an empty one where there is none."""
    return msgspec.convert(environment.get("calibration") or {}, Calibration)


def list_warnings(environment: Mapping[str, object]) -> list[str]:
    """Say what makes figures of a machine less certain, and how to mend it."""
    found = []
    busy = read_calibration(environment).busy_cores
    governor, quota = environment.get("frequency_governor"), environment.get("cpu_quota")
    if busy > BUSY_CORES:
        found.append(f"other programs keep {busy:.1f} cores busy: end them, or expect wide intervals")
    if governor not in STEADY_GOVERNORS:
        remedy = "'cpupower frequency-set -g performance' keeps the clock steady"
        found.append(f"the frequency governor is '{governor}': {remedy}")
    if quota is not None:
        found.append(f"the cgroup pays for {quota:g} cores: what goes beyond is throttled")
    return found


class Spin(msgspec.Struct, frozen=True):
    """What `spin` prints."""

    threads: int
    iterations: int
    elapsed_ns: int
    clock_step_ns: int

    @property
    def rate(self) -> float:
        """Return iterations a nanosecond."""
        return self.iterations / self.elapsed_ns


def calibrate(starter: Starter) -> Calibration:
    """Look at the load, then let 1 … n native threads spin, n the cores; takes about a second on two.

    Without the program `spin` there is no parallel speed, the rest is there.
    """
    psutil.cpu_percent()
    busy = psutil.cpu_percent(interval=LOOK_S) / 100 * (os.cpu_count() or 1)
    spins = [
        spin(threads, starter)
        for _ in range(REPEATS if is_built(PROGRAM) else 0)
        for threads in list_counts(count_cores())
    ]
    return Calibration(
        parallel_speed=compare_speeds(spins),
        clock_step_ns=min((each.clock_step_ns for each in spins), default=None),
        busy_cores=round(busy, 2),
    )


def list_counts(cores: int) -> list[int]:
    """List 1 … n, from 8 on in steps that double, and n."""
    return sorted({*range(1, min(cores, 8) + 1), *(2**i for i in range(4, 16) if 2**i < cores), cores})


def spin(threads: int, starter: Starter) -> Spin:
    """Let so many native threads spin; raises HarnessError if they do not."""
    return ask(PROGRAM, [str(threads), str(SPIN_MS)], Spin, starter)


def compare_speeds(spins: Iterable[Spin]) -> list[Speed]:
    """Compare each number of threads with one thread."""
    rates: dict[int, list[float]] = {}
    for each in spins:
        rates.setdefault(each.threads, []).append(each.rate)
    if not rates:
        return []
    alone = statistics.median(rates[1])
    return [
        Speed(threads, round(statistics.median(found) / alone, 3), round(max(found) / alone, 3))
        for threads, found in sorted(rates.items())
    ]
