"""folder: a run folder is read without today's declarations, and refused where it contradicts itself."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd
import pytest
from msgspec.structs import replace

from harness import pipeline
from harness.errors import HarnessError
from harness.plan.cases import Case
from harness.plan.declarations import Declarations
from harness.store import folder as folder_module
from harness.store.folder import Folder, Frozen, Run, digest_workload, latest_run, make_run
from tests.samples import FAKES, case, plan, record, session, write_run, write_study

ALONE, STEADY = case("sequential", workers=1), case("steady")
PLAN = plan([ALONE, STEADY], [("steady", "sequential")])
RECORDS = [record(name, number) for number in range(1, 7) for name in ("sequential", "steady")]

Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run folder with one study."""
    return write_run(tmp_path / "2026-01-01T00-00-00Z-abcd", {"late": (PLAN, RECORDS)})


def change(path: Path, spoil: Change) -> None:
    """Change a file of JSON."""
    data = json.loads(path.read_text())
    spoil(data)
    path.write_text(json.dumps(data))


def test_what_is_written_is_read_again(run: Run) -> None:
    study = run.study("late")
    assert study.plan == PLAN
    assert study.read_records(study.plan) == RECORDS
    assert run.frozen.declarations.studies == {"late": FAKES.studies["late"]}
    assert [each.name for each in run.studies] == ["late"]


PLANS: dict[str, tuple[Change, str]] = {
    "another study": (lambda plan: plan.update(study="early"), "expected the study 'late', got 'early'"),
    "path as a study": (
        lambda plan: plan.update(study="../../x"),
        "expected the study 'late', got '../../x'",
    ),
    "no case": (
        lambda plan: plan.update(cases=[], comparisons=[]),
        "expected cases, each once, got 0 of 0 names",
    ),
    "a case twice": (
        lambda plan: plan["cases"].append(plan["cases"][0]),
        "expected cases, each once, got 3 of 2 names",
    ),
    "comparison of no case": (
        lambda plan: plan["comparisons"][0].update(case="fibres"),
        "expected comparisons of its cases, got 'fibres'",
    ),
    "comparison with no case": (
        lambda plan: plan["comparisons"][0].update(against="fibres"),
        "expected comparisons of its cases, got 'fibres'",
    ),
    "session 2 without 1": (
        lambda plan: plan["sessions"][0].update(number=2),
        "expected sessions numbered from 1",
    ),
    "session twice": (
        lambda plan: plan["sessions"].append(plan["sessions"][0]),
        "expected sessions numbered from 1",
    ),
    "no key": (
        lambda plan: plan.pop("effort"),
        "expected what the harness wrote: .*missing required field `effort`",
    ),
    "unknown key": (
        lambda plan: plan.update(command=["rm"]),
        "expected what the harness wrote: .*unknown field `command`",
    ),
    "environment null": (
        lambda plan: plan["sessions"][0].update(environment=None),
        r"expected what the harness wrote: .*Expected `object`, got `null` - at `\$.sessions\[0\].environment`",
    ),
    "workers as text": (
        lambda plan: plan["cases"][0].update(workers="2"),
        "expected what the harness wrote: .*workers",
    ),
    "version 2": (
        lambda plan: plan.update(schema_version=2),
        "expected schema version 3, got 2: read it with the version",
    ),
    "version in words": (lambda plan: plan.update(schema_version="3"), "expected what the harness wrote: "),
}


@pytest.mark.parametrize(("spoil", "message"), PLANS.values(), ids=list(PLANS))
def test_a_plan_that_contradicts_itself_is_refused_with_its_file(
    run: Run, spoil: Change, message: str
) -> None:
    change(run.study("late").path / "plan.json", spoil)
    with pytest.raises(HarnessError, match=f"^{run.path}/late/plan.json: {message}"):
        _ = run.study("late").plan


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff\xfe\x00", b'{"schema_version":3}', b"{" * 10_000]
)
@pytest.mark.parametrize("name", ["run.json", "late/plan.json"])
def test_a_file_that_is_none_is_refused_with_its_name(run: Run, name: str, content: bytes) -> None:
    (run.path / name).write_bytes(content)
    with pytest.raises(HarnessError, match=f"^{run.path}/{name}: expected what the harness wrote: "):
        pipeline.write_runs(run)


