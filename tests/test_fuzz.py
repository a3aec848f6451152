"""Spoiled files of every kind: a verb either does its work, or says in one message which file is spoiled."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness import pipeline
from harness.errors import HarnessError
from harness.paths import HARNESS
from harness.plan.check import declare
from harness.store.folder import Run
from harness.tell.pictures import prepare
from harness.tell.report import write_report
from harness.tell.view import View
from tests.samples import FAKE, case, look, plan, record, write_run

ODD: list[object] = [
    None,
    True,
    False,
    -1,
    0,
    7,
    0.5,
    -0.5,
    10**30,
    1e308,
    "",
    "x",
    "\0",
    "../../x",
    "(",
    "1 +",
    "a.b",
    [],
    {},
    [[]],
    [None],
    {"x": 1},
]
"""What takes the place of a value."""
CELLS = ["", "-1", "1e308", "x", "nan", "inf", "../../x", '"', "\0"]

VALUES = ["1", "-1", "[]", "{}", "true", "1e999", *map(json.dumps, CELLS)]

Spoil = Callable[[random.Random, bytes], bytes]


def flip(random: random.Random, data: bytes) -> bytes:
    """Change one byte."""
    place = random.randrange(len(data))
    return data[:place] + bytes([random.randrange(256)]) + data[place + 1 :]


def cut(random: random.Random, data: bytes) -> bytes:
    """Leave the end out."""
    return data[: random.randrange(len(data))]


def drop(random: random.Random, data: bytes) -> bytes:
    """Leave a line out."""
    lines = data.splitlines(keepends=True)
    lines.pop(random.randrange(len(lines)))
    return b"".join(lines)


def double(random: random.Random, data: bytes) -> bytes:
    """Say a line twice."""
    lines = data.splitlines(keepends=True)
    place = random.randrange(len(lines))
    return b"".join([*lines[: place + 1], *lines[place:]])


def swap(random: random.Random, data: bytes) -> bytes:
    """Let two lines change places."""
    lines = data.splitlines(keepends=True)
    one, other = random.randrange(len(lines)), random.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


def empty(_random: random.Random, _data: bytes) -> bytes:
    return b""


def blur(random: random.Random, _data: bytes) -> bytes:
    """Binary."""
    return random.randbytes(200)


def replace_cell(random: random.Random, data: bytes) -> bytes:
    """Put another value into a cell of a table, or after a `=`."""
    lines = data.decode().split("\n")
    place = random.randrange(len(lines))
    cells = lines[place].split(",")
    if " = " in lines[place]:
        lines[place] = f"{lines[place].split(' = ')[0]} = {random.choice(VALUES)}"
    else:
        cells[random.randrange(len(cells))] = random.choice(CELLS)
        lines[place] = ",".join(cells)
    return "\n".join(lines).encode()


def replace_value(random: random.Random, data: bytes) -> bytes:
    """Put another value anywhere into JSON, or one line of it."""
    lines = data.split(b"\n") if data.count(b'"schema_version"') > 1 else [data]
    place = random.randrange(max(1, len(lines) - 1))
    whole = json.loads(lines[place])
    places = list(list_places(whole))
    holder, key = random.choice(places)
    if random.random() < 0.2 and isinstance(holder, dict):
        del holder[key]
    else:
        same = [each for each in ODD if type(each) is type(holder[key])]
        holder[key] = random.choice(same if same and random.random() < 0.6 else ODD)
    lines[place] = json.dumps(whole).encode()
    return b"\n".join(lines)


def list_places(value: object) -> Iterator[tuple[Any, Any]]:
    """Every place of a structure where a value stands."""
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, member in members:
        yield value, key
        yield from list_places(member)


BYTES: list[Spoil] = [flip, flip, cut, drop, drop, double, swap, empty, blur]


@contextmanager
def spoiled(top: Path, path: Path, spoil: Spoil, seed: int) -> Iterator[None]:
    """Spoil one file; afterwards everything below `top` is as before."""
    before = {each: each.read_bytes() for each in top.rglob("*") if each.is_file()}
    try:
        path.write_bytes(spoil(random.Random(seed), before[path]))
        yield
    finally:
        for each, data in before.items():
            if not each.exists() or each.read_bytes() != data:
                each.write_bytes(data)


EXPRESSION = (
    "workload pulse, quantity",
    "expected an expression such as",
    "cannot be evaluated",
    "expected names, numbers, texts",
)
"""What is said of an expression that a run folder keeps names it, not its file."""


def is_said(verb: Callable[[], object], *names: str) -> None:
    """Run a verb: it does its work, or tells which file is spoiled."""
    try:
        verb()
    except HarnessError as error:
        assert any(name in str(error) for name in names), error  # noqa: PT017 (whatever else is raised fails the test)


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Declarations without a mistake."""
    copy = Path(shutil.copytree(FAKE / "harness", tmp_path_factory.mktemp("declared") / "harness"))
    shutil.copytree(HARNESS / "tell" / "charts", copy / "tell" / "charts")
    return copy


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run folder of two studies with all tables."""
    late = plan([case("sequential", workers=1), case("steady")], [("steady", "sequential")])
    modes = {
        mode: case(mode, workload="pulse", model="steady", arguments={"beats": 10, "mode": mode}, result=None)
        for mode in ("calm", "wild")
    }
    pulse = plan(modes.values(), [("wild", "calm")])
    beats = {"gap_p50_ns": 4.0, "depth_mean": 1.0, "depth_max": 2.0, "depth_seen": 3.0}
    made = [
        record(name, number, 10 + number / 7, metrics={"tempo": 1.0})
        for number in range(1, 8)
        for name in ("sequential", "steady")
    ]
    beaten = [
        record(
            name,
            number,
            metrics={**beats, "gap_p99_ns": 9.0 + number},
            series={"gap_ns": [4.0, 9.0]},
            fixture={"shelf_files": 10.0},
        )
        for number in range(1, 8)
        for name in modes
    ]
    run = write_run(tmp_path_factory.mktemp("runs") / "run", {"late": (late, made), "pulse": (pulse, beaten)})
    for number in range(1, 8):
        run.study("late").probes.append(look(number, 1, 10 + number / 100))
    pipeline.write_runs(run)
    pipeline.write_summary(run)
    tell(run)
    return run


def tell(run: Run) -> None:
    """Prepare every chart, and write the page."""
    views = [View(folder, run.frozen) for folder in pipeline.list_folders(run)]
    for view in views:
        for chart in view.study.charts.values():
            prepare(view, chart)
    write_report("a-run", views)


FEW = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
MANY = settings(max_examples=250, suppress_health_check=[HealthCheck.too_slow])
SEEDS = st.integers(0, 2**32)


@MANY
@given(
    name=st.sampled_from(
        ["languages.toml", "workloads/late.toml", "workloads/pulse.toml", "studies/pulse.toml"]
    ),
    spoil=st.sampled_from([*BYTES, replace_cell, replace_cell, replace_cell]),
    seed=SEEDS,
)
def test_declarations(declared: Path, name: str, spoil: Spoil, seed: int) -> None:
    with spoiled(declared, declared / name, spoil, seed):
        is_said(lambda: declare(declared), ".toml: ")


def do_all(run: Run) -> None:
    pipeline.write_runs(run)
    pipeline.write_summary(run)
    tell(run)


@FEW
@given(spoil=st.sampled_from([*BYTES, *[replace_value] * 9]), seed=SEEDS)
def test_plan_json(run: Run, spoil: Spoil, seed: int) -> None:
    with spoiled(run.path, run.path / "pulse" / "plan.json", spoil, seed):
        is_said(lambda: do_all(run), "plan.json", "records.jsonl:")


@FEW
@given(spoil=st.sampled_from([*BYTES, *[replace_value] * 9]), seed=SEEDS)
def test_run_json(run: Run, spoil: Spoil, seed: int) -> None:
    with spoiled(run.path, run.path / "run.json", spoil, seed):
        is_said(
            lambda: do_all(run),
            "run.json",
            *EXPRESSION,
            "plan.json: expected workloads, languages and models of run.json",
        )


@MANY
@given(
    name=st.sampled_from(["records", "probes"]),
    spoil=st.sampled_from([*BYTES, *[replace_value] * 9]),
    seed=SEEDS,
)
def test_journals(run: Run, name: str, spoil: Spoil, seed: int) -> None:
    with spoiled(run.path, run.path / "late" / f"{name}.jsonl", spoil, seed):
        is_said(lambda: pipeline.write_runs(run), f"{name}.jsonl", "expected records, got none")


@FEW
@given(
    name=st.sampled_from(["runs", "probes"]), spoil=st.sampled_from([*BYTES, *[replace_cell] * 9]), seed=SEEDS
)
def test_tables_of_runs(run: Run, name: str, spoil: Spoil, seed: int) -> None:
    with spoiled(run.path, run.path / "pulse" / f"{name}.csv", spoil, seed):
        is_said(lambda: pipeline.write_summary(run), f"{name}.csv: expected ")


@FEW
@given(
    name=st.sampled_from(["summary", "comparisons", "fits", "marks", "series", "probes"]),
    spoil=st.sampled_from([*BYTES, *[replace_cell] * 9]),
    seed=SEEDS,
)
def test_tables_of_cases(run: Run, name: str, spoil: Spoil, seed: int) -> None:
    with spoiled(run.path, run.path / "pulse" / f"{name}.csv", spoil, seed):
        is_said(lambda: tell(run), f"{name}.csv: expected ")
