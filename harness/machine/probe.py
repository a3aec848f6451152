"""Probe: how fast the machine is at this moment, by a short piece of work that is like an interpreter's."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from harness.machine.native import ask
from harness.plan.runners import Starter

PROGRAM = "build/native/probe"
STAT = Path("/proc/stat")


class Probe(msgspec.Struct, frozen=True):
    """What one look at the machine gave."""

    at: datetime
    """When, in UTC."""
    elapsed_ns: int
    """What the work took; the work is always the same."""
    steal_ns: int | None
    """What the host took from all our cores since the look before; None where the system does not say."""
    busy_ns: int | None
    """How long all our cores together worked since then, whatever on."""


class Work(msgspec.Struct, frozen=True):
    """What `probe` prints."""

    elapsed_ns: int


class Counters(NamedTuple):
    """Time of all cores together, since the system started."""

    steal_ns: int
    busy_ns: int


class Prober:
    """Looks at the machine; needs `build/native/probe` (see `is_built`)."""

    def __init__(self, starter: Starter) -> None:
        self._starter = starter
        self._before = read_counters()

    def take(self) -> Probe:
        """Look at the machine; raises HarnessError if the probe cannot be run."""
        work = ask(PROGRAM, [], Work, self._starter)
        before, now = self._before, read_counters()
        self._before = now
        return Probe(
            at=datetime.now(UTC),
            elapsed_ns=work.elapsed_ns,
            steal_ns=now.steal_ns - before.steal_ns if now and before else None,
            busy_ns=now.busy_ns - before.busy_ns if now and before else None,
        )


def read_counters(path: Path = STAT) -> Counters | None:
    """Read what all cores did (proc(5)); None where the system does not say. It counts in steps of 10 ms."""
    if not path.exists():
        return None
    name, *fields = path.read_text().partition("\n")[0].split()
    if name != "cpu" or len(fields) < 8:
        return None
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, fields[:8])
    tick_ns = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
    return Counters(steal * tick_ns, (user + nice + system + irq + softirq) * tick_ns)
