"""pictures: what a study declares and measured becomes what each of the six drawings takes."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

from harness.plan.cases import Case
from harness.plan.declarations import Chart
from harness.store.records import Record
from harness.tell.charts import DRAWINGS
from harness.tell.charts.chart import Chart as Prepared
from harness.tell.charts.chart import Panel
from harness.tell.pictures import SHAPES, draw, prepare
from harness.tell.view import View
from tests.samples import MS, case, record
from tests.views import RESULT_OF_PULSE, compared, declare, make_view, runs

TIME = {"quantity": "elapsed_ns", "label": "time for the work", "kind": "time", "scale": 1e-9}
WORKERS = {"quantity": "workers", "label": "workers", "kind": "count"}
RATIO = {"quantity": "ratio", "label": "times as fast", "kind": "ratio"}
GAP = {"quantity": "gap_ns", "label": "gap between beats", "kind": "time", "scale": 1e-9}


def prepared(view: View, **fields: object) -> Prepared:
    """Prepare a chart of a study that does not declare it."""
    return prepare(view, msgspec.convert(fields, Chart))


def panels(chart: Prepared) -> list[Panel]:
    return [panel for row in chart.rows for panel in row]


def scaled(folder: Path, study: dict[str, object] | None = None) -> View:
    """Two languages, each alone and on 1, 2 and 4 workers; Other's `alone` takes half as long."""
    cases, records, pairs = [], [], []
    for language, first in (("fake", 100.0), ("other", 50.0)):
        alone = case("sequential", id=f"{language} alone", language=language, workers=1)
        cases.append(alone)
        records += runs(alone.id, first)
        for count in (1, 2, 4):
            cases.append(case(id=f"{language} {count}", language=language, workers=count))
            records += runs(cases[-1].id, first / count, order=2)
            pairs.append((cases[-1].id, alone.id))
    return make_view(folder, declare(study), cases, records, pairs)


def beats(folder: Path) -> View:
    """A workload that beats in two modes, and keeps how long each of its beats took."""
    judged = {"judged": {"quantity": "gap_p99_ns", "speed": False}}
    cases, records = [], []
    for mode in ("calm", "wild"):
        for model, count in (("sequential", 1), ("steady", 2)):
            name = f"{model} {mode}"
            arguments = {"beats": 10, "mode": mode}
            cases.append(case(model, id=name, workers=count, arguments=arguments, **RESULT_OF_PULSE))
            records += [
                record(
                    name,
                    number,
                    10,
                    order=order,
                    repeat=repeat,
                    metrics={"gap_p50_ns": 2.0 * MS, "gap_p99_ns": 3.0 * MS * count},
                    series={
                        "gap_ns": [1.0 * MS, 2.0 * MS, number * MS],
                        "span_ns": [1.0 * MS, 1.0 * MS, 8.0 * MS],
                        "lane": [0.0, 1.0, 0.0],
                    },
                )
                for number in (1, 2, 3)
                for order, repeat in ((1, 1), (5, 2))
            ]
    return make_view(folder, declare(pulse=judged), cases, records, [("steady wild", "steady calm")])


def test_there_is_a_preparation_for_every_drawing() -> None:
    assert {each.takes for each in DRAWINGS.values()} == set(SHAPES)
    assert len(DRAWINGS) == 6


def test_the_title_is_the_finding_and_the_subtitle_the_question_the_machine_and_the_rounds(
    tmp_path: Path,
) -> None:
    findings = {
        "gain": {"cases": {"one": {"model": "steady"}}, "says": [{"title": "It takes {one.elapsed_ns}"}]}
    }
    view = compared(tmp_path, {"findings": findings}, 100, 50)
    found = prepared(view, drawing="dots", x=TIME, finding="gain", foot="median")
    assert found.title == "It takes 50.0 ms"
    assert found.subtitle == "How fast? Abacus, 2 cores, Linux 6.1; 8 rounds"
    assert found.foot == "median"
    assert prepared(view, drawing="dots", x=TIME).title == "How fast?"


# Lines.


def test_lines_have_a_line_an_implementation_and_a_panel_a_language(tmp_path: Path) -> None:
    chart = prepared(
        scaled(tmp_path),
        drawing="lines",
        x=WORKERS,
        y=[RATIO],
        panels="language",
        where='model != "sequential"',
    )
    (row,) = chart.rows
    assert [panel.title for panel in row] == ["Fake", "Other"]
    (line,) = row[0].series
    assert list(line.x) == [1, 2, 4]
    assert line.y == pytest.approx([1, 2, 4], rel=0.01)
    assert (line.low < line.y).all()
    assert (line.high > line.y).all()
    assert (line.language, line.model, line.label) == ("fake", "steady", "steady 4.00×")
    assert row[1].series[0].label == "evenly 4.00×"


