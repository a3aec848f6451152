"""Charts: every number drawn stands in summary.csv, nothing overlaps, nothing is cut off."""

from __future__ import annotations

import importlib
import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from harness.charts import FORMATS, render, style
from harness.charts.study import ChartedStudy, study_rows
from harness.declare import declare
from harness.errors import HarnessError
from harness.plan import Case, Filters, Runner, make_plan
from harness.records import Record
from harness.schedule import FULL
from harness.summarise import summarise
from tests.samples import collated, record

DECLARATIONS = declare()
STUDIES = list(DECLARATIONS.studies)
EVERYTHING = frozenset(
    (workload, model)
    for workload in DECLARATIONS.workloads
    for language in DECLARATIONS.languages.values()
    for model in language.models
)
RUNNERS = [
    Runner("python", ["p"], "cpython-3.14.0", "cpython-3.14", EVERYTHING),
    Runner("python", ["q"], "cpython-3.13.5t", "cpython-3.13t", EVERYTHING),
    Runner("go", ["g"], "go1.26.8", "go-1.26", EVERYTHING),
    Runner("cpp", ["c"], "g++ 12.2.0 -O2", "g++-12", EVERYTHING),
]


def make_memory(case: Case, rounds: int) -> list[Record]:
    """Make up runs of the memory pass, of 3 MiB and some KiB a worker."""
    rng = np.random.default_rng(len(case.id))
    heavy = rng.lognormal(10, 1)
    return [
        Record(
            case=case.id,
            round=number,
            order=1,
            phase="memory",
            status="ok",
            peak_bytes=int((3 * 2**20 + heavy * case.workers) * rng.lognormal(0, 0.01)),
            idle_bytes=2**21,
            memory_source="cgroup",
        )
        for number in range(1, rounds + 1)
    ]


def make_summary(*, cores: int, rounds: int, runtimes: list[str]) -> pd.DataFrame:
    """Summarise a run of every study, with times that a seed makes up."""
    filters = Filters(study=STUDIES, runtime=runtimes)
    cases = make_plan(DECLARATIONS, RUNNERS, filters, quick=False, cores=cores)
    rng = np.random.default_rng(7)
    records = []
    for case in cases:
        if case.status != "planned":
            records.append(Record(case=case.id, round=0, order=0, status=case.status, reason=case.reason))
            continue
        base = rng.lognormal(18, 1.5)
        for number in range(1, rounds + 1):
            elapsed = int(base * rng.lognormal(0, 0.1))
            latency = elapsed * case.workers / case.units
            records.append(
                record(
                    case.id,
                    number,
                    result=case.result,
                    units=case.units,
                    elapsed_ns=elapsed,
                    wall_ns=elapsed + int(rng.lognormal(17, 1)),
                    user_ns=elapsed // 2,
                    system_ns=elapsed // 5,
                    voluntary_switches=3,
                    involuntary_switches=1,
                    metrics={
                        "latency_mean_ns": latency,
                        "latency_p50_ns": latency,
                        "latency_p99_ns": latency * 2,
                    },
                    fixture={"server_cpu_ns_per_request": rng.uniform(5e3, 1e4)},
                    took_ns=elapsed,
                )
            )
        records += make_memory(case, rounds)
    summary = summarise(cases, collated(cases, records), FULL.precision)
    return summary.assign(marks=["drift busy_server" if i % 3 else "" for i in range(len(summary))])


SUMMARIES = {
    "two cores": make_summary(cores=2, rounds=5, runtimes=[]),
    "sixteen cores, one round": make_summary(cores=16, rounds=1, runtimes=[]),
    "several Pythons": make_summary(cores=2, rounds=5, runtimes=[runner.runtime for runner in RUNNERS]),
}