@pytest.mark.parametrize("name", ["run.json", "late/plan.json"])
def test_a_folder_in_the_place_of_a_file_is_said(run: Run, name: str) -> None:
    (run.path / name).unlink()
    (run.path / name).mkdir()
    with pytest.raises(HarnessError, match=f"^expected a run folder, got .*, which has no {Path(name).name}"):
        pipeline.write_runs(run)


def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "gone"):
        with pytest.raises(HarnessError, match=f"^expected a run folder, got {path}, which has no run.json$"):
            _ = Run(path).frozen


# What comes from elsewhere.


@pytest.mark.parametrize(
    "name", ["../../x", "/tmp/x", "", ".", "Late", "la te", "late/plan", "late\0", "x" * 41]
)
def test_a_study_has_a_name_that_stays_in_its_folder(run: Run, name: str) -> None:
    with pytest.raises(HarnessError, match=r"^expected a study's name, got "):
        run.study(name)


def test_a_study_that_nobody_declared_is_none_of_the_run(run: Run) -> None:
    shutil.copytree(run.path / "late", run.path / "other")
    shutil.copytree(run.path / "late", run.path / "Late")
    assert [each.name for each in run.studies] == ["late"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data["declarations"]["studies"].update(
            {"../../x": data["declarations"]["studies"]["late"]}
        ),
        lambda data: data["declarations"]["studies"]["late"]["charts"].update(
            {"../../x": data["declarations"]["studies"]["late"]["charts"]["main"]}
        ),
    ],
    ids=["study", "chart"],
)
def test_a_foreign_name_in_run_json_writes_nothing_outside(run: Run, spoil: Change) -> None:
    change(run.path / "run.json", spoil)
    with pytest.raises(
        HarnessError, match=rf"^{run.path}/run.json: studies.*: expected .*, got '\.\./\.\./x'"
    ):
        _ = run.frozen


@pytest.mark.parametrize("key", ["workload", "language", "model"])
def test_a_case_that_the_run_does_not_declare_is_refused(run: Run, key: str) -> None:
    change(run.path / "late" / "plan.json", lambda data: data["cases"][0].update({key: "fibres"}))
    with pytest.raises(HarnessError, match=f"^{run.path}/late/plan.json: expected .*, got 'fibres'"):
        pipeline.write_runs(run)


def test_a_plan_holds_no_command(run: Run) -> None:
    assert "runner.py" not in (run.path / "late" / "plan.json").read_text()
    assert "command" not in {field.name for field in msgspec.structs.fields(Case)}


# Today's declarations may have changed.


