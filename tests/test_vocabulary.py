"""What the workloads and studies that are coming need to say, each where it takes effect."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Self

import msgspec
import numpy as np
import pytest

from harness.analyse.comparisons import compare_cases
from harness.errors import HarnessError
from harness.fixtures import Fixtures
from harness.plan.cases import Comparison, Use
from harness.plan.declarations import Workload
from harness.plan.expressions import evaluate
from harness.run.attempt import Bench, Ran, Tried, attempt
from harness.run.processes import Finished, Supervisor
from harness.tell.pictures import prepare
from tests.samples import FAKES, add_fixture, case, collated, record, workload
from tests.views import declare, make_view, runs


@pytest.mark.parametrize(
    ("text", "expected"), [("power(10, 3)", 1000), ("power(2, 0)", 1), ("(power(10, d + 1) - 1) // 9", 1111)]
)
def test_powers(text: str, expected: int) -> None:
    assert evaluate(text, {"d": 3}) == expected


def test_a_power_that_nobody_counts_to_is_refused() -> None:
    with pytest.raises(HarnessError, match="below 2\\^64"):
        evaluate("power(10, 999999999)", {})


def test_another_quantity_than_the_judged_one_can_be_compared() -> None:
    cases = [case("slow"), case("steady")]
    records = [
        record(name, number, order=order, metrics={"tempo": pace * (1 + number / 1000)})
        for number in range(1, 9)
        for order, (name, pace) in enumerate((("slow", 2.0), ("steady", 1.0)), 1)
    ]
    workloads = {"late": workload(metrics={"tempo": {"description": "how fast"}})}
    table = collated(cases, records, workloads)
    asked = [Comparison("slow", "steady", "pace", "tempo"), Comparison("slow", "steady", "time")]
    found = compare_cases(cases, asked, table, workloads).set_index("label")
    assert found["verdict"].to_dict() == {"pace": "higher", "time": "same"}
    assert found["ratio"]["pace"] == pytest.approx(2.0)
    assert found["quantity"]["pace"] == "tempo"


def try_with(workload_of: Mapping[str, object], supervisor: Supervisor) -> Tried:
    """Make an attempt beside a fixture that sees an array."""
    told = workload("late", metrics={}, **workload_of)
    mine = case(fixtures=[Use("echo", "pace")], arguments={"limit": 10})
    line = {"workload": "late", "model": "steady", "workers": 2, "result": 10, "units": 10, "elapsed_ns": 5}

    def answer(*_: object) -> Ran:
        supervisor.stdout.write_bytes(msgspec.json.encode({**line, "metrics": {}}))
        supervisor.stderr.write_bytes(b"")
        return Ran(Finished(), 0, {})

    with Fixtures() as fixtures:
        bench = Bench(supervisor, fixtures, {"late": told}, {mine.id: ["x"]}, 2)
        return attempt(mine, bench, answer)


ARRAYS = {
    "gives": "pace",
    "arrays": {"waits_ns": {"description": "each", "statistics": ["p50"], "keep": True}},
}


def test_a_fixture_may_see_an_array(monkeypatch: pytest.MonkeyPatch) -> None:
    add_fixture(monkeypatch, "echo", "1", sees={"asked": 7.0, "waits_ns": [1.0, 2.0, 9.0]})
    with Supervisor() as supervisor:
        tried = try_with({"fixtures": {"echo": ARRAYS}}, supervisor)
    assert tried.verdict.status == "ok"
    assert tried.seen == {"echo_asked": 7.0, "echo_waits_p50_ns": 2.0}
    assert tried.series == {"echo_waits_ns": [1.0, 2.0, 9.0]}


def test_an_array_that_is_not_declared_is_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    add_fixture(monkeypatch, "echo", "1", sees={"asked": [1.0]})
    with Supervisor() as supervisor:
        tried = try_with({"fixtures": {"echo": {"gives": "pace"}}}, supervisor)
    assert tried.verdict.status == "unserved"


def test_arrays_of_a_fixture_have_names_beside_those_of_the_programs() -> None:
    told = msgspec.convert(
        msgspec.to_builtins(FAKES.workloads["late"]) | {"fixtures": {"echo": ARRAYS}}, Workload
    )
    assert "echo_waits_ns" in told.arrays


def test_names_may_stand_along_an_axis_releases_in_their_order(tmp_path: Path) -> None:
    releases = ("fake-3.9", "fake-3.10", "fake-3.13t")
    cases = [case(f"steady {each}", model="steady", runtime=each) for each in releases]
    records = [each for number, mine in enumerate(cases, 1) for each in runs(mine.id, 10 * number)]
    chart = {
        "drawing": "lines",
        "x": {"quantity": "runtime", "label": "release"},
        "y": [{"quantity": "elapsed_ns", "label": "time", "kind": "time", "scale": 1e-9}],
    }
    view = make_view(tmp_path, declare({"charts": {"main": chart}}), cases, records)
    drawn = prepare(view, view.study.charts["main"])
    assert drawn.x.names == ("3.9", "3.10", "3.13t"), "what all begin with is left out"
    (line,) = drawn.rows[0][0].series
    assert line.label == "Fake steady"
    assert np.array_equal(line.x, [0, 1, 2])
    assert line.y[0] < line.y[1] < line.y[2]


def test_a_fixture_may_act_while_the_run_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    running, asked = threading.Event(), threading.Event()

    def ask() -> None:
        if running.wait(10):
            asked.set()

    class Loader:
        value = "1"

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            self.thread.join()

        def before(self) -> None:
            self.thread = threading.Thread(target=ask)
            self.thread.start()

        def after(self) -> dict[str, float]:
            return {"asked": float(asked.is_set())}

    module = ModuleType("harness.fixtures.loader")
    module.Fixture = Loader  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    with Fixtures() as fixtures:
        with fixtures.serve([Use("loader", "pace")]) as served:
            running.set()  # the program has begun: what loads it begins
            assert asked.wait(10)
        assert served.seen == {"loader_asked": 1.0}
