"""Every workload there is, against its declaration: all runners refuse the same arguments, in the same words."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest

from harness.plan.check import declare
from tests.runners import PROGRAMS, Program, list_implementations

DECLARATIONS = declare()
GIVEN = {"url": "http://127.0.0.1:1", "port": "1"}
"""What stands for the arguments that a fixture gives; a path for all others."""
PLAIN = [
    next(program for program in PROGRAMS if program.language == language)
    for language in DECLARATIONS.languages
]


class Line(NamedTuple):
    """A command line with one mistake, and what must be said of it."""

    words: list[str]
    said: str


def choose_model(program: Program, workload: str) -> str:
    """The first model of a workload that is not the sequential one."""
    models = [model for name, model in list_implementations(program) if name == workload]
    return next((model for model in models if model != "sequential"), models[0])


def spell(arguments: dict[str, str]) -> list[str]:
    return [word for name, value in arguments.items() for word in (f"--{name.replace('_', '-')}", value)]


def list_lines(program: Program, workload: str) -> Iterator[Line]:
    """Break each argument of a workload in every way that its declaration tells."""
    declared = DECLARATIONS.workloads[workload]
    known = {
        name: each
        for name, each in declared.arguments.items()
        if program.language in (each.languages or [program.language])
    }
    right = {name: str(GIVEN.get(name, each.default)) for name, each in known.items()}
    right |= {name: "x" for name, value in right.items() if value == "None"}
    words = [f"--{name.replace('_', '-')}" for name in known]
    begin = [workload, choose_model(program, workload)]
    whose = f"runner: {' '.join(begin)}: "
    valid = ", ".join(["--workers", *words])
    yield Line(
        [*begin, *spell(right), "--colour", "3"], f"{whose}no argument '--colour': expected one of {valid}"
    )
    yield Line(begin, f"{whose}the following arguments are required: {', '.join(words)}")
    for name, word in zip(known, words, strict=True):
        left = {other: value for other, value in right.items() if other != name}
        yield Line([*begin, *spell(left)], f"{whose}the following arguments are required: {word}")
        argument = known[name]
        given = name in {use.gives for use in declared.fixtures.values()}
        if given or (argument.default is None and argument.maximum is None and not argument.choices):
            continue
        wrong = {"many": "a whole number from 0, got 'many'"}
        if argument.choices:  # a language may have fewer of them
            wrong = {"other": "one of "}
        if argument.minimum:
            wrong[str(argument.minimum - 1)] = f"at least {argument.minimum}, got {argument.minimum - 1}"
        if argument.maximum:
            wrong[str(argument.maximum + 1)] = f"at most {argument.maximum}, got {argument.maximum + 1}"
        for value, said in wrong.items():
            yield Line([*begin, *spell({**right, name: value})], f"{whose}argument {word}: expected {said}")


@pytest.mark.parametrize("program", PLAIN, ids=lambda program: program.language)
@pytest.mark.parametrize("workload", sorted(DECLARATIONS.workloads))
def test_what_is_declared_is_what_a_runner_takes(program: Program, workload: str) -> None:
    lines = list(list_lines(program, workload))
    with ThreadPoolExecutor(2) as pool:
        ended = pool.map(lambda line: program.run(*line.words), lines)
        for line, finished in zip(lines, ended, strict=True):
            assert (finished.returncode, finished.stdout) == (2, ""), line.words
            assert finished.stderr.startswith(line.said), line.words
            assert finished.stderr.count("\n") == 1
