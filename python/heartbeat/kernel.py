"""heartbeat, kernel: wakes at every beat and notes how late it is; there is no concurrency in here."""

from __future__ import annotations

import time
from typing import Dict, List, Tuple, Union

from contract import Outcome
from options import Options

JOB_NS = 50_000_000  # how long a burner of an event loop computes in one go
CHUNK_NS = 1_000_000  # how long, where it cuts its jobs


def read_arguments(options: Options) -> Dict[str, Union[int, str]]:
    """Take the arguments of the workload off the command line."""
    return {
        "period_us": options.natural("period-us", 10, 1_000_000),  # between two beats
        "duration_ms": options.natural("duration-ms", 1, 600_000),  # for so long
        "burners": options.natural("burners", 0, 1_000),  # how many compute beside
        "burn": options.choice("burn", "inline", "chunked", "thread", "process"),  # where they do
        "switch_interval_us": options.natural("switch-interval-us", 1, 1_000_000),  # of the interpreter
    }


def require(burn: str, own: str) -> None:
    """Raise ValueError where a model is asked to burn in another way than its own."""
    if burn != own:
        raise ValueError(f"argument --burn: expected {own}, which is all that this model has, got {burn}")


def split(period_us: int, duration_ms: int, workers: int) -> Tuple[List[range], int]:
    """Give every worker its beats, and tell when the last is due; one beat is a unit.

    A beat is the time, on the monotonic clock, at which it is due, whatever became of the one before.
    """
    period_ns, beats = period_us * 1_000, duration_ms * 1_000 // period_us
    begin_ns = time.monotonic_ns()
    end_ns = begin_ns + beats * period_ns
    return [range(begin_ns + period_ns, end_ns + 1, period_ns)] * workers, end_ns


def measure_wait(due_ns: int) -> float:
    """Return the seconds until a beat is due."""
    return (due_ns - time.monotonic_ns()) / 1e9


def keep_time(beats: range) -> List[int]:
    """Do the units of one worker: wake at every beat, and note how late, in nanoseconds."""
    lags_ns = []
    for due_ns in beats:
        if (wait_s := measure_wait(due_ns)) > 0:  # else it is late already
            time.sleep(wait_s)
        lags_ns.append(time.monotonic_ns() - due_ns)
    return lags_ns


def total(lags_ns: List[List[int]], burned_units: List[int]) -> Outcome:
    """List how late all beats were, and add up what was burned beside them."""
    every = [lag_ns for mine in lags_ns for lag_ns in mine]
    return Outcome(len(every), len(every), {"lag_ns": every, "burned_units": sum(burned_units)})
