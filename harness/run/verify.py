"""Verify: run every implementation on the small vectors; what fails is never timed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from msgspec.structs import replace

from harness.plan.cases import Case, compute, expect, find_skips
from harness.plan.declarations import Declarations
from harness.run.attempt import Bench, Ran, attempt
from harness.run.contract import Verdict

TIME_LIMIT_S = 60.0


class Checked(NamedTuple):
    """An implementation on a runtime, and what became of its vectors."""

    name: str
    """e.g. `primes/go/pool go-1.26`."""
    vectors: int
    """How many were run."""
    verdict: Verdict
    """`ok`, or that of the first vector that failed."""


def verify(
    declarations: Declarations, cases: Iterable[Case], bench: Bench, progress: Callable[[Checked], None]
) -> dict[str, Checked]:
    """Run the vectors of every implementation among the planned `cases`, with what these choose of fixtures."""
    checked: dict[str, Checked] = {}
    planned = [case for case in cases if case.status == "planned"]
    chosen = [(case.implementation, case.chosen) for case in planned]
    for case in planned:
        name = case.implementation
        if name not in checked:
            vectors = list_vectors(declarations, case, bench.cores)
            checked[name] = check(name, [each for each in vectors if (name, each.chosen) in chosen], bench)
            progress(checked[name])
    return checked


def list_vectors(declarations: Declarations, case: Case, cores: int) -> list[Case]:
    """Turn the workload's vectors into cases of the same implementation; those that are skipped are left out."""
    workload = declarations.workloads[case.workload]
    alone = case.model == declarations.find_baseline(case.language)
    vectors = []
    for vector in workload.vectors:
        arguments = workload.choose_arguments(case.language, vector.arguments)
        workers = 1 if alone else int(compute(vector.workers, {**arguments, "cores": cores}))
        small = replace(case, workers=workers, arguments=arguments, time_limit_s=TIME_LIMIT_S)
        small = expect(small, workload, vector, cores)
        vectors += [] if any(find_skips(workload, small, cores)) else [small]
    return vectors


def check(name: str, vectors: list[Case], bench: Bench) -> Checked:
    """Run an implementation's vectors until one fails; without any, nothing shows that it is right."""
    if not vectors:
        return Checked(
            name, 0, Verdict("failed", "expected a vector that it does not skip, got none: declare one")
        )
    for number, vector in enumerate(vectors, 1):
        verdict = attempt(vector, bench, lambda command, limit: run_plainly(command, limit, bench)).verdict
        if verdict.status != "ok":
            words = ", ".join(f"{key}={value}" for key, value in vector.arguments.items())
            reason = f"vector {number} ({words}): {verdict.reason}"
            return Checked(name, number, Verdict(verdict.status, reason))
    return Checked(name, len(vectors), Verdict("ok"))


def run_plainly(command: list[str], time_limit_s: float, bench: Bench) -> Ran:
    """Run a command, untimed."""
    finished = bench.supervisor.run(command, time_limit_s)
    return Ran(finished, finished.exit_code, {})


def settle(case: Case, checked: dict[str, Checked]) -> Case:
    """Give a case the status of its implementation's vectors, if they failed."""
    found = checked.get(case.implementation)
    if case.status != "planned" or found is None or found.verdict.status == "ok":
        return case
    return replace(case, status=found.verdict.status, reason=found.verdict.reason)