def test_lines_have_a_row_of_panels_for_each_axis_and_notes_in_the_first(tmp_path: Path) -> None:
    checks = {"checks": {"in_flight": "seen", "wait_ns": "limit"}}
    cases = [case(id=f"on {count}", workers=count, units=100) for count in (10, 100)]
    records = [
        record(each.id, number, 10, completed=100, fixture={"seen": min(40.0, each.workers)})
        for each in cases
        for number in (1, 2, 3)
    ]
    view = make_view(tmp_path, declare(late=checks), cases, records)
    rate = {"quantity": "throughput_per_s", "label": "requests per second", "kind": "count"}
    chart = prepared(
        view, drawing="lines", x={"quantity": "seen", "label": "in flight", "kind": "count"}, y=[TIME, rate]
    )
    first, second = (row[0].series[0] for row in chart.rows)
    assert list(first.x) == list(second.x) == [10, 40], "points are drawn where they really were"
    assert first.notes == ("", "saturated: 40 of 100 in flight")
    assert second.notes == ("", "")
    assert first.y == pytest.approx([0.01, 0.01])
    assert second.y == pytest.approx([10_000, 10_000])
    assert chart.rows[1][0].y.label == "requests per second"


def test_ideals_are_computed_at_every_place_of_their_own_panel(tmp_path: Path) -> None:
    ideals = [{"label": "ideal", "y": "min(workers, cores)"}, {"label": "flat", "y": "x * 0 + 7", "panel": 1}]
    chart = prepared(scaled(tmp_path), drawing="lines", x=WORKERS, y=[RATIO, TIME], ideals=ideals)
    (first,), (second,) = (row[0].references for row in chart.rows)
    assert (first.label, list(first.x), list(first.y)) == ("ideal", [1, 2, 4], [1, 2, 2])
    assert (second.label, list(second.y)) == ("flat", [7, 7, 7])


def test_what_was_fitted_is_drawn_over_the_points(tmp_path: Path) -> None:
    fits = [{"law": "slope", "x": "held", "y": "work_bytes", "parameter": "bytes_per_connection"}]
    weighed = {"phase": "memory", "elapsed_ns": None, "wall_ns": None, "idle_bytes": 0}
    cases = [case(id=f"on {count}", workers=count) for count in (10, 20, 40)]
    records = [
        record(
            each.id, i, 10, peak_bytes=32768 * each.workers, fixture={"held": float(each.workers)}, **weighed
        )
        for each in cases
        for i in (1, 2)
    ]
    view = make_view(tmp_path, declare({"fits": fits, "timed": False}), cases, records)
    held = {"quantity": "held", "label": "connections held", "kind": "count", "log": True}
    memory = {"quantity": "work_bytes", "label": "memory above idle", "kind": "bytes", "log": True}
    (panel,) = panels(prepared(view, drawing="lines", x=held, y=[memory]))
    assert panel.series[0].label.startswith("Fake steady 32.0 KiB")
    (fitted,) = panel.references
    assert (fitted.x[0], fitted.x[-1]) == pytest.approx((10, 40))
    assert fitted.y == pytest.approx(32768 * fitted.x)
    assert fitted.language == "fake"


def test_the_scaling_law_is_drawn_beyond_its_points(tmp_path: Path) -> None:
    cases = [
        case("sequential", id="alone", workers=1),
        *(case(id=f"on {n}", workers=n) for n in (1, 2, 3, 4)),
    ]
    records = [
        *runs("alone", 100, 10),
        *(r for n in (1, 2, 3, 4) for r in runs(f"on {n}", 100 / n + 5 * (n - 1), 10, order=2)),
    ]
    pairs = [(each.id, "alone") for each in cases[1:]]
    view = make_view(tmp_path, declare({"fits": [{"law": "usl"}]}), cases, records, pairs, cores=4)
    chart = prepared(view, drawing="lines", x=WORKERS, y=[RATIO], where='model != "sequential"')
    (panel,) = panels(chart)
    (law,) = panel.references
    assert (law.x[0], law.x[-1]) == (1, 8)
    assert law.y[0] == pytest.approx(1)


# Rows: dots and bars.


def test_dots_have_the_fastest_on_top_with_its_interval_start_up_and_note(tmp_path: Path) -> None:
    chart = prepared(
        compared(tmp_path, {}, 100, 25, 50),
        drawing="dots",
        x=TIME,
        aside="startup_ns",
        note="ratio",
        panels="workload",
    )
    (panel,) = panels(chart)
    assert panel.title == "late: counting"
    assert [each.label for each in panel.series] == ["Fake steady × 2", "Fake waiting × 2", "Fake sequential"]
    first = panel.series[0]
    assert first.x == pytest.approx([0.025], rel=0.01)
    assert first.low < first.x < first.high
    assert first.y == pytest.approx([0.005])
    assert first.notes[0].startswith("4.0")
    assert "×, 4.0" in first.notes[0]
    assert panel.series[2].notes == ("unknown",) or panel.series[2].notes[0].strip() == "unknown"


