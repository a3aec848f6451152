"""timeline, kernel: computes for a while and notes when it ran; there is no concurrency in here."""

from __future__ import annotations

import time
from typing import Dict, List, NamedTuple, Sequence, Union

from contract import Outcome
from options import Options


def read_arguments(options: Options) -> Dict[str, int]:
    """Take the arguments of the workload off the command line."""
    return {
        "duration_ms": options.natural("duration-ms", 1, 10_000),  # for which each worker computes
        "gap_us": options.natural("gap-us", 1, 1_000_000),  # between two looks: longer, and it did not run
    }


class Unit(NamedTuple):
    """What one worker is to do."""

    origin_ns: int
    """When the run began: all slices are counted from here, on the clock that all workers share."""

    duration_ns: int
    gap_ns: int


class Slice(NamedTuple):
    """A time in which a worker ran without a gap."""

    begin_ns: int
    end_ns: int


class Lane(NamedTuple):
    """What one unit gave: when it ran, and how often it looked at the clock."""

    slices: List[Slice]
    looks: int


def split(duration_ms: int, gap_us: int, workers: int) -> List[Unit]:
    """Give every worker a unit; the time of the run begins here."""
    return [Unit(time.monotonic_ns(), duration_ms * 1_000_000, gap_us * 1_000)] * workers


def compute(unit: Unit) -> Lane:
    """Do one unit: look at the clock over and over; a gap between two looks is when others ran."""
    begin_ns = now_ns = time.monotonic_ns()
    end_ns = begin_ns + unit.duration_ns
    slices, looks = [], 0
    while now_ns < end_ns:
        last_ns, now_ns = now_ns, time.monotonic_ns()
        looks += 1
        if now_ns - last_ns > unit.gap_ns:
            slices.append(Slice(begin_ns - unit.origin_ns, last_ns - unit.origin_ns))
            begin_ns = now_ns
    if now_ns > begin_ns:  # else it ended in a gap
        slices.append(Slice(begin_ns - unit.origin_ns, now_ns - unit.origin_ns))
    return Lane(slices, looks)


def total(lanes: List[Lane]) -> Outcome:
    """List the slices of all workers, and add up their looks at the clock."""
    found = [(worker, each) for worker, lane in enumerate(lanes) for each in lane.slices]
    metrics: Dict[str, Union[float, Sequence[float]]] = {
        "slice_worker": [worker for worker, _ in found],
        "slice_begin_ns": [each.begin_ns for _, each in found],
        "slice_ns": [each.end_ns - each.begin_ns for _, each in found],
        "slices": len(found),
        "looks": sum(lane.looks for lane in lanes),
    }
    return Outcome(result=len(lanes), units=len(lanes), metrics=metrics)
