"""scaling and fits: known parameters are found again, and what the points do not support is refused."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy.optimize import curve_fit

from harness import fits, scaling
from harness.charts import describe, laws, style
from harness.charts import scaling as drawing
from harness.charts.study import ChartedStudy
from harness.declare import Sweep
from harness.errors import HarnessError
from harness.fits import Fit
from harness.plan import Case, Filters, make_plan
from harness.records import SCHEMA_VERSION, Record
from harness.runs import Plan, Question, Run, migrate
from harness.scaling import NO_BETTER, PARAMETERS, predict, solve
from harness.schedule import FULL
from harness.stages import list_studies, write_summary
from harness.summarise import summarise
from tests.samples import case, collated, record
from tests.test_charts import (
    DECLARATIONS,
    RUNNERS,
    list_texts,
    make_study,
    test_every_number_drawn_is_inside_its_panel,  # noqa: F401
    test_no_text_is_turned,  # noqa: F401 -- these four are run on the figures of this file, too
    test_no_two_texts_overlap,  # noqa: F401
    test_nothing_is_cut_off,  # noqa: F401
)

COUNTS = (1, 2, 4, 6, 8, 10, 12, 16)
SIGMA, KAPPA = 0.05, 0.001
SIXTEEN = {"usable_cores": 16}
QUESTION = Question("what do more workers buy?", "scaling", ["scaling"])


def law(sigma: float, kappa: float = 0.0, counts: Sequence[int] = COUNTS) -> dict[int, float]:
    """What a model says at these worker counts."""
    return {count: float(predict(np.array(float(count)), sigma, kappa)) for count in counts}


def measure(
    speedups: Mapping[int, float], *, rounds: int = 12, noise: float = 0.0, seed: int = 0, drift: float = 0.0
) -> tuple[list[Case], list[Record]]:
    """Make up a line's cases and records; `drift` is noise that all runs of a round have in common."""
    rng = np.random.default_rng(seed)
    alone = case("sequential", workers=1)
    cases = [alone, *(case(id=f"steady {count}", workers=count) for count in speedups)]
    times = {alone.id: 1e6} | {f"steady {count}": 1e6 / speedup for count, speedup in speedups.items()}
    records = []
    for number in range(1, rounds + 1):
        together = rng.lognormal(0, drift)
        for name, ms in times.items():
            records.append(record(name, number, ms * together * rng.lognormal(0, noise)))
    return cases, records


def fit(
    speedups: Mapping[int, float], environment: Mapping[str, object] = SIXTEEN, **how: float
) -> list[Fit]:
    cases, records = measure(speedups, **how)  # type: ignore[arg-type]
    return scaling.fit(cases, collated(cases, records), environment)


def name_parameters(rows: Sequence[Fit]) -> dict[tuple[str, str], Fit]:
    return {(row.fit, row.parameter): row for row in rows}


def find_chosen(rows: Sequence[Fit]) -> str:
    return " ".join(sorted({row.fit for row in rows if row.chosen}))


# The parameters.


def test_known_parameters_are_found_again() -> None:
    rows = fit(law(SIGMA, KAPPA))
    found = name_parameters(rows)
    assert found["usl", "sigma"].value == pytest.approx(SIGMA, rel=1e-4)
    assert found["usl", "kappa"].value == pytest.approx(KAPPA, rel=1e-4)
    assert found["usl", "peak_workers"].value == pytest.approx(math.sqrt((1 - SIGMA) / KAPPA), rel=1e-4)
    assert found["usl", "sigma"].high - found["usl", "sigma"].low < 1e-5
    assert find_chosen(rows) == "usl"


def test_with_noise_the_intervals_hold_the_truth() -> None:
    found = name_parameters(fit(law(SIGMA, KAPPA), noise=0.02, rounds=20))
    truth = {"sigma": SIGMA, "kappa": KAPPA, "peak_workers": math.sqrt((1 - SIGMA) / KAPPA)}
    for parameter, value in truth.items():
        row = found["usl", parameter]
        assert row.low < row.value < row.high
        assert row.low < value < row.high
        assert row.value == pytest.approx(value, rel=0.3)


