"""Runs `python -m harness` in processes forked from one that has imported its libraries: seconds saved."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import resource
import runpy
import sys
import tempfile
from collections.abc import Mapping
from multiprocessing.context import ForkServerProcess

LIBRARIES = (
    "__main__",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "msgspec",
    "pandas",
    "psutil",
    "pyarrow.csv",
    "rich.progress",
    "scipy.stats",
    "typer",
)


def start(
    root: str,
    words: list[str],
    output: tuple[str, str],
    environment: Mapping[str, str],
    largest_file: int | None,
) -> ForkServerProcess:
    """Start the harness that is in `root`; no file that it writes becomes larger than `largest_file`."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(LIBRARIES))
    process = context.Process(target=run, args=(root, words, output, dict(environment), largest_file))
    process.start()
    return process


def run(
    root: str,
    words: list[str],
    output: tuple[str, str],
    environment: dict[str, str],
    largest_file: int | None,
) -> None:
    """Be `python -m harness`, as if this process had been started for it."""
    os.setpgid(0, 0)  # as a shell starts it
    os.chdir(root)
    for descriptor, path in zip((1, 2), output, strict=True):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
    if largest_file is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, resource.RLIM_INFINITY))
    os.environ["SIDE_BY_SIDE_LOCK"] = f"side-by-side-{hashlib.sha256(root.encode()).hexdigest()[:16]}"
    os.environ.update(environment)
    tempfile.tempdir = None
    sys.path.insert(0, root)
    sys.argv[1:] = words
    runpy.run_module("harness", run_name="__main__", alter_sys=True)