def test_bars_keep_the_order_of_the_declarations(tmp_path: Path) -> None:
    marks = [{"value": 1, "label": "equal"}]
    chart = prepared(compared(tmp_path, {}, 100, 25, 50), drawing="bars", x=RATIO, note="x", marks=marks)
    (panel,) = panels(chart)
    assert [each.model for each in panel.series] == ["steady", "waiting"], "what has no ratio has no bar"
    assert [each.notes[0][:4] for each in panel.series] == ["4.00", "2.00"] or panel.series[0].notes[
        0
    ].endswith("×")
    assert [(mark.value, mark.label) for mark in panel.marks] == [(1, "equal")]


def test_what_differs_between_rows_is_in_their_names_and_doubt_is_a_ring(tmp_path: Path) -> None:
    cases = [case(id=f"p{pace}", arguments={"limit": 10, "pace": pace}) for pace in (1, 2)]
    records = [*runs("p1", 10), *(record("p2", i, 10 + 10 * (i % 2)) for i in range(1, 9))]
    chart = prepared(make_view(tmp_path, declare(), cases, records), drawing="dots", x=TIME)
    (panel,) = panels(chart)
    assert [each.label for each in panel.series] == ["Fake steady × 2 pace 1", "Fake steady × 2 pace 2"]
    assert [each.ringed for each in panel.series] == [(False,), (True,)]
    assert chart.foot == "ring: doubtful, the report says why"


# Arrays: distributions and lanes.


def test_distributions_are_of_all_runs_a_panel_for_each_choice(tmp_path: Path) -> None:
    found = panels(prepared(beats(tmp_path), drawing="ecdf", x=GAP, panels="mode"))
    assert [panel.title for panel in found] == ["mode calm", "mode wild"]
    assert [each.label for each in found[0].series] == ["Fake sequential", "Fake steady"]
    assert len(found[0].series[0].x) == 18
    assert found[0].series[0].x.max() == pytest.approx(0.003)
    assert found[0].y.label == "share of all"


def test_a_panel_has_the_title_that_its_chart_gives_it_for_its_value(tmp_path: Path) -> None:
    found = panels(
        prepared(beats(tmp_path), drawing="ecdf", x=GAP, panels="mode", titles={"calm": "in no wind"})
    )
    assert [panel.title for panel in found] == ["in no wind", "mode wild"]


def test_lanes_are_of_one_run_a_panel_each_case(tmp_path: Path) -> None:
    span = {"quantity": "span_ns", "label": "for"}
    chart = prepared(
        beats(tmp_path),
        drawing="lanes",
        x={**GAP, "label": "time"},
        y=[span],
        lanes="lane",
        where='mode == "calm"',
    )
    assert [[panel.title for panel in row] for row in chart.rows] == [["Fake sequential"], ["Fake steady"]]
    first, second = chart.rows[0][0].series
    assert (first.label, second.label) == ("1", "2")
    assert first.x == pytest.approx([0.001, 0.001]), "the first run of the first round, not all of them"
    assert first.y == pytest.approx([0.002, 0.009])
    assert second.x == pytest.approx([0.002])


# Cells.


def test_cells_show_what_is_best_in_each(tmp_path: Path) -> None:
    cases, records, pairs = [], [], []
    for pace in (1, 2):
        for limit in (10, 20):
            names = {"sequential": 100.0, "steady": 50.0 if pace == 1 else 200.0}
            for model, milliseconds in names.items():
                arguments = {"limit": limit, "pace": pace}
                cases.append(case(model, id=f"{model} {limit} {pace}", workers=1, arguments=arguments))
                records += runs(cases[-1].id, milliseconds)
            pairs.append((f"steady {limit} {pace}", f"sequential {limit} {pace}"))
    view = make_view(tmp_path, declare(), cases, records, pairs)
    y = {"quantity": "pace", "label": "pace"}
    (panel,) = panels(prepared(view, drawing="heat", x={"quantity": "limit", "label": "limit"}, y=[y]))
    assert (panel.columns, panel.rows) == (("10", "20"), ("1", "2"))
    cells = {each.model: (list(each.x), list(each.y), each.notes) for each in panel.series}
    assert cells["sequential"] == ([0, 1], [1, 1], ("sequential", "sequential"))
    assert cells["steady"][:2] == ([0, 1], [0, 0])
    assert all(note.startswith(("steady 2.0", "steady 1.99")) for note in cells["steady"][2])