def test_of_many_runs_nearly_all_hold_the_truth_in_their_intervals() -> None:
    runs = [name_parameters(fit(law(SIGMA, KAPPA), noise=0.03, rounds=10, seed=seed)) for seed in range(40)]
    for parameter, value in (("sigma", SIGMA), ("kappa", KAPPA)):
        rows = [found["usl", parameter] for found in runs]
        assert 34 <= sum(row.low <= value <= row.high for row in rows) <= 40
        assert np.median([row.value for row in rows]) == pytest.approx(value, rel=0.1)


def test_more_rounds_make_narrower_intervals() -> None:
    rows = [name_parameters(fit(law(SIGMA), noise=0.03, rounds=n))["amdahl", "sigma"] for n in (6, 24, 96)]
    widths = [row.high - row.low for row in rows]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 2 * widths[2]


def test_what_slows_a_whole_round_down_does_not_make_intervals_wider() -> None:
    """Speed-ups are paired by round, and rounds are drawn whole."""
    row = name_parameters(fit(law(SIGMA), drift=0.3))["amdahl", "sigma"]
    assert (row.value, row.low, row.high) == pytest.approx((SIGMA,) * 3, rel=1e-3)


@given(st.floats(0, 1), st.floats(0, 0.1), st.sampled_from([COUNTS, (1, 2, 3, 4), (2, 8, 32, 128)]))
def test_any_parameters_are_found_again(sigma: float, kappa: float, counts: tuple[int, ...]) -> None:
    workers = np.array(counts, dtype=float)
    usl = solve(workers, predict(workers, sigma, kappa), "usl")
    assert usl == pytest.approx([sigma, kappa], abs=1e-6)
    assert solve(workers, predict(workers, sigma), "amdahl") == pytest.approx([sigma], abs=1e-9)


@given(st.lists(st.floats(0.01, 1000), min_size=4, max_size=4), st.sampled_from(["amdahl", "usl"]))
def test_parameters_stay_in_their_ranges_whatever_was_measured(speedups: list[float], name: str) -> None:
    sigma, *kappas = solve(np.array([1.0, 2.0, 4.0, 8.0]), np.array(speedups), name)
    assert 0 <= sigma <= 1
    assert all(0 <= kappa < math.inf for kappa in kappas)
    assert len(kappas) == len(PARAMETERS[name]) - 1


@pytest.mark.parametrize("name", list(PARAMETERS))
@pytest.mark.parametrize(("sigma", "kappa"), [(0.05, 0.001), (0.3, 0.0), (0.0, 0.02), (0.97, 0.01)])
def test_the_solution_is_that_of_scipys_curve_fit(name: str, sigma: float, kappa: float) -> None:
    workers = np.array(COUNTS, dtype=float)
    speedups = predict(workers, sigma, kappa) * np.random.default_rng(1).lognormal(0, 0.05, len(COUNTS))

    def time(workers: np.ndarray, *parameters: float) -> np.ndarray:
        return 1 / predict(workers, *parameters)

    count = len(PARAMETERS[name])
    bounds = ([0.0] * count, [1.0, np.inf][:count])
    start = [0.5, 0.5][:count]
    expected, _ = curve_fit(time, workers, 1 / speedups, start, sigma=1 / speedups, bounds=bounds, xtol=1e-12)
    assert solve(workers, speedups, name) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("excess", [1.0, 1.1])
def test_work_that_scales_with_the_workers_or_better_has_no_serial_share(excess: float) -> None:
    rows = fit({count: count * excess ** math.log2(count) for count in COUNTS})
    assert name_parameters(rows)["amdahl", "sigma"].value == pytest.approx(0, abs=1e-6)
    assert find_chosen(rows) == "amdahl"
    assert ("usl", "peak_workers") not in name_parameters(rows)


def test_the_simpler_model_is_chosen_unless_more_workers_certainly_cost_more() -> None:
    rows = fit(law(SIGMA), noise=0.02)
    assert find_chosen(rows) == "amdahl"
    assert name_parameters(rows)["usl", "kappa"].low == pytest.approx(0, abs=1e-6)


