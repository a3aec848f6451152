"""weight: bytes a worker by a straight line, or a refusal; and how the drawing shows them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from harness import fits
from harness.charts import style
from harness.charts.memory import GID, describe, draw
from harness.charts.study import ChartedStudy
from harness.declare import declare
from harness.fits import Fit
from harness.plan import Case
from harness.records import Record
from harness.runs import Question
from harness.schedule import FULL
from harness.summarise import summarise
from harness.weight import fit_line, fit_units, fit_workers
from tests import test_charts
from tests.samples import case, collated, record

COUNTS = (1, 10, 100, 1000)
KIB = 1024
DECLARATIONS = declare()


def cases_at(*counts: int, study: str = "late") -> list[Case]:
    """A case a worker count, with as many units; its limit follows from that."""
    return [case(id=f"w{n}", workers=n, units=n, arguments={"limit": 5 * n}, studies=[study]) for n in counts]


def weighed(name: str, number: int, peak_bytes: float | None, **changes: object) -> Record:
    """A record of the memory pass."""
    fields: dict[str, object] = {"idle_bytes": KIB, "memory_source": "cgroup", "phase": "memory", **changes}
    return record(name, number, 1, peak_bytes=None if peak_bytes is None else round(peak_bytes), **fields)


def fitted(cases: Sequence[Case], records: Sequence[Record]) -> list[Fit]:
    return fit_workers(cases, collated(cases, records), {})


def on_a_line(cases: Sequence[Case], height: float, slope: float, noise: float = 0) -> list[Record]:
    """Three runs of each case."""
    rng = np.random.default_rng(7)
    return [
        weighed(each.id, number, height + slope * each.workers + rng.normal(0, noise or 1e-9))
        for each in cases
        for number in (1, 2, 3)
    ]


def test_points_on_a_line_give_that_line_without_doubt() -> None:
    cases = cases_at(*COUNTS)
    slope, intercept, straight = fitted(cases, on_a_line(cases, 2000, 300))
    assert (slope.fit, slope.parameter) == ("bytes_per_worker", "bytes_per_worker")
    assert (slope.value, slope.low, slope.high) == pytest.approx((300, 300, 300))
    assert (intercept.parameter, straight.parameter) == ("intercept_bytes", "r_squared")
    assert (intercept.value, straight.value) == pytest.approx((2000, 1))
    assert (slope.points, slope.first, slope.last, slope.chosen) == (4, 1, 1000, True)


def test_the_interval_is_the_one_of_a_textbook() -> None:
    """x = 1 … 5, y = 2, 4, 5, 4, 5: slope 0.6, standard error 0.2828, t(3) 3.182."""
    cases = cases_at(1, 2, 3, 4, 5)
    ends = [weighed(each.id, 1, 1000 * y) for each, y in zip(cases, (2, 4, 5, 4, 5), strict=True)]
    slope, *_ = fitted(cases, ends)
    assert slope.value == pytest.approx(600)
    assert (slope.high - slope.low) / 2 == pytest.approx(3.18245 * 282.843, rel=1e-4)


@pytest.mark.parametrize("slope", [0, 300])
def test_the_interval_covers_the_truth_as_often_as_it_says(slope: float) -> None:
    base = Fit("late", "fake", "fake-1", "steady", "", "bytes_per_worker")
    rng = np.random.default_rng(11)
    x = np.repeat(COUNTS, 3)
    covered = 0
    for _ in range(400):
        points = pd.DataFrame({"x": x, "y": 1e6 + slope * x + rng.normal(0, 1000, len(x))})
        found = fit_line(base, points)[0]
        covered += found.low <= slope <= found.high
    assert 366 <= covered <= 394  # 380 ± 3 standard deviations


def test_that_a_worker_weighs_nothing_is_an_answer() -> None:
    cases = cases_at(*COUNTS)
    slope, _, straight = fitted(cases, on_a_line(cases, 1e6, 0, noise=1000))
    assert slope.low < 0 < slope.high
    assert straight.value < 0.8


def test_what_no_line_describes_is_refused() -> None:
    cases = cases_at(*COUNTS)
    records = [
        weighed(name, i, size)
        for name, size in (("w1", 1), ("w10", 5e6), ("w100", 9e6), ("w1000", 1e7))
        for i in (1, 2, 3)
    ]
    (refused,) = fitted(cases, records)
    assert re.fullmatch(r"a straight line tells only \d\d% of the differences", refused.reason)
    assert np.isnan(refused.value)


@pytest.mark.parametrize("counts", [(1,), (1, 10)])
def test_fewer_than_three_worker_counts_are_refused(counts: tuple[int, ...]) -> None:
    cases = cases_at(*counts)
    (refused,) = fitted(cases, on_a_line(cases, 1e6, 300))
    listed = ", ".join(map(str, counts))
    assert refused.reason == f"measured at worker count {listed} only, a line needs 3 of them"
    assert (refused.parameter, refused.points, refused.chosen) == ("", len(counts), False)


def test_units_are_another_x() -> None:
    cases = [case(id=f"u{n}", workers=2, units=n, arguments={"limit": n}) for n in (10, 20, 40)]
    records = [weighed(each.id, i, 1000 + 7 * each.units) for each in cases for i in (1, 2)]
    slope, *_ = fit_units(cases, collated(cases, records), {})
    assert (slope.fit, slope.parameter) == ("bytes_per_unit", "bytes_per_unit")
    assert slope.value == pytest.approx(7)


def test_timed_runs_and_cases_that_failed_are_left_out() -> None:
    cases = cases_at(*COUNTS)
    records = on_a_line(cases, 2000, 300)
    slope, *_ = fitted(cases, [*records, record("w1", 4, peak_bytes=10**9), weighed("w100", 4, None)])
    assert [slope.value, slope.points] == pytest.approx([300, 4])
    slope, *_ = fitted(cases, [*records, weighed("w100", 4, None, status="crashed")])
    assert [slope.value, slope.points] == pytest.approx([300, 3])


def test_a_study_without_memory_runs_has_no_rows() -> None:
    cases = cases_at(*COUNTS)
    assert fitted(cases, [record("w1"), record("w10")]) == []


def test_what_follows_from_the_workers_is_one_line_and_what_does_not_is_another() -> None:
    cases = [
        case(id=f"w{n} d{delay}", workers=n, arguments={"limit": 5 * n, "delay": delay, "pace": 1})
        for n in COUNTS
        for delay in (0, 9)
    ]
    records = [
        weighed(each.id, i, 1000 + (1 + each.arguments["delay"]) * each.workers)
        for each in cases
        for i in (1, 2)
    ]
    rows = [each for each in fitted(cases, records) if each.parameter == "bytes_per_worker"]
    assert [each.arguments for each in rows] == ["delay=0 pace=1", "delay=9 pace=1"]
    assert [each.value for each in rows] == pytest.approx([1, 10])


def test_a_study_asks_for_it_by_name() -> None:
    cases = cases_at(*COUNTS, study="weights")
    runs = collated(cases, on_a_line(cases, 2000, 300))
    table = fits.fit(
        cases, {"weights": Question("?", "memory", ["bytes_per_worker", "bytes_per_unit"])}, runs, {}
    )
    assert set(table["study"]) == {"weights"}
    assert table["fit"].tolist() == ["bytes_per_worker"] * 3 + ["bytes_per_unit"] * 3


# The drawing, with models of the first language that is declared.


def draw_study(
    peaks: Callable[[str, int], float], models: Sequence[str], counts: Sequence[int]
) -> ChartedStudy:
    """A study in which a model's peak at some workers is as told."""
    workload, language = next(iter(DECLARATIONS.workloads)), next(iter(DECLARATIONS.languages))
    cases = [
        case(
            model,
            id=f"{model} {count}",
            workload=workload,
            language=language,
            workers=count,
            studies=["weights"],
            timed=False,
        )
        for model in models
        for count in counts
    ]
    records = [
        weighed(each.id, i, peaks(each.model, each.workers) * (1 + i / 1000), idle_bytes=2**20)
        for each in cases
        for i in (1, 2, 3)
    ]
    runs = collated(cases, records)
    rows = summarise(cases, runs, FULL.precision).assign(marks="")
    table = fits.fit(cases, {"weights": Question("?", "memory", ["bytes_per_worker"])}, runs, {})
    return ChartedStudy("weights", "What?", "memory", "a machine", rows, DECLARATIONS, fits=table)


