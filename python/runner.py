"""The Python runner: runs one model of one workload, prints one line of JSON (README, "The contract")."""

from __future__ import annotations

import importlib
import json
import os
import platform
import signal
import sys
import sysconfig
import time
import traceback
from pathlib import Path
from types import ModuleType
from typing import Dict, List, NoReturn, Sequence

import gil
from contract import Outcome
from options import Options, UsageError

HERE = Path(__file__).resolve().parent
NOT_MODELS = ("kernel", "postgresql", "__init__")
USAGE = "runner WORKLOAD MODEL [--workers N] [--ARGUMENT VALUE ...] | --list | --version"


def find_implementations() -> Dict[str, List[str]]:
    """Map each workload to its models: the path of a file is its identity."""
    found: Dict[str, List[str]] = {}
    for path in sorted(HERE.glob("*/*.py")):
        if path.stem not in NOT_MODELS:
            found.setdefault(path.parent.name, []).append(path.stem)
    return found


def load(workload: str, module: str) -> ModuleType:
    """Import a kernel or a model; raises ImportError where this Python lacks what it stands on."""
    return importlib.import_module(f"{workload}.{module}")


def list_implementations() -> str:
    """Name the implementations that this Python can run, one "workload model" a line."""
    lines = ""
    for workload, models in find_implementations().items():
        for model in models:
            try:
                load(workload, model)
            except ImportError as error:
                print(f"left out: {workload} {model}: {error}", file=sys.stderr)
            else:
                lines += f"{workload} {model}\n"
    return lines


def version() -> str:
    """Name the runtime, e.g. "cpython-3.13.5t" for a free-threaded build."""
    free_threaded = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    return f"{sys.implementation.name}-{platform.python_version()}{free_threaded}"


def find(workload: str, model: str) -> ModuleType:
    """Look a workload and a model up; the error lists the valid names."""
    known = find_implementations()
    if workload not in known:
        raise UsageError(f"no workload '{workload}': expected one of {', '.join(known)}")
    if model not in known[workload]:
        valid = ", ".join(known[workload])
        raise UsageError(f"no model of {workload} '{model}': expected one of {valid}")
    try:
        return load(workload, model)
    except ImportError as error:
        raise UsageError(f"{workload} {model}: {version()} cannot run this model: {error}") from error


def report(
    workload: str, model: str, workers: int, elapsed_ns: int, outcome: Outcome, facts: Dict[str, int]
) -> str:
    """Write a run down as the contract's line of JSON."""
    line = {
        "workload": workload,
        "model": model,
        "workers": workers,
        "result": outcome.result,
        "units": outcome.units,
        "elapsed_ns": elapsed_ns,
        "metrics": outcome.metrics,
        "facts": facts,
    }
    return json.dumps(line, separators=(",", ":")) + "\n"


def describe(error: BaseException) -> str:
    """Name the cause of a failure; of several that came together, the first."""
    while getattr(error, "exceptions", None):
        error = error.exceptions[0]  # type: ignore[attr-defined]  # ExceptionGroup came with Python 3.11
    return "".join(traceback.format_exception_only(type(error), error)).strip()


def execute(workload: str, model: str, words: Sequence[str]) -> str:
    """Parse the arguments, do the work, and return the report."""
    module = find(workload, model)
    options = Options(f"{workload} {model}", words)
    workers = options.natural("workers", 1, 1_000_000)
    arguments = load(workload, "kernel").read_arguments(options)
    options.finish()
    if model == "sequential" and workers != 1:
        options.fail(f"argument --workers: expected 1, got {workers}")
    processes = "multiprocessing" in sys.modules  # the other models need not pay for it
    if processes:
        importlib.import_module("workers").begin()

    try:
        begin_ns = time.monotonic_ns()
        outcome = module.run(**arguments, workers=workers)
        elapsed_ns = time.monotonic_ns() - begin_ns
        facts = gil.read_facts(in_processes=processes and importlib.import_module("workers").read_notes())
    except Exception as error:
        raise RuntimeError(f"{workload} {model}: {describe(error)}") from error
    return report(workload, model, workers, elapsed_ns, outcome, facts)


def perform(words: List[str]) -> str:
    """Do what the command line says, and return what goes to standard output."""
    if words == ["--list"]:
        return list_implementations()
    if words == ["--version"]:
        return version() + "\n"
    if len(words) < 2 or words[0].startswith("-"):
        raise UsageError(f"expected a workload and a model; usage: {USAGE}")
    return execute(words[0], words[1], words[2:])


def write(text: str) -> None:
    """Write on standard output; raises RuntimeError if it is full or closed."""
    try:
        with open(1, "w", encoding="utf-8", closefd=False) as out:
            out.write(text)
    except OSError as error:
        raise RuntimeError(f"cannot write to standard output: {error.strerror}") from error


def fail(status: int, error: Exception) -> NoReturn:
    """Say the cause in one line, and end at once: workers that were left over are not waited for."""
    print("runner: " + str(error).replace("\n", " "), file=sys.stderr, flush=True)
    os._exit(status)


def main() -> None:
    """Do what the command line says, and say what went wrong."""
    try:
        write(perform(sys.argv[1:]))
    except UsageError as error:
        fail(2, error)
    except Exception as error:
        fail(1, error)


if __name__ == "__mp_main__":  # a worker process that was not forked imports this file
    importlib.import_module("workers").begin_spawned()
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # end quietly, as the other runners do
    main()