def test_a_peak_that_nothing_bounds_has_no_upper_end() -> None:
    found = [name_parameters(fit(law(SIGMA), noise=0.02, seed=seed)) for seed in range(10)]
    peaks = [each["usl", "peak_workers"] for each in found if ("usl", "peak_workers") in each]
    assert peaks
    assert all(math.isfinite(row.value) and row.high == math.inf for row in peaks)


def test_where_more_workers_are_slower_the_peak_is_among_what_was_measured() -> None:
    rows = fit(law(0.05, 0.02), noise=0.02)
    peak = name_parameters(rows)["usl", "peak_workers"]
    assert find_chosen(rows) == "usl"
    assert 6 < peak.low < peak.value < peak.high < 8


def test_a_peak_is_not_below_one_worker() -> None:
    found = name_parameters(fit(law(1.0, 0.5), noise=0.01))
    assert found["usl", "peak_workers"].value == 1


# Refusals.


@pytest.mark.parametrize("constant", [1.0, 3.0, 0.5])
@pytest.mark.parametrize("noise", [0.0, 0.03])
def test_a_constant_is_refused(constant: float, noise: float) -> None:
    rows = fit(dict.fromkeys(COUNTS, constant), noise=noise)
    assert [(row.fit, row.parameter, row.reason) for row in rows] == [
        ("amdahl", "", NO_BETTER),
        ("usl", "", NO_BETTER),
    ]
    assert all(math.isnan(number) for row in rows for number in (row.value, row.low, row.high))
    assert find_chosen(rows) == ""


def test_points_that_a_model_tells_only_once_it_was_fitted_to_them_are_refused() -> None:
    """In sample both models are nearer to these points than any constant is."""
    assert {row.reason for row in fit({1: 1.0, 2: 1.5, 4: 3.0, 8: 1.5})} == {NO_BETTER}


@pytest.mark.parametrize(
    ("counts", "cores", "reason"),
    [
        ((1, 2, 4), 16, "3 worker counts (1, 2, 4) up to the 16 cores of this machine, a fit needs 4"),
        ((1, 2, 3, 4), 2, "2 worker counts (1, 2) up to the 2 cores of this machine, a fit needs 4"),
        ((1, 2, 3, 4), 1, "1 worker count (1) up to the 1 core of this machine, a fit needs 4"),
        ((8, 12, 16), 4, "0 worker counts up to the 4 cores of this machine, a fit needs 4"),
    ],
)
def test_fewer_than_four_worker_counts_are_refused(counts: tuple[int, ...], cores: int, reason: str) -> None:
    rows = fit(law(SIGMA, counts=counts), {"usable_cores": cores})
    assert [row.reason for row in rows] == [reason, reason]
    assert {row.points for row in rows} == {sum(count <= cores for count in counts)}


def test_four_worker_counts_are_enough() -> None:
    assert find_chosen(fit(law(SIGMA, counts=(1, 2, 4, 8)))) == "amdahl"


def test_more_workers_than_cores_do_not_count() -> None:
    more = law(SIGMA, KAPPA) | {24: 1.0, 32: 0.5}
    assert fit(more) == fit(law(SIGMA, KAPPA))
    assert {(row.first, row.last, row.points) for row in fit(more)} == {(1, 16, 8)}


def test_where_nobody_knows_the_cores_there_is_no_fit() -> None:
    rows = fit(law(SIGMA), {})
    assert {row.reason for row in rows} == {"environment.json does not say how many cores this machine has"}


@pytest.mark.parametrize(("rounds", "spelled"), [(4, "4 rounds"), (1, "1 round")])
def test_fewer_than_five_rounds_are_refused(rounds: int, spelled: str) -> None:
    reason = f"{spelled} that all worker counts have in common, an interval needs 5"
    assert {row.reason for row in fit(law(SIGMA), rounds=rounds)} == {reason}
    assert find_chosen(fit(law(SIGMA), rounds=5)) == "amdahl"


