"""Small run folders, ready to be told: two languages, a workload that computes and one that beats."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace

from harness import pipeline
from harness.plan.cases import Case, Comparison
from harness.plan.declarations import Declarations, Study
from harness.store.records import Record
from harness.tell.view import View
from tests.samples import FAKES, case, plan, record, session, workload, write_run

FAKE = FAKES.languages["fake"]
LANGUAGES = {
    "fake": FAKE,
    "other": replace(FAKE, label="Other", models={"sequential": "alone", "steady": "evenly"}),
}
MACHINE: dict[str, object] = {"processor": "Abacus", "system": "Linux", "kernel": "6.1.0-9", "cores": 2}
RESULT_OF_PULSE = {"result": None, "workload": "pulse"}


def declare(study: Mapping[str, object] | None = None, **workloads: Mapping[str, object]) -> Declarations:
    """Declarations with one study, `asked`; `late={…}` changes a workload."""
    changed = {name: workload(name, **changes) for name, changes in workloads.items()}
    asked = msgspec.convert({"question": "How fast?", "sweeps": []} | dict(study or {}), Study)
    return replace(
        FAKES, languages=LANGUAGES, workloads={**FAKES.workloads, **changed}, studies={"asked": asked}
    )


def runs(
    name: str, milliseconds: float, rounds: int = 8, *, noise: float = 0.003, order: int = 1, session: int = 1
) -> list[Record]:
    """Good runs of a case in so many rounds, about so long."""
    draw = random.Random(name)
    return [
        record(name, number, milliseconds * (1 + draw.uniform(-noise, noise)), order=order, session=session)
        for number in range(1, rounds + 1)
    ]


def make_view(
    folder: Path,
    declarations: Declarations,
    cases: Sequence[Case],
    records: Iterable[Record],
    comparisons: Sequence[tuple[str, str] | tuple[str, str, str]] = (),
    cores: int = 2,
) -> View:
    """Write a run folder with the study `asked`, make its tables, and open it; a comparison may have a label."""
    listed = list(records)
    last = max((each.session for each in listed), default=1)
    sessions = [session(number, environment=MACHINE) for number in range(1, last + 1)]
    pairs = [Comparison(*each) if len(each) == 3 else Comparison(*each, "speed-up") for each in comparisons]
    planned = plan(cases, sessions=sessions, cores=cores)
    run = write_run(folder, {"asked": (replace(planned, comparisons=pairs), listed)}, declarations)
    pipeline.write_runs(run)
    pipeline.write_summary(run)
    return View(run.study("asked"), run.frozen)


def compared(folder: Path, study: Mapping[str, object], *milliseconds: float) -> View:
    """Cases `alone`, `one`, `two` … of a language, that took so long; all are compared with `alone`."""
    names = ["alone", "one", "two", "three"][: len(milliseconds)]
    models = ["sequential", "steady", "waiting", "few"]
    cases = [
        case(model, id=name, workers=1 if name == "alone" else 2)
        for name, model in zip(names, models, strict=False)
    ]
    records = [each for name, ms in zip(names, milliseconds, strict=True) for each in runs(name, ms)]
    return make_view(folder, declare(study), cases, records, [(name, "alone") for name in names[1:]])