def make_study(name: str, summary: pd.DataFrame) -> ChartedStudy:
    declared = DECLARATIONS.studies[name]
    machine = "AMD EPYC 7763 64-Core Processor, 2 cores, Linux 6.18.44"
    rows = study_rows(summary, name)
    return ChartedStudy(name, declared.question, declared.chart, machine, rows, DECLARATIONS)


@pytest.fixture(scope="module", params=itertools.product(STUDIES, SUMMARIES), ids=str)
def study(request: pytest.FixtureRequest) -> ChartedStudy:
    name, machine = request.param
    return make_study(name, SUMMARIES[machine])


@pytest.fixture(scope="module")
def figure(study: ChartedStudy) -> Figure:
    with style.applied():
        drawn: Figure = importlib.import_module(f"harness.charts.{study.chart}").draw(study)
        style.settle(drawn)
        FigureCanvasAgg(drawn).draw()  # type: ignore[no-untyped-call]
    return drawn


def list_texts(figure: Figure) -> list[Text]:
    """List what is written, without the labels of ticks that lie outside the panel and are not drawn."""
    outside = set()
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        low, high = sorted(axis.get_view_interval())
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
            if not low <= tick.get_loc() <= high:
                outside |= {id(tick.label1), id(tick.label2)}
    texts = [text for text in figure.findobj(Text) if isinstance(text, Text) and id(text) not in outside]
    return [text for text in texts if text.get_visible() and text.get_text().strip()]


def test_no_two_texts_overlap(figure: Figure) -> None:
    boxes = [(text.get_text(), text.get_window_extent()) for text in list_texts(figure)]
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        width = min(a.x1, b.x1) - max(a.x0, b.x0)
        height = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert width <= 1 or height <= 1.5, f"{one!r} overlaps {other!r}"


def test_nothing_is_cut_off(figure: Figure) -> None:
    pixels = np.asarray(style.settle(figure).extents) * figure.dpi
    for text in list_texts(figure):
        box = text.get_window_extent()
        assert box.x0 >= pixels[0]
        assert box.x1 <= pixels[2]
        assert box.y0 >= pixels[1]
        assert box.y1 <= pixels[3]


def test_no_text_is_turned(figure: Figure) -> None:
    assert all(text.get_rotation() == 0 for text in list_texts(figure))


def test_every_number_drawn_stands_in_the_summary(study: ChartedStudy, figure: Figure) -> None:
    table = study.rows.select_dtypes("number").to_numpy().ravel()
    known = table[np.isfinite(table)]
    known = np.concatenate([known, known / 1e9, known / 1e3, known / 2**20])
    for axes in figure.axes:
        for line in axes.lines:
            if line.get_linestyle() in ("--", ":"):
                continue  # the ideal, or what is known
            level = study.chart in ("dots", "null", "cost")
            drawn = np.asarray(line.get_xdata() if level else line.get_ydata(), dtype=float)
            for number in drawn[np.isfinite(drawn)]:
                assert np.isclose(known, number, rtol=1e-9).any(), f"{number} is not in the summary"
        for bar in axes.patches:
            width = bar.get_window_extent().width  # only `cost` has bars
            number = axes.transData.inverted().transform((axes.transData.transform((0, 0))[0] + width, 0))[0]
            assert np.isclose(known, number, rtol=1e-6).any()


def test_every_number_drawn_is_inside_its_panel(figure: Figure) -> None:
    for axes in figure.axes:
        for line in axes.lines:
            if line.get_linestyle() == "--" or line.get_marker() in ("None", None):
                continue
            across, up = np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)
            for values, (low, high) in ((across, axes.get_xlim()), (up, axes.get_ylim())):
                assert ((values >= low) & (values <= high)).all(), f"{values} beyond {low} … {high}"


def count_points(figure: Figure, *, ringed: bool) -> int:
    """Count the points that are drawn, or the rings around some of them."""
    return sum(
        int(np.isfinite(np.asarray(line.get_ydata(), dtype=float)).sum())
        for axes in figure.axes
        for line in axes.lines
        if line.get_marker() not in ("None", None, "|") and (line.get_markersize() == style.RING) == ringed
    )