@pytest.mark.parametrize("name", ["steady 4", "sequential"])
def test_only_rounds_that_all_worker_counts_have_in_common_count(name: str) -> None:
    cases, records = measure(law(SIGMA))
    kept = [each for each in records if each.case != name or each.round > 8]
    rows = scaling.fit(cases, collated(cases, kept), SIXTEEN)
    assert {row.reason for row in rows} == {
        "4 rounds that all worker counts have in common, an interval needs 5"
    }


def test_runs_of_another_phase_and_of_round_0_do_not_count() -> None:
    cases, records = measure(law(SIGMA), noise=0.02)
    expected = scaling.fit(cases, collated(cases, records), SIXTEEN)
    for number, phase in ((13, "memory"), (0, "time")):
        others = [record(each.id, number, 1.0, phase=phase) for each in cases]
        assert scaling.fit(cases, collated(cases, [*records, *others]), SIXTEEN) == expected


def test_a_case_of_which_a_run_failed_is_no_point() -> None:
    cases, records = measure(law(SIGMA))
    failed = Record(case="steady 4", round=13, order=1, status="crashed", reason="because")
    rows = scaling.fit(cases, collated(cases, [*records, failed]), SIXTEEN)
    assert {row.points for row in rows} == {len(COUNTS) - 1}


def test_lines_without_any_measured_case_copies_and_baselines_are_not_fitted() -> None:
    cases, records = measure(law(SIGMA))
    others = [
        case("sequential", id="none", workers=1, baseline=""),
        case("steady", id="steady 4 copy=2", workers=4, copy=2, baseline="steady 4"),
        case("unmeasured", workers=4),
    ]
    records += [record("steady 4 copy=2", number) for number in range(1, 13)]
    rows = scaling.fit([*cases, *others], collated([*cases, *others], records), SIXTEEN)
    assert {(row.model, row.points) for row in rows} == {("steady", len(COUNTS))}


def test_other_arguments_make_another_line_with_its_own_baseline() -> None:
    cases, records = measure(law(0.02))
    later, more = measure(law(0.2))
    renamed = [
        case(
            each.model,
            id=f"long {each.id}",
            workers=each.workers,
            arguments={"limit": 20},
            baseline="long sequential",
        )
        for each in later
    ]
    slower = [record(f"long {each.case}", each.round, (each.elapsed_ns or 0) / 1e6 * 3) for each in more]
    rows = scaling.fit([*cases, *renamed], collated([*cases, *renamed], [*records, *slower]), SIXTEEN)
    sigmas = {row.arguments: row.value for row in rows if (row.fit, row.parameter) == ("amdahl", "sigma")}
    assert sigmas == pytest.approx({"limit=10": 0.02, "limit=20": 0.2}, rel=1e-4)


# fits.csv


def make_table(speedups: Mapping[int, float], question: Question = QUESTION) -> pd.DataFrame:
    cases, records = measure(speedups)
    return fits.fit(cases, {"late": question}, collated(cases, records), SIXTEEN)


def test_the_table_has_a_row_a_parameter_or_refusal() -> None:
    table = make_table(law(SIGMA, KAPPA))
    assert tuple(table.columns) == fits.COLUMNS
    assert list(zip(table["fit"], table["parameter"], table["chosen"], strict=True)) == [
        ("amdahl", "sigma", False),
        ("usl", "sigma", True),
        ("usl", "kappa", True),
        ("usl", "peak_workers", True),
    ]
    shared = table[["study", "workload", "language", "runtime", "model", "arguments", "reason"]]
    assert shared.drop_duplicates().to_numpy().tolist() == [
        ["late", "late", "fake", "fake-1", "steady", "limit=10", ""]
    ]


def test_only_studies_that_ask_for_fits_have_them_and_only_of_their_own_cases() -> None:
    assert make_table(law(SIGMA), Question("why?", "scaling")).empty
    cases, records = measure(law(SIGMA))
    table = fits.fit(cases, {"other": QUESTION}, collated(cases, records), SIXTEEN)
    assert table.empty
    assert tuple(table.columns) == fits.COLUMNS


