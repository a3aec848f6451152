"""Quantities: the numbers that every run has, whatever the workload; each name stands in one place, here."""

from __future__ import annotations

ELAPSED = "elapsed_ns"

TIMED = {
    ELAPSED: "the work: around the model call, by the runner's own monotonic clock",
    "wall_ns": "the whole process, from outside, by hyperfine",
    "startup_ns": "`wall_ns` − `elapsed_ns`: starting and ending the process, reading arguments, importing",
    "user_ns": "processor time of the process and its children outside the kernel, by hyperfine",
    "system_ns": "processor time of the process and its children in the kernel, by hyperfine",
    "voluntary_switches": "context switches because it waited: process, children and hyperfine (a handful)",
    "involuntary_switches": "context switches because its time was up",
    "throughput_per_s": "units completed per second of `elapsed_ns`",
    "cores_used": "(`user_ns` + `system_ns`) / `wall_ns`",
    "cpu_ns_per_unit": "(`user_ns` + `system_ns`) / `completed`, start-up included",
}
"""Of the runs under the clock."""

WEIGHED = {
    "peak_bytes": "the most memory that the process and its children had at once",
    "idle_bytes": "the same of the same model on one worker with next to no work",
    "work_bytes": "`peak_bytes` − `idle_bytes`",
}
"""Of the runs of the pass that watches memory."""

OF_CASE = {
    "workers": "on how many workers",
    "completed": "how many units were really completed",
}

COMPARED = {"ratio": "how many times as fast as what it is compared with; of other quantities: times as much"}
"""From comparisons.csv; a drawing may ask for it as for any other quantity."""

STANDARD = {**TIMED, **WEIGHED, **OF_CASE}

OVERLAP = "overlap"

STATISTICS = ("mean", "min", "max", "p50", "p90", "p99", "p999", OVERLAP)
"""What can be computed from an array: `p99` is the 99th percentile, by nearest rank; `overlap`, of lengths of time
whose begins are known, in how much of the time in which any was under way more than one was, in per cent."""


def name_statistic(array: str, statistic: str) -> str:
    """Name a statistic of an array, its unit at the end: `latency_ns`, `p99` → `latency_p99_ns`."""
    stem, _, unit = array.rpartition("_")
    if statistic == OVERLAP:
        return f"{stem or array}_{OVERLAP}_percent"
    return f"{stem}_{statistic}_{unit}" if stem else f"{array}_{statistic}"