def choose_drawn(study: ChartedStudy) -> tuple[int, int, pd.DataFrame]:
    """Say how many points and how many rings a drawing has of each case, and which ones it has."""
    drawn = study.drawn
    if study.chart == "scaling":
        baselines = {name: each.baseline for name, each in DECLARATIONS.languages.items()}
        drawn = drawn[drawn["model"] != drawn["language"].map(baselines)]
    if study.chart == "null":
        drawn = drawn[drawn["blocks_p"].notna()]
    points, rings = {"concurrency": (3, 3), "cost": (0, 1), "null": (2, 1)}.get(study.chart, (1, 1))
    return points, rings, drawn


def test_every_measured_case_is_drawn(study: ChartedStudy, figure: Figure) -> None:
    points, _, drawn = choose_drawn(study)
    assert count_points(figure, ringed=False) == points * len(drawn)


def test_what_is_doubtful_is_ringed_and_explained(study: ChartedStudy, figure: Figure) -> None:
    _, rings, drawn = choose_drawn(study)
    assert count_points(figure, ringed=True) == rings * (drawn["marks"] != "").sum()
    said = " ".join(" ".join(text.get_text().split()) for text in list_texts(figure))
    count = (study.drawn["marks"] != "").sum()
    assert f"doubtful, {count} of {len(study.drawn)} cases: " in said
    assert f"times that went one way over the rounds ({count})" in said


def test_what_is_not_drawn_is_named_with_its_reason(study: ChartedStudy, figure: Figure) -> None:
    said = " ".join(" ".join(text.get_text().split()) for text in list_texts(figure))
    for reason in study.rows[study.rows["status"] != "ok"]["reason"]:
        assert reason in said


@pytest.mark.parametrize("study_name", STUDIES)
def test_pictures_are_the_same_when_drawn_again(study_name: str) -> None:
    study = make_study(study_name, SUMMARIES["two cores"])
    first, second = render(study), render(study)
    assert set(first) == set(FORMATS)
    assert first == second


def test_an_unknown_drawing_is_a_clear_message() -> None:
    study = make_study(STUDIES[0], SUMMARIES["two cores"])
    with pytest.raises(HarnessError, match=r"no drawing 'pie': expected harness/charts/pie\.py"):
        render(study._replace(chart="pie"))


@pytest.mark.parametrize("study_name", STUDIES)
def test_a_study_of_which_everything_failed_still_has_a_picture(study_name: str) -> None:
    summary = SUMMARIES["two cores"].copy()
    summary["status"], summary["reason"] = "crashed", "ended by SIGSEGV"
    pictures = render(make_study(study_name, summary))
    assert all(pictures[kind] for kind in FORMATS)


@given(st.lists(st.floats(0, 1), max_size=12).map(sorted), st.floats(0.01, 0.08))
def test_labels_are_moved_apart_and_stay_inside(wanted: list[float], gap: float) -> None:
    places = style.spread(wanted, gap)
    assert len(places) == len(wanted)
    assert all(b - a >= gap - 1e-9 for a, b in itertools.pairwise(places))
    assert all(-1e-9 <= place <= 1 + 1e-9 for place in places)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12).map(sorted))
def test_labels_that_are_far_enough_apart_stay_where_they_are(wanted: list[float]) -> None:
    gaps = [b - a for a, b in itertools.pairwise(wanted)]
    assert style.spread(wanted, min([*gaps, 1.0]) * 0.99) == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize(
    ("seconds", "expected"), [(1.794, "1.79 s"), (0.0726, "72.6 ms"), (25e-6, "25 µs"), (3e-9, "3 ns")]
)
def test_times_have_a_fitting_unit(seconds: float, expected: str) -> None:
    assert style.spell_time(seconds) == expected
    assert not math.isnan(seconds)