def test_a_renamed_model_does_not_break_an_old_folder(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What drawing and telling need stands in run.json: nothing of today is read."""

    def refuse(*_: object) -> Declarations:
        raise AssertionError("today's declarations were read")

    monkeypatch.setattr(pipeline, "declare", refuse)
    text = (run.path / "run.json").read_text().replace('"steady"', '"unhurried"')
    (run.path / "run.json").write_text(text)
    text = (run.path / "late" / "plan.json").read_text()
    (run.path / "late" / "plan.json").write_text(text.replace('"model": "steady"', '"model": "unhurried"'))
    pipeline.write_runs(run)
    pipeline.write_summary(run)
    assert pd.read_csv(run.path / "late" / "summary.csv")["model"].tolist() == ["sequential", "unhurried"]


def test_freezing_again_keeps_what_was_measured_and_adds_what_is_new(run: Run) -> None:
    models = {**FAKES.languages["fake"].models, "unhurried": "unhurried"}
    fake = replace(FAKES.languages["fake"], models=models)
    drawn = {**FAKES.models, "unhurried": FAKES.models["steady"]}
    run.freeze(replace(FAKES, models=drawn, languages={**FAKES.languages, "fake": fake}), ["early"], 90.0)
    frozen = run.frozen
    assert set(frozen.declarations.studies) == {"late", "early"}
    assert "unhurried" in frozen.declarations.languages["fake"].models
    assert frozen.budget_s == 90.0


def test_studies_are_in_their_order_then_by_name(tmp_path: Path) -> None:
    late = FAKES.studies["late"]
    studies = {"b": replace(late, order=2), "c": replace(late, order=1), "a": replace(late, order=2)}
    run = write_run(
        tmp_path / "run", dict.fromkeys(studies, (PLAN, RECORDS)), replace(FAKES, studies=studies)
    )
    assert [each.name for each in run.studies] == ["c", "a", "b"]


def test_a_digest_changes_with_sources_declaration_and_versions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_module, "ROOT", tmp_path)
    monkeypatch.setattr(folder_module, "HARNESS", tmp_path / "harness")
    source, table = (
        tmp_path / "fake" / "late" / "steady.txt",
        tmp_path / "harness" / "workloads" / "late.toml",
    )
    for path in (source, table, tmp_path / "harness" / "workloads" / "early.toml"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("one")
    seen = [digest_workload(FAKES, "late", ["fake 1.2.3"])]
    assert digest_workload(FAKES, "late", ["fake 1.2.3"]) == seen[0]
    (tmp_path / "harness" / "workloads" / "early.toml").write_text("two")  # another workload's
    (source.parent / "cache.pyc").write_text("two")
    assert digest_workload(FAKES, "late", ["fake 1.2.3"]) == seen[0]
    seen.append(digest_workload(FAKES, "late", ["fake 1.2.4"]))
    for path in (source, table):
        path.write_text("two")
        seen.append(digest_workload(FAKES, "late", ["fake 1.2.3"]))
    assert len(set(seen)) == 4


# Sessions.


def test_a_session_is_changed_or_added(tmp_path: Path) -> None:
    study = write_study(tmp_path, PLAN)
    assert study.open_session(study.plan).number == 1
    study.change_session(session(1, ended_at="2026-01-01T00:10:00+00:00"))
    with pytest.raises(HarnessError, match="expected a session under way, every one has ended"):
        study.open_session(study.plan)
    study.change_session(session(2))
    assert [(each.number, each.ended_at) for each in study.plan.sessions] == [
        (1, "2026-01-01T00:10:00+00:00"),
        (2, ""),
    ]


def test_a_study_that_is_removed_leaves_the_others(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", {"late": (PLAN, RECORDS), "early": (PLAN, RECORDS)})
    run.remove("late")
    assert [each.name for each in run.studies] == ["early"]


# Tables and places.


@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe binary", b"\xff\xfe\xfd\n\xff\xff"])
def test_a_table_that_is_none_is_said_with_the_remedy(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "late" / "runs.csv"
    path.parent.mkdir()
    for place in (path.parent, tmp_path):
        if place == path.parent:
            path.write_bytes(content)
        remedy = "run 'python -m harness collate' first"
        with pytest.raises(HarnessError, match=f"^{place}/runs.csv: expected a table: .*: {remedy}$"):
            Folder(place).read_table("runs.csv", "collate")


def test_a_table_is_written_whole(tmp_path: Path) -> None:
    table = pd.DataFrame({"case": ["a, b", 'say "x"', ""], "value": [1.5, float("nan"), 3.0]})
    folder = Folder(tmp_path / "late")
    folder.write_table("t.csv", table)
    pd.testing.assert_frame_equal(folder.read_table("t.csv", "collate").fillna({"case": ""}), table)
    assert [path.name for path in folder.path.iterdir()] == ["t.csv"]


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "late").write_text("a file")
    with pytest.raises(
        HarnessError, match=r"^cannot write .*late/x.csv: .*: make room or choose '--results'$"
    ):
        Folder(tmp_path / "late").write("x.csv", b"")
    with pytest.raises(
        HarnessError, match=r"^cannot make a run folder in .*: make it writable or choose '--results'$"
    ):
        make_run(tmp_path / "late")


def test_the_newest_run_folder_is_the_latest(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"^expected a run folder in .*, got none: run 'make all' first$"):
        latest_run(tmp_path)
    for name in ("2026-01-02T00-00-00Z-ffff", "2026-01-10T00-00-00Z-0000", "reference"):
        write_run(tmp_path / name, {"late": (PLAN, RECORDS)})
    (tmp_path / "2027-01-01T00-00-00Z-dead").mkdir()
    assert latest_run(tmp_path).path.name == "2026-01-10T00-00-00Z-0000"


def test_a_run_without_studies_is_said(run: Run) -> None:
    shutil.rmtree(run.path / "late")
    with pytest.raises(HarnessError, match=f"^expected studies in {run.path}, got none: measure it again$"):
        pipeline.write_runs(run)


def test_a_study_without_records_is_said(run: Run) -> None:
    (run.path / "late" / "records.jsonl").unlink()
    with pytest.raises(HarnessError, match=f"^{run.path}/late: expected records, got none: restore them, or"):
        pipeline.write_runs(run)


def test_run_json_is_what_was_declared(run: Run) -> None:
    frozen = msgspec.json.decode((run.path / "run.json").read_bytes(), type=Frozen)
    assert frozen.declarations.workloads == FAKES.workloads
    assert frozen.run == run.path.name