MODELS = list(next(iter(DECLARATIONS.languages.values())).models)


def look(study: ChartedStudy) -> Figure:
    with style.applied():
        return draw(study)


def test_the_label_at_a_line_s_end_says_what_a_worker_weighs() -> None:
    study = draw_study(lambda _, count: 2**21 + 12_595 * count, MODELS[:1], COUNTS)
    (label,) = (text.get_text() for text in look(study).axes[0].texts)
    assert re.search(r" 12\.3 KiB a worker \[12\.\d, 12\.\d\]$", label)


def test_the_line_that_is_drawn_is_the_one_of_the_table() -> None:
    study = draw_study(lambda _, count: 2**21 + 12_595 * count, MODELS[:1], COUNTS)
    (axes,) = look(study).axes
    (line,) = (line for line in axes.lines if line.get_gid() == GID)
    values = study.fits.set_index("parameter")["value"]
    expected = (values["intercept_bytes"] + values["bytes_per_worker"] * np.asarray(line.get_xdata())) / 2**20
    assert np.asarray(line.get_ydata()) == pytest.approx(expected)
    assert np.asarray(line.get_xdata())[[0, -1]] == pytest.approx([1, 1000])


def test_without_a_fit_there_are_dots_a_name_and_the_reason() -> None:
    study = draw_study(lambda _, count: 2**21 + 12_595 * count, MODELS[:2], (1, 10))
    figure = look(study)
    assert not [line for line in figure.axes[0].lines if line.get_gid() == GID]
    assert not [text for text in figure.axes[0].texts if "a worker" in text.get_text()]
    said = " ".join(text.get_text() for text in figure.texts)
    assert "no weight a worker of" in said
    assert "measured at worker count 1, 10 only, a line needs 3 of them" in " ".join(said.split())


