"""The environment of a run: what the figures depend on; no path, host name or user name is in it."""

from __future__ import annotations

import os
import platform
import re
import resource
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Protocol

import psutil

from harness.machine.cores import count_cores, read_quota
from harness.paths import ROOT

PACKAGES = ("matplotlib", "numpy", "pandas", "scipy")  # of the harness itself
PATIENCE_S = 30.0
GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")


class Runtime(Protocol):
    """What is told of a runner."""

    @property
    def runtime(self) -> str: ...

    @property
    def version(self) -> str: ...


def describe(
    runners: Sequence[Runtime], runtime_packages: Mapping[str, Mapping[str, str]]
) -> dict[str, object]:
    """Describe the machine and its toolchains, as far as they can be read.

    `runtime_packages` are those that each measured runtime has, with their versions.
    """
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
        "runtime_packages": {name: dict(found) for name, found in runtime_packages.items()},
        "tools": {
            "hyperfine": ask_version(*find_hyperfine()),
            "make": ask_version("make"),
            "git": ask_version("git"),
        },
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


def find_hyperfine() -> list[str]:
    """Return how hyperfine is called: as doctor chose it, where Make says so."""
    return shlex.split(os.environ.get("HYPERFINE", "")) or ["hyperfine"]


def ask_version(*command: str) -> str | None:
    """Return the first line of a program's `--version`; None where it has none."""
    answer = ask(*command, "--version")
    return answer.splitlines()[0] if answer else None


def find_version(package: str) -> str | None:
    """Return the version of an installed Python package."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def ask_git(*words: str) -> str | None:
    """Ask git about this repository; None where there is no git or no repository."""
    return ask("git", *words)


def ask(*command: str) -> str | None:
    """Return what a program prints; None where it is not there, fails or hangs."""
    try:
        return subprocess.run(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE_S,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None
