"""Verify: run every implementation on the small vectors; what fails is never timed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import msgspec

from harness.declare import Declarations, resolve_workers
from harness.fixtures import Fixtures
from harness.judge import Verdict, judge
from harness.plan import Case, count_cores
from harness.processes import Supervisor

TIME_LIMIT_S = 60.0


class Checked(NamedTuple):
    """An implementation on a runtime, and what became of its vectors."""

    name: str
    """e.g. `primes/go/pool go-1.26`."""

    vectors: int
    """How many were run."""

    verdict: Verdict
    """`ok`, or that of the first vector that failed."""


def name_implementation(case: Case) -> str:
    """Name what a case is one of: the implementation and the runtime."""
    return f"{case.workload}/{case.language}/{case.model} {case.runtime}"


def verify(
    declarations: Declarations,
    cases: Iterable[Case],
    supervisor: Supervisor,
    fixtures: Fixtures,
    progress: Callable[[Checked], None],
) -> dict[str, Checked]:
    """Run the vectors of every implementation among the planned `cases`."""
    checked: dict[str, Checked] = {}
    for case in cases:
        name = name_implementation(case)
        if case.status == "planned" and name not in checked:
            checked[name] = check(name, list_vectors(declarations, case), supervisor, fixtures)
            progress(checked[name])
    return checked


def list_vectors(declarations: Declarations, case: Case) -> list[Case]:
    """Turn the workload's vectors into cases of the same implementation."""
    workload = declarations.workloads[case.workload]
    alone = case.model == declarations.languages[case.language].baseline
    return [
        msgspec.structs.replace(
            case,
            workers=1 if alone else resolve_workers(vector.workers, count_cores()),
            arguments={**case.arguments, **vector.arguments},
            result=vector.result,
            units=vector.units,
            time_limit_s=TIME_LIMIT_S,
        )
        for vector in workload.vectors
    ]


def check(name: str, vectors: list[Case], supervisor: Supervisor, fixtures: Fixtures) -> Checked:
    """Run vectors until one fails."""
    for number, vector in enumerate(vectors, 1):
        verdict = run_vector(vector, supervisor, fixtures)
        if verdict.status != "ok":
            words = ", ".join(f"{key}={value}" for key, value in vector.arguments.items())
            reason = f"vector {number} ({words}): {verdict.reason}"
            return Checked(name, number, Verdict(verdict.status, reason))
    return Checked(name, len(vectors), Verdict("ok", ""))


def run_vector(vector: Case, supervisor: Supervisor, fixtures: Fixtures) -> Verdict:
    """Run one vector, untimed."""
    with fixtures.serve(vector.fixtures) as served:
        finished = supervisor.run(vector.build(served.addresses), vector.time_limit_s)
    code, stdout, stderr = finished.exit_code, supervisor.read_stdout(), supervisor.read_stderr()
    return judge(vector, finished, code, stdout, stderr)
