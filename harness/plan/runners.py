"""Runners: the programs that speak the contract; which are there, what they are, and what they have."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import NamedTuple, Protocol

from harness.paths import ROOT
from harness.plan.declarations import Declarations, Language

LISTING_LIMIT_S = 60.0
LONGEST_CAUSE = 300


class Ended(Protocol):
    """How a program ended."""

    @property
    def exit_code(self) -> int: ...
    @property
    def timed_out(self) -> bool: ...
    @property
    def error(self) -> str: ...


class Starter(Protocol):
    """What runs a program to its end (`run.processes.Supervisor`)."""

    def run(self, command: list[str], time_limit_s: float) -> Ended: ...
    def read_stdout(self) -> str: ...
    def read_stderr(self) -> str: ...


class Runner(NamedTuple):
    """A program that speaks the contract."""

    language: str
    command: list[str]
    version: str = ""
    """The line that `--version` prints."""
    runtime: str = ""
    problem: str = ""
    """Why it cannot be used, and how to fix it."""
    implementations: frozenset[tuple[str, str]] = frozenset()
    """What `--list` prints: workload and model. Asked for, as `packages` is, only of a runner that is chosen."""
    packages: dict[str, str] = {}
    """The packages that its runtime runs with, and their versions; empty where it has none to tell."""


def find_runners(declarations: Declarations, starter: Starter, root: Path = ROOT) -> list[Runner]:
    """Find every runner that is there; a language without any has one with a problem."""
    found = []
    for name, language in declarations.languages.items():
        commands = [command for pattern in language.runners for command in expand(pattern, root)]
        if not commands:
            problem = f"{name} runner missing: run '{language.remedy}'"
            found.append(Runner(name, language.runners[0], problem=problem))
        found += [identify(name, language, command, starter) for command in commands]
    return found


def expand(pattern: list[str], root: Path) -> list[list[str]]:
    """Turn a command with `*` in its first word into the commands that are there."""
    return [
        [str(path.relative_to(root)), *pattern[1:]]
        for path in sorted(root.glob(pattern[0]))
        if os.access(path, os.X_OK) and path.is_file()
    ]


def identify(name: str, language: Language, command: list[str], starter: Starter) -> Runner:
    """Ask a runner what it is."""
    answer, problem = ask(command, "--version", language, starter)
    version = answer.strip()
    match = re.fullmatch(language.version, version)
    if not problem and match is None:
        problem = f"expected a version like {language.version}, got {version[:80]!r}: run '{language.remedy}'"
    if problem or match is None:
        return Runner(name, command, problem=problem)
    return Runner(name, command, version, match.expand(language.runtime))


def ask(command: list[str], option: str, language: Language, starter: Starter) -> tuple[str, str]:
    """Ask a runner for one of its lists; returns the answer, or what is the matter."""
    finished = starter.run([*command, option], LISTING_LIMIT_S)
    if not (finished.error or finished.timed_out or finished.exit_code):
        return starter.read_stdout(), ""
    said = starter.read_stderr().strip()[-LONGEST_CAUSE:]
    cause = finished.error or f"exit status {finished.exit_code}: {said}"
    return "", f"expected '{' '.join(command)} {option}' to answer, got {cause}: run '{language.remedy}'"


def complete(runner: Runner, language: Language, starter: Starter) -> Runner:
    """Ask a chosen runner what it has, too."""
    if runner.problem:
        return runner
    listing, problem = ask(runner.command, "--list", language, starter)
    pairs = frozenset(
        (words[0], words[1]) for line in listing.splitlines() if len(words := line.split()) == 2
    )
    packages = list_packages(runner, language, starter)
    return runner._replace(implementations=pairs, problem=problem, packages=packages)


def list_packages(runner: Runner, language: Language, starter: Starter) -> dict[str, str]:
    """Ask a runtime for the versions of the packages it runs with; empty where it has none to tell."""
    if not language.packages or runner.problem:
        return {}
    finished = starter.run([runner.command[0], *language.packages], LISTING_LIMIT_S)
    if finished.error or finished.timed_out or finished.exit_code:
        return {}
    try:
        found = json.loads(starter.read_stdout())
    except ValueError:
        return {}
    return {str(name): str(version) for name, version in found.items()} if isinstance(found, dict) else {}


def choose_runners(runners: list[Runner], patterns: list[str]) -> list[Runner]:
    """Choose the runners of the runtimes that match a pattern; without patterns each language's default."""
    if patterns:
        return [each for each in runners if any(re.fullmatch(text, each.runtime) for text in patterns)]
    return list({runner.language: runner for runner in reversed(runners)}.values())[::-1]