def test_an_unknown_fit_is_a_clear_message() -> None:
    with pytest.raises(HarnessError, match=r"fit 'magic' of study 'late': expected one of .*scaling"):
        make_table(law(SIGMA), Question("why?", "scaling", ["magic"]))


@pytest.mark.parametrize("speedups", [law(SIGMA, 0.00001), law(SIGMA, counts=(1, 2)), {}])
def test_the_table_is_read_as_it_was_written(tmp_path: Path, speedups: dict[int, float]) -> None:
    table = make_table(speedups)
    Run(tmp_path).write_table("fits.csv", table)
    pd.testing.assert_frame_equal(fits.read(tmp_path / "fits.csv"), table)


def test_infinity_is_read_as_it_was_written(tmp_path: Path) -> None:
    row = Fit(
        "late", "fake", "fake-1", "steady", "", "usl", "peak_workers", 9.5, 8.5, math.inf, 8, 1, 16, True
    )
    Run(tmp_path).write_table("fits.csv", fits.tabulate([("late", *row)]))
    assert fits.read(tmp_path / "fits.csv")["high"].tolist() == [math.inf]


def test_a_run_folder_from_before_there_were_fits_has_none(tmp_path: Path) -> None:
    assert fits.read(tmp_path / "fits.csv").empty


def test_an_older_plan_has_the_fits_that_its_studies_are_declared_with() -> None:
    studies = {"speedup": Question("why?", "scaling"), "gone": Question("why?", "scaling")}
    plan = Plan(
        schema_version=1, run="r", seed=1, quick=False, effort=FULL, sources="", studies=studies, cases=[]
    )
    migrated = migrate(plan)
    assert migrated.schema_version == SCHEMA_VERSION
    assert {name: study.fits for name, study in migrated.studies.items()} == {
        "speedup": ["scaling"],
        "gone": [],
    }


# The chart.

TRUTH = {
    ("python", "threads"): (1.0, 0.0),
    ("python", "coroutines"): (1.0, 0.0),
    ("python", "processes"): (0.08, 0.0),
    ("python", "interpreters"): (0.1, 0.01),
    ("go", "goroutines"): (0.02, 0.0),
    ("go", "pool"): (0.03, 0.004),
    ("cpp", "threads"): (0.01, 0.0),
    ("cpp", "async"): (0.05, 0.001),
}
MACHINES: dict[str, tuple[int, list[int | str], list[str]]] = {
    "eight worker counts": (16, [*COUNTS], []),
    "as declared, sixteen cores": (16, [], []),
    "as declared, sixty-four cores": (64, [], []),
    "as declared, two cores": (2, [], []),
    "several Pythons": (16, [*COUNTS], [runner.runtime for runner in RUNNERS]),
}


def make_run(cores: int, workers: list[int | str], runtimes: list[str]) -> tuple[list[Case], list[Record]]:
    """Make up a run of the study of speed-up, in which the cores are what more workers share."""
    declared = DECLARATIONS.studies["speedup"]
    if workers:
        sweep = Sweep(workload="primes", size="default", workers=workers)
        declared = declared.model_copy(update={"sweeps": [sweep]})
    declarations = DECLARATIONS.model_copy(update={"studies": {"speedup": declared}})
    filters = Filters(study=["speedup"], runtime=runtimes)
    cases = make_plan(declarations, RUNNERS, filters, quick=False, cores=cores)
    rng = np.random.default_rng(3)
    records = []
    for each in cases:
        if each.status != "planned":
            records.append(Record(case=each.id, round=0, order=0, status=each.status, reason=each.reason))
            continue
        count = np.array(float(min(each.workers, cores)))
        ms = 1000 / float(predict(count, *TRUTH.get((each.language, each.model), (1.0, 0.0))))
        records += [
            record(each.id, number, ms * rng.lognormal(0, 0.02), result=each.result, units=each.units)
            for number in range(1, 11)
        ]
    return cases, records


def make_chart(cores: int, workers: list[int | str], runtimes: list[str]) -> ChartedStudy:
    cases, records = make_run(cores, workers, runtimes)
    runs = collated(cases, records)
    summary = summarise(cases, runs, FULL.precision).assign(marks="")
    found = fits.fit(cases, {"speedup": QUESTION}, runs, {"usable_cores": cores})
    return make_study("speedup", summary)._replace(fits=found)


