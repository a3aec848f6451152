"""Cores and open files: what this process may use of the machine."""

from __future__ import annotations

import os
import resource
from pathlib import Path


def count_cores() -> int:
    """Count the cores that this process may use, and that its cgroup's quota pays for, at least 1."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = read_quota()
    return max(1, min(allowed, int(quota) if quota else allowed))


def read_quota(root: Path = Path("/sys/fs/cgroup")) -> float | None:
    """Read the cores that the cgroup (of version 2 or 1) pays for; None if it pays for all."""
    unified, old = root / "cpu.max", root / "cpu"
    if unified.exists():
        quota, period = unified.read_text().split()
    elif (old / "cpu.cfs_quota_us").exists():
        quota, period = ((old / f"cpu.cfs_{name}_us").read_text().strip() for name in ("quota", "period"))
    else:
        return None
    return None if quota in ("max", "-1") else int(quota) / int(period)


def raise_file_limit() -> None:
    """Allow ourselves and our children as many open files as may be had without asking."""
    _, limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