@pytest.mark.parametrize(("better", "best"), [("lower", "sequential"), ("higher", "steady")])
def test_best_is_what_the_workload_says_is_better(tmp_path: Path, better: str, best: str) -> None:
    judged = {"judged": {"quantity": "tempo", "speed": False, "better": better}}
    tempo = {"sequential": 1.0, "steady": 2.0}
    cases: list[Case] = [case(model, id=model) for model in tempo]
    records: list[Record] = [
        record(name, i, metrics={"tempo": t}) for name, t in tempo.items() for i in (1, 2)
    ]
    view = make_view(tmp_path, declare(late=judged), cases, records)
    y = {"quantity": "pace", "label": "pace"}
    (panel,) = panels(prepared(view, drawing="heat", x={"quantity": "limit", "label": "limit"}, y=[y]))
    assert [each.model for each in panel.series] == [best]


# Files.


@pytest.mark.parametrize(
    "chart",
    [
        {
            "drawing": "lines",
            "x": WORKERS,
            "y": [RATIO],
            "panels": "language",
            "where": 'model != "sequential"',
        },
        {"drawing": "dots", "x": TIME, "note": "ratio", "aside": "startup_ns"},
        {"drawing": "bars", "x": RATIO, "note": "ratio"},
        {
            "drawing": "heat",
            "x": {"quantity": "workers", "label": "w"},
            "y": [{"quantity": "limit", "label": "l"}],
        },
    ],
    ids=lambda chart: str(chart["drawing"]),
)
def test_each_drawing_is_drawn_light_and_dark(tmp_path: Path, chart: dict[str, object]) -> None:
    check_files(scaled(tmp_path, {"charts": {"main": chart}}))


@pytest.mark.parametrize(
    "chart",
    [
        {"drawing": "ecdf", "x": GAP, "panels": "mode"},
        {
            "drawing": "lanes",
            "x": GAP,
            "y": [{"quantity": "span_ns", "label": "e", "scale": 1e-9}],
            "lanes": "lane",
        },
    ],
    ids=lambda chart: str(chart["drawing"]),
)
def test_each_drawing_of_arrays_is_drawn_light_and_dark(tmp_path: Path, chart: dict[str, object]) -> None:
    view = beats(tmp_path)
    view.study = msgspec.structs.replace(view.study, charts={"main": msgspec.convert(chart, Chart)})
    check_files(view)


def check_files(view: View) -> None:
    files = dict(draw(view))
    assert sorted(files) == ["charts/main-dark.svg", "charts/main-light.svg", "charts/main.png"]
    assert files["charts/main.png"].startswith(b"\x89PNG")
    assert all(files[f"charts/main-{theme}.svg"].startswith(b"<?xml") for theme in ("light", "dark"))
    assert files == dict(draw(view)), "the same tables give the same bytes"
    assert np.isfinite(len(files))


def test_texts_from_programs_are_drawn_as_they_are(tmp_path: Path) -> None:
    """A dollar is no formula, and no tag is one."""
    cases = [case(id="a", runtime="$x^2$ <b>"), case(id="b", runtime="fake-$1")]
    view = make_view(
        tmp_path,
        declare({"charts": {"main": {"drawing": "dots", "x": TIME}}}),
        cases,
        [*runs("a", 5), *runs("b", 9)],
    )
    files = dict(draw(view))
    assert b"<b>" not in files["charts/main-light.svg"]


# What several runtimes, and captions, look like.


def test_releases_are_in_their_order_and_those_without_a_lock_are_lines_of_their_own(tmp_path: Path) -> None:
    language = declare().languages["fake"]
    locked = replace(language, lock=r"fake-\d+", lock_name="big lock")
    runtimes = ["fake-10", "fake-9", "fake-9t"]
    declarations = declare()
    declarations = replace(declarations, languages={**declarations.languages, "fake": locked})
    cases = [case("steady", id=name, runtime=name) for name in runtimes]
    view = make_view(tmp_path, declarations, cases, [each for name in runtimes for each in runs(name, 10)])
    found = prepared(view, drawing="lines", x={"quantity": "runtime", "label": "release"}, y=[TIME])
    assert found.x.names == ("9", "10", "9t")
    (panel,) = found.rows[0]
    assert [(each.label, list(each.x), each.hollow) for each in panel.series] == [
        ("Fake steady", [0, 1], False),
        ("Fake steady, no big lock", [2], True),
    ]


def test_a_caption_is_filled_for_each_case(tmp_path: Path) -> None:
    chart = prepared(
        beats(tmp_path),
        drawing="lanes",
        x={**GAP, "label": "time"},
        y=[{"quantity": "span_ns", "label": "for"}],
        lanes="lane",
        caption="half within {gap_p50_ns}",
        where='mode == "calm"',
    )
    titles = [panel.title for row in chart.rows for panel in row]
    assert titles == ["Fake sequential: half within 2.00 ms", "Fake steady: half within 2.00 ms"]