@pytest.mark.parametrize("asked", [["scaling"], []])
def test_summarise_always_writes_fits_and_the_charts_get_them(tmp_path: Path, asked: list[str]) -> None:
    cases, records = make_run(*MACHINES["as declared, two cores"])
    studies = {"speedup": Question("why?", "scaling", asked)}
    run = Run(tmp_path)
    plan = Plan(run="r", seed=1, quick=False, effort=FULL, sources="", studies=studies, cases=cases)
    run.write_json("plan.json", plan)
    run.write_json("environment.json", {"usable_cores": 2})
    run.write_table("runs.csv", collated(cases, records))
    summary = write_summary(run)
    header, *rows = (tmp_path / "fits.csv").read_text().splitlines()
    assert header.replace('"', "").split(",") == list(fits.COLUMNS)
    assert bool(rows) == bool(asked)
    (study,) = list_studies(run, summary)
    assert len(study.fits) == len(rows)


@pytest.fixture(scope="module", params=list(MACHINES))
def study(request: pytest.FixtureRequest) -> ChartedStudy:
    return make_chart(*MACHINES[request.param])


@pytest.fixture(scope="module")
def figure(study: ChartedStudy) -> Figure:
    with style.applied():
        drawn = drawing.draw(study)
        FigureCanvasAgg(drawn).draw()  # type: ignore[no-untyped-call]
    return drawn


def list_models(figure: Figure) -> list[Line2D]:
    return [line for axes in figure.axes for line in axes.lines if line.get_gid() == laws.GID]


def list_chosen(study: ChartedStudy) -> list[pd.DataFrame]:
    """List the chosen fits, each with its rows."""
    chosen = study.fits[study.fits["chosen"]]
    return [rows for _, rows in chosen.groupby(["language", "runtime", "model"], sort=False)]


def read(figure: Figure) -> str:
    """All that is written on a figure, however it is broken into lines."""
    return " ".join(" ".join(text.get_text().split()) for text in list_texts(figure))


def test_models_are_solid_where_they_were_fitted_and_dashed_beyond(
    study: ChartedStudy, figure: Figure
) -> None:
    lines = list_models(figure)
    expected = []
    for rows in list_chosen(study):
        first, last = rows["first"].iloc[0], rows["last"].iloc[0]
        expected += [("-", first, last), ("--", last, 2 * last)]
    found = [(line.get_linestyle(), *np.asarray(line.get_xdata(), float)[[0, -1]]) for line in lines]
    assert sorted(found) == sorted(expected)


def test_what_is_drawn_of_a_model_is_what_its_parameters_say(study: ChartedStudy, figure: Figure) -> None:
    solved = [
        [float(rows.set_index("parameter")["value"][name]) for name in PARAMETERS[rows["fit"].iloc[0]]]
        for rows in list_chosen(study)
    ]
    for line in list_models(figure):
        workers, drawn = (np.asarray(data, dtype=float) for data in (line.get_xdata(), line.get_ydata()))
        assert any(np.allclose(predict(workers, *parameters), drawn) for parameters in solved)


def test_models_are_inside_their_panels(figure: Figure) -> None:
    for line in list_models(figure):
        assert line.axes is not None
        box = line.axes.bbox
        pixels = line.get_transform().transform(np.column_stack(line.get_data()))
        assert ((pixels >= [box.x0, box.y0]) & (pixels <= [box.x1, box.y1])).all()


def test_a_model_is_labelled_as_one_with_its_parameters(study: ChartedStudy, figure: Figure) -> None:
    said = read(figure)
    for rows in list_chosen(study):
        numbers = {
            row["parameter"]: [float(laws.spell_number(row[key], 2)) for key in ("value", "low", "high")]
            for row in rows.to_dict("records")
        }
        spelled = [
            f"{symbol} {value:g} [{low:g}, {high:g}]"
            for symbol, (value, low, high) in zip("σκ", numbers.values(), strict=False)
        ]
        name = {"amdahl": "Amdahl", "usl": "USL"}[rows["fit"].iloc[0]]
        assert f"model: {name} {', '.join(spelled)}" in said
    assert (laws.LEGEND in said) == bool(list_chosen(study))


