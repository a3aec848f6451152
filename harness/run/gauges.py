"""Gauges: who says how much memory a program and its children had at once; the best that works here."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import psutil

from harness.errors import HarnessError
from harness.run.processes import Finished, Group, Supervisor

LISTING_S = 0.01  # how long a list of a program's descendants is good for
TRIAL_S = 60.0
TRIAL = ["true"]
SHARES = ("pss", "uss", "rss")  # of psutil's figures, those of a process, best first


class Gauge(Protocol):
    """What every gauge offers."""

    source: str
    """Its name in the records."""

    def run(
        self, supervisor: Supervisor, command: list[str], time_limit_s: float
    ) -> tuple[Finished, int | None]:
        """Run a program; return how it ended and its peak in bytes, None where it was too short to tell."""


class Charge:
    """The kernel's own count: the peak of what it charged to the program's control group.

    It misses nothing, however short, and counts what the kernel keeps for the program too: page
    tables, stacks of threads, sockets. It is charged 64 pages a processor at a time, so that it is
    up to 256 KiB a core too high. What others had in memory before (libraries) is not in it.
    """

    source = "cgroup"

    def __init__(self, group: Group) -> None:
        self.group = group

    def run(
        self, supervisor: Supervisor, command: list[str], time_limit_s: float
    ) -> tuple[Finished, int | None]:
        """Run a program in a control group of its own."""
        finished = supervisor.run(command, time_limit_s, group=self.group)
        return finished, finished.peak_bytes


class Sampler:
    """psutil, every few milliseconds: the largest of the sums over all of the program's processes.

    The share of a process is its PSS, in which a page that n processes have counts 1/n; where the
    system does not know it, what it has alone (`uss`), or all that it has in memory (`rss`). What
    rises and falls between two looks is missed, and so may be a program of two milliseconds.
    """

    def __init__(self) -> None:
        fields = psutil.Process().memory_full_info()._fields
        self.source = next(share for share in SHARES if share in fields)

    def run(
        self, supervisor: Supervisor, command: list[str], time_limit_s: float
    ) -> tuple[Finished, int | None]:
        """Run a program and look at it all the while."""
        tree = Tree(supervisor, self.source)
        finished = supervisor.run(command, time_limit_s, watch=tree.look)
        return finished, tree.peak_bytes or None


class Tree:
    """A program under the supervisor and all its descendants, those too whose parents have ended."""

    def __init__(self, supervisor: Supervisor, share: str) -> None:
        self.peak_bytes = 0
        self._share = share
        self._supervisor = psutil.Process(supervisor.pid)
        self._processes: list[psutil.Process] = []
        self._listed_s = 0.0

    def look(self, pid: int) -> None:
        """Add up what all of them have at this moment; `pid` is the program's."""
        with contextlib.suppress(psutil.Error):
            if not self._processes:  # to list the descendants would take longer than some programs
                self._processes, self._listed_s = [psutil.Process(pid)], time.monotonic()
            elif time.monotonic() - self._listed_s > LISTING_S:
                self._processes = self._supervisor.children(recursive=True)
                self._listed_s = time.monotonic()
        self.peak_bytes = max(self.peak_bytes, sum(map(self._read, self._processes)))

    def _read(self, process: psutil.Process) -> int:
        """Read one process's share, 0 where it has just ended."""
        try:
            return int(getattr(process.memory_full_info(), self._share))
        except psutil.Error:
            return 0


def list_groups(root: Path, membership: str) -> Iterator[Group]:
    """List the control groups in which we may make another one that counts memory.

    `root` is where control groups are mounted, `membership` the text of /proc/self/cgroup. In version 2
    a group that has processes has no counting children: ours is made beside our own. Nothing is changed
    in the groups that are there; one whose children do not count memory is left as it is.
    """
    for line in membership.splitlines():
        _, controllers, path = line.split(":", 2)
        if "memory" in controllers.split(","):  # version 1
            home = root / "memory" / path.lstrip("/")
            parents = [home]
        elif not controllers:
            home = root / path.lstrip("/")
            parents = [each for each in (home, home.parent) if "memory" in list_counted(each)]
        else:
            continue
        for parent in parents:
            if os.access(parent, os.W_OK) and os.access(home / "cgroup.procs", os.W_OK):
                yield Group(str(home), str(parent))


def list_counted(group: Path) -> list[str]:
    """List what is counted in the children of a control group of version 2."""
    control = group / "cgroup.subtree_control"
    return control.read_text().split() if control.exists() else []


def list_gauges() -> Iterator[Gauge]:
    """List what this machine might have, best first."""
    if sys.platform == "linux":
        membership = Path("/proc/self/cgroup")
        if membership.exists():
            yield from map(Charge, list_groups(Path("/sys/fs/cgroup"), membership.read_text()))
    yield Sampler()


def choose_gauge(supervisor: Supervisor, source: str = "") -> Gauge:
    """Return the best gauge that works here, by trying; raises HarnessError if it is not `source`'s."""
    for gauge in list_gauges():
        if source in ("", gauge.source) and works(gauge, supervisor):
            return gauge
    raise HarnessError(
        f"expected to watch memory by '{source}', it cannot be used here: "
        "resume as the user who began the run, or start a new one"
    )


def works(gauge: Gauge, supervisor: Supervisor) -> bool:
    """Tell whether a gauge has an answer; a sampler has none for a program as short as that."""
    finished, peak_bytes = gauge.run(supervisor, TRIAL, TRIAL_S)
    return not finished.error and (bool(peak_bytes) or isinstance(gauge, Sampler))
