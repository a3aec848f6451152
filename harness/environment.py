"""The environment of a run: what the figures depend on; no path, host name or user name is in it."""

from __future__ import annotations

import os
import platform
import re
import resource
import shutil
import subprocess
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import psutil

from harness.declare import ROOT
from harness.plan import Runner, count_cores, read_quota

PACKAGES = ("aiohttp", "matplotlib", "numpy", "pandas", "scipy")
GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")


def describe(runners: Sequence[Runner]) -> dict[str, object]:
    """Describe the machine and its toolchains, as far as they can be read."""
    memory = psutil.virtual_memory()
    swap = psutil.swap_memory()
    return {
        "processor": name_processor(),
        "architecture": platform.machine(),
        "cores": os.cpu_count(),
        "usable_cores": count_cores(),
        "cpu_quota": read_quota(),
        "frequency_governor": GOVERNOR.read_text().strip() if GOVERNOR.exists() else None,
        "memory_bytes": memory.total,
        "swap_used_bytes": swap.used,
        "load_average": [round(load, 2) for load in os.getloadavg()],
        "system": platform.system(),
        "kernel": platform.release(),
        "distribution": name_distribution(),
        "open_file_limit": resource.getrlimit(resource.RLIMIT_NOFILE)[1],
        "runtimes": {runner.runtime: runner.version for runner in runners if runner.runtime},
        "tools": {name: ask_version(name) for name in ("hyperfine", "make", "git")},
        "packages": {name: find_version(name) for name in PACKAGES},
        "commit": ask_git("rev-parse", "HEAD"),
        "modified": bool(ask_git("status", "--porcelain", "--untracked-files=no")),
    }


def name_processor() -> str:
    """Name the processor's model."""
    path = Path("/proc/cpuinfo")
    if path.exists() and (match := re.search(r"^model name\s*: (.+)$", path.read_text(), re.MULTILINE)):
        return match[1]
    return platform.processor() or platform.machine()


def name_distribution() -> str | None:
    """Name the Linux distribution, if it is one."""
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME")
    except OSError:
        return None


def ask_version(program: str) -> str | None:
    """Return the first line of a program's `--version`."""
    if not shutil.which(program):
        return None
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    return answer.splitlines()[0] if answer else None


def find_version(package: str) -> str | None:
    """Return the version of an installed Python package."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def ask_git(*words: str) -> str | None:
    """Ask git about this repository; None where there is no git or no repository."""
    try:
        answer = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None
