"""The Python runner: runs one model of one workload, prints one line of JSON (README, "The contract")."""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import platform
import sys
import sysconfig
import time
import typing
from pathlib import Path
from types import ModuleType
from typing import Callable, Dict, List, NoReturn, Sequence, Type, Union

from contract import Outcome

HERE = Path(__file__).resolve().parent
NOT_MODELS = ("kernel", "__init__")


class Parser(argparse.ArgumentParser):
    """argparse, with its usage errors on one line; they exit with status 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def find_implementations() -> Dict[str, List[str]]:
    """Map each workload to its models: the path of a file is its identity."""
    found: Dict[str, List[str]] = {}
    for path in sorted(HERE.glob("*/*.py")):
        if path.stem not in NOT_MODELS:
            found.setdefault(path.parent.name, []).append(path.stem)
    return found


def load(workload: str, model: str) -> ModuleType:
    """Import one model; raises ImportError where this Python lacks what the model stands on."""
    return importlib.import_module(f"{workload}.{model}")


def print_list() -> None:
    """Print the implementations that this Python can run, one "workload model" a line."""
    for workload, models in find_implementations().items():
        for model in models:
            try:
                load(workload, model)
            except ImportError as error:
                print(f"left out: {workload} {model}: {error}", file=sys.stderr)
            else:
                print(workload, model)


def version() -> str:
    """Name the runtime, e.g. "cpython-3.13.5t" for a free-threaded build."""
    free_threaded = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    return f"{sys.implementation.name}-{platform.python_version()}{free_threaded}"


def choose(kind: str, name: str, valid: Sequence[str], parser: Parser) -> str:
    """Return `name` if it is valid, else end with the list of the valid ones."""
    if name not in valid:
        parser.error(f"no {kind} '{name}': expected one of {', '.join(valid)}")
    return name


def natural(text: str) -> int:
    """Read a whole number from 0; raises ArgumentTypeError for anything else."""
    if not (text.isascii() and text.isdigit() and int(text) < 2**53):
        raise argparse.ArgumentTypeError(f"expected a whole number from 0, got '{text}'")
    return int(text)


def parse_arguments(
    run: Callable[..., Outcome], parser: Parser, words: Sequence[str]
) -> Dict[str, Union[int, str]]:
    """Read the arguments that `run` takes: its own signature says which."""
    types: Dict[str, Type[object]] = typing.get_type_hints(run)
    for name in inspect.signature(run).parameters:
        option = "--" + name.replace("_", "-")
        if name == "workers":
            parser.add_argument(option, type=natural, default=1)
        else:
            parser.add_argument(option, type=natural if types[name] is int else str, required=True)
    return vars(parser.parse_args(words))


def report(workload: str, model: str, workers: int, elapsed_ns: int, outcome: Outcome) -> str:
    """Write a run down as the contract's line of JSON."""
    line = {
        "workload": workload,
        "model": model,
        "workers": workers,
        "result": outcome.result,
        "units": outcome.units,
        "elapsed_ns": elapsed_ns,
        "metrics": outcome.metrics,
    }
    return json.dumps(line, separators=(",", ":"))


def run_model(words: Sequence[str], parser: Parser) -> None:
    """Run the model that `words` name, and print what it gave."""
    known = find_implementations()
    workload = choose("workload", words[0], list(known), parser)
    model = choose(f"model of {workload}", words[1], known[workload], parser)
    parser.prog = f"runner: {workload} {model}"
    try:
        run: Callable[..., Outcome] = load(workload, model).run
    except ImportError as error:
        parser.error(f"{version()} cannot run this model: {error}")
    arguments = parse_arguments(run, parser, words[2:])
    workers = int(arguments["workers"])
    if workers == 0 or (model == "sequential" and workers != 1):
        parser.error(f"argument --workers: expected {'1' if workers else 'at least 1'}, got {workers}")

    begin_ns = time.monotonic_ns()
    outcome = run(**arguments)
    elapsed_ns = time.monotonic_ns() - begin_ns
    print(report(workload, model, workers, elapsed_ns, outcome))


def main(words: List[str]) -> None:
    """Do what the command line says."""
    parser = Parser(prog="runner", allow_abbrev=False, add_help=False)
    if words == ["--list"]:
        print_list()
    elif words == ["--version"]:
        print(version())
    elif len(words) < 2 or words[0].startswith("-"):
        parser.error(
            "expected a workload and a model\n"
            "usage: runner WORKLOAD MODEL [--workers N] [--ARGUMENT VALUE ...] | --list | --version"
        )
    else:
        run_model(words, parser)


if __name__ == "__main__":
    main(sys.argv[1:])