def test_large_sizes_are_in_gibibytes() -> None:
    study = draw_study(lambda _, count: 2**33 + 2**23 * count, MODELS[:1], COUNTS)
    assert look(study).axes[0].get_title(loc="left").endswith("peak memory, GiB")


@pytest.mark.parametrize("counts", [COUNTS, (1,), (1, 10)])
def test_nothing_overlaps_or_is_cut_off_with_lines_that_meet(counts: Sequence[int]) -> None:
    study = draw_study(lambda model, count: 2**21 + 12_595 * count + len(model), MODELS, counts)
    figure = look(study)
    FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]
    test_charts.test_no_two_texts_overlap(figure)
    test_charts.test_nothing_is_cut_off(figure)
    test_charts.test_every_number_drawn_is_inside_its_panel(figure)


def test_the_page_has_the_same_numbers() -> None:
    text = describe(draw_study(lambda _, count: 2**21 + 12_595 * count, MODELS[:1], COUNTS))
    assert "| idle | 1 worker | 10 workers | 100 workers | 1,000 workers | a worker |" in text
    assert re.search(
        r"\| 1 MiB \| 2\.0\d MiB \| .* \| 14(\.\d)? MiB \| 12\.3 KiB \[12\.\d, 12\.\d\] \|", text
    )
    assert text.startswith("Peak memory of the whole process tree, as the kernel charged it:")


@pytest.mark.parametrize(
    ("size", "spelled"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "0.977 KiB"),
        (12_595, "12.3 KiB"),
        (-2048, "-2 KiB"),
        (2**31, "2 GiB"),
    ],
)
def test_sizes_have_a_fitting_unit(size: float, spelled: str) -> None:
    assert style.spell_bytes(size) == spelled