def test_the_first_and_the_last_number_of_workers_stand_below_every_panel(
    study: ChartedStudy, figure: Figure
) -> None:
    assert len(figure.axes) == study.drawn["runtime"].nunique()
    last = max([study.drawn["workers"].max(), *(2 * rows["last"].iloc[0] for rows in list_chosen(study))])
    for axes in figure.axes:
        shown = [tick.get_text() for tick in axes.get_xticklabels() if tick.get_text() and tick.get_visible()]
        assert (shown[0], shown[-1]) == ("1", f"{last:g}")


def test_refusals_are_told_once_a_reason(study: ChartedStudy, figure: Figure) -> None:
    said = read(figure)
    refused = study.fits[study.fits["reason"] != ""]
    for reason in set(refused["reason"]):
        assert said.count(reason) == 1


def test_on_two_cores_nothing_but_the_reason_is_there() -> None:
    study = make_chart(*MACHINES["as declared, two cores"])
    sentence = "2 worker counts (1, 2) up to the 2 cores of this machine, a fit needs 4"
    with style.applied():
        figure = drawing.draw(study)
    assert f"no scaling model: {sentence}" in read(figure)
    assert list_models(figure) == []
    assert describe(study).endswith(f"\nNo scaling model: {sentence}.\n")


def test_lines_that_are_refused_are_named_where_others_are_not() -> None:
    study = make_chart(*MACHINES["eight worker counts"])
    assert laws.list_refusals(study) == [f"no scaling model of Python threads, Python asyncio: {NO_BETTER}"]


def test_a_line_of_which_one_model_is_drawn_is_not_said_to_have_none() -> None:
    study = make_chart(*MACHINES["eight worker counts"])
    line = ("primes", "go", "go-1.26", "pool", "")
    refused = Fit(*line, "amdahl", reason=NO_BETTER)
    others = [Fit(*line, "usl", "sigma", 0.1, 0.1, 0.1, 8, 1, 16, chosen) for chosen in (True, False)]
    told = [
        laws.list_refusals(study._replace(fits=fits.tabulate([("speedup", *refused), ("speedup", *other)])))
        for other in others
    ]
    assert told == [[], [f"no scaling model: {NO_BETTER}"]]


def test_the_page_has_every_fit_with_its_parameters() -> None:
    study = make_chart(*MACHINES["eight worker counts"])
    lines = [line for line in describe(study).splitlines() if "| Amdahl |" in line or "| USL |" in line]
    accepted = study.fits[study.fits["reason"] == ""]
    assert len(lines) == len(accepted[["runtime", "model", "fit"]].drop_duplicates())
    assert sum(line.endswith("| drawn |") for line in lines) == len(list_chosen(study)) == 6
    (pool,) = (line for line in lines if line.startswith("| primes: Go goroutine pool | USL |"))
    row = accepted[(accepted["model"] == "pool") & (accepted["parameter"] == "peak_workers")].iloc[0]
    assert f"| {row['value']:.3g} [{row['low']:.3g}, {row['high']:.3g}] workers | 8 | drawn |" in pool


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        (0.0, "0"),
        (1e-9, "0"),
        (0.0000234, "0.000023"),
        (0.049, "0.049"),
        (0.1, "0.1"),
        (1.0, "1"),
        (math.inf, "∞"),
    ],
)
def test_numbers_are_spelled_without_powers_of_ten(value: float, spelled: str) -> None:
    assert laws.spell_number(value, 2) == spelled


def test_a_study_without_fits_is_drawn_as_ever() -> None:
    study = make_chart(*MACHINES["eight worker counts"])._replace(fits=fits.NO_FITS)
    with style.applied():
        figure = drawing.draw(study)
    assert list_models(figure) == []
    assert "model" not in read(figure)
    assert "model of" not in describe(study)
