"""sleep, kernel: waits, and reads what all that waits has in memory; there is no concurrency in here."""

from __future__ import annotations

import re
import resource
import time
from pathlib import Path
from typing import Dict, List, NamedTuple

from contract import Outcome
from options import Options


def read_arguments(options: Options) -> Dict[str, int]:
    """Take the arguments of the workload off the command line."""
    return {
        "tasks": options.natural("tasks", 1, 1_000_000),  # how many wait at once
        "delay_ms": options.natural("delay-ms", 1, 600_000),  # for so long
    }


def check_workers(tasks: int, workers: int) -> None:
    """Raise ValueError unless there is a worker for every task: they wait at once."""
    if workers != tasks:
        raise ValueError(f"argument --workers: expected {tasks}, one for each task, got {workers}")


def wait(delay_ms: int) -> int:
    """Do one unit: wait for `delay_ms`; return when that was over, on the monotonic clock."""
    time.sleep(delay_ms / 1000)
    return time.monotonic_ns()


class Memory(NamedTuple):
    """What a program has of the machine's memory."""

    pss_bytes: int
    """In memory, its children included: its proportional set size; pages that several share are shared out."""

    reserved_bytes: int
    """Its own address space: what it may use, whether it is in memory or not."""


def read_memory() -> Memory:
    """Read what the calling program has; raises OSError where the system does not tell (Linux's /proc does)."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return Memory(read_pss("self"), pages * resource.getpagesize())


def read_pss(process: str) -> int:
    """Read the proportional set size of a process and all its descendants, in bytes."""
    folder = Path("/proc", process)
    found = re.search(r"^Pss: +(\d+) kB", (folder / "smaps_rollup").read_text(), re.MULTILINE)
    children = [pid for task in folder.glob("task/*/children") for pid in task.read_text().split()]
    return (int(found[1]) * 1024 if found else 0) + sum(map(read_pss, children))


def total(ends_ns: List[int], delay_ms: int, read_ns: int, idle: Memory, waiting: Memory) -> Outcome:
    """Count the units; raises ValueError if not all of them were waiting when memory was read at `read_ns`."""
    begun, ended = max(ends_ns) - delay_ms * 1_000_000 <= read_ns, min(ends_ns) < read_ns
    if ended or not begun:
        raise ValueError(
            f"expected all {len(ends_ns)} tasks to wait at once, they did not: raise --delay-ms above {delay_ms}"
        )
    metrics = {
        "pss_idle_bytes": idle.pss_bytes,
        "pss_waiting_bytes": waiting.pss_bytes,
        "reserved_bytes": waiting.reserved_bytes - idle.reserved_bytes,
    }
    return Outcome(result=len(ends_ns), units=len(ends_ns), metrics=metrics)
