"""fits: the law's parameters and slopes are found again where they are known; where there is nothing to fit, why."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.analyse.fits import fit_all, predict, solve
from harness.plan.cases import Case, Comparison
from harness.plan.declarations import Fit
from harness.store.records import Record
from tests.samples import FAKES, case, collated, record

USL = Fit(law="usl")
SLOPE = Fit(law="slope", x="held", y="work_bytes", parameter="bytes_per_connection")
ALONE = case("sequential", id="alone", workers=1)


def speed_up(workers: int, sigma: float, kappa: float) -> float:
    return workers / (1 + sigma * (workers - 1) + kappa * workers * (workers - 1))


def scaling(
    counts: Sequence[int],
    sigma: float,
    kappa: float,
    *,
    rounds: int = 12,
    noise: float = 0.005,
    seed: int = 1,
) -> tuple[list[Case], list[Record]]:
    """Cases on so many workers whose speed-up over `alone` is that of the law."""
    draw = random.Random(seed)
    cases = [ALONE, *(case(id=f"on {count}", workers=count) for count in counts)]
    records = []
    for number in range(1, rounds + 1):
        weather = 1 + draw.uniform(-0.2, 0.2)  # of the whole round: it is in no ratio
        records.append(record("alone", number, 100 * weather))
        for count in counts:
            time = 100 / speed_up(count, sigma, kappa) * math.exp(draw.gauss(0, noise)) * weather
            records.append(record(f"on {count}", number, time, order=2))
    return cases, records


def fitted(cases: Sequence[Case], records: Sequence[Record], fit: Fit = USL, cores: int = 8) -> pd.DataFrame:
    comparisons = [Comparison(each.id, "alone") for each in cases if each.id != "alone"]
    return fit_all([fit], cases, comparisons, collated(cases, records), FAKES.workloads, cores)


def reason(*arguments: object, **changes: object) -> str:
    (row,) = fitted(*arguments, **changes).to_dict("records")  # type: ignore[arg-type]
    assert row["parameter"] == ""
    assert math.isnan(row["value"])
    return str(row["reason"])


# The law.


@given(st.floats(0, 0.9), st.floats(0, 0.1))
def test_without_noise_the_law_is_found_exactly(sigma: float, kappa: float) -> None:
    counts = np.array([1.0, 2.0, 3.0, 4.0, 8.0])
    found = solve(counts, np.log(predict(counts, sigma, kappa)))
    assert found == pytest.approx((sigma, kappa), abs=1e-9)


@pytest.mark.parametrize(("sigma", "kappa"), [(0.05, 0.0), (0.1, 0.01), (0.4, 0.0), (0.02, 0.03)])
def test_known_parameters_are_recovered_within_their_intervals(sigma: float, kappa: float) -> None:
    table = fitted(*scaling([1, 2, 4, 8], sigma, kappa)).set_index("parameter")
    assert list(table.index) == ["sigma", "kappa"]
    for name, value in (("sigma", sigma), ("kappa", kappa)):
        row = table.loc[name]
        assert row["value"] == pytest.approx(value, abs=0.02)
        assert row["low"] <= row["value"] <= row["high"]
        assert row["low"] - 0.003 <= value <= row["high"] + 0.003
    assert (row["points"], row["first"], row["last"]) == (4, 1, 8)
    assert tuple(row[["workload", "language", "model", "runtime"]]) == ("late", "fake", "steady", "fake-1")


def test_parameters_stay_where_they_mean_something() -> None:
    """Better than ideal, by noise: no share is negative."""
    table = fitted(*scaling([1, 2, 4, 8], -0.02, 0.0))
    assert (table["value"] >= 0).all()
    assert (table["low"] >= 0).all()


def test_beyond_the_cores_nothing_is_fitted() -> None:
    table = fitted(*scaling([1, 2, 3, 4, 8, 16], 0.1, 0.0), cores=4)
    assert set(table["points"]) == {4}
    assert set(table["last"]) == {4}


def test_too_few_worker_counts_are_a_reason() -> None:
    expected = "3 numbers of workers up to the 2 cores of this machine, a fit needs 4"
    assert reason(*scaling([1, 2, 4], 0.1, 0.0), cores=8) == expected.replace("2 cores", "8 cores")
    assert "2 numbers of workers up to the 2 cores" in reason(*scaling([1, 2, 4, 8], 0.1, 0.0), cores=2)


def test_too_few_shared_rounds_are_a_reason() -> None:
    assert (
        reason(*scaling([1, 2, 4, 8], 0.1, 0.0, rounds=4))
        == "4 rounds that all worker counts share, a fit needs 5"
    )


def test_rounds_are_shared_only_where_every_worker_count_has_them() -> None:
    """One case has the first rounds, another one the last ones."""
    cases, records = scaling([1, 2, 4, 8], 0.1, 0.0, rounds=12)
    kept = [
        each
        for each in records
        if not (each.case == "on 2" and each.round > 7) and not (each.case == "on 4" and each.round < 5)
    ]
    assert reason(cases, kept) == "3 rounds that all worker counts share, a fit needs 5"


def test_what_does_not_scale_is_not_called_a_law() -> None:
    assert reason(*scaling([1, 2, 4, 8], 1.0, 0.0)) == "the fit is no better than a constant"


def test_what_is_compared_with_nothing_is_not_fitted() -> None:
    cases, records = scaling([1, 2, 4, 8], 0.1, 0.0)
    assert fit_all([USL], cases, [], collated(cases, records), FAKES.workloads, 8).empty


# The line.


def weigh(
    counts: Sequence[int], weight: float, *, noise: float = 1000, runs: int = 3
) -> tuple[list[Case], list[Record]]:
    draw = random.Random(4)
    cases = [case(id=f"on {count}", workers=count) for count in counts]
    records = [
        record(
            f"on {count}",
            number,
            phase="memory",
            elapsed_ns=None,
            wall_ns=None,
            idle_bytes=1000,
            peak_bytes=round(1000 + 50_000 + weight * count + draw.gauss(0, noise)),
            fixture={"held": float(count)},
        )
        for count in counts
        for number in range(1, runs + 1)
    ]
    return cases, records


def test_a_slope_is_found_with_its_interval() -> None:
    table = fitted(*weigh([100, 250, 500, 1000], 33_000), SLOPE).set_index("parameter")
    row = table.loc["bytes_per_connection"]
    assert row["low"] < 33_000 < row["high"]
    assert row["value"] == pytest.approx(33_000, rel=0.001)
    assert table.loc["intercept", "value"] == pytest.approx(50_000, abs=5000)
    assert (row["law"], row["points"], row["first"], row["last"]) == ("slope", 4, 100, 1000)


def test_a_level_line_is_a_slope_of_nothing() -> None:
    row = fitted(*weigh([100, 250, 500, 1000], 0), SLOPE).set_index("parameter").loc["bytes_per_connection"]
    assert row["low"] < 0 < row["high"]


def test_what_is_no_line_is_a_reason() -> None:
    sizes = {1: 0, 2: 10**6, 3: 10**6 + 10, 1000: 15 * 10**5}
    curve = [
        record(
            f"on {count}",
            number,
            phase="memory",
            elapsed_ns=None,
            wall_ns=None,
            idle_bytes=0,
            peak_bytes=size,
            fixture={"held": float(count)},
        )
        for count, size in sizes.items()
        for number in range(1, 9)
    ]
    cases = [case(id=f"on {count}", workers=count) for count in sizes]
    assert reason(cases, curve, SLOPE).startswith("a straight line tells only ")


def test_two_places_are_no_line() -> None:
    assert reason(*weigh([100, 250], 33_000), SLOPE) == "measured at 2 places only, a line needs 3"


def test_what_was_not_measured_has_no_fit() -> None:
    assert fitted([ALONE], [record("alone", 1)], SLOPE).empty
    assert fitted([ALONE], [record("alone", 1, status="failed", elapsed_ns=None)]).empty
