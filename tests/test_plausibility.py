"""plausibility: every rule, on figures that must trip it and on figures that must not."""

from __future__ import annotations

import math
import random

import pytest

from harness.calibrate import Calibration, Speed
from harness.declare import declare
from harness.plan import Case
from harness.plausibility import MEANINGS, RULES, Evidence, add_marks, find_marks
from harness.records import Record
from harness.summarise import summarise
from tests.samples import MS, case, collated, record
from tests.tree import FAKE

MACHINE = Calibration(parallel_speed=[Speed(1, 1.0, 1.0), Speed(2, 1.9, 1.95)], clock_step_ns=20)
SPEEDUP = {"speedup_median": 2.5, "speedup_low": 2.4, "speedup_high": 2.6}
SERVED = {"workers": 50, "units": 200, "elapsed_ns_median": 1e9, "throughput_per_s_median": 200}
CPU = {"user_ns_median": 2e8, "system_ns_median": 1e8, "elapsed_ns_median": 1e9}


def evidence(kind: str = "cpu", **changes: object) -> Evidence:
    fields = {"kind": kind, "limit": 1.95, "locked": False, "precision": 0.02, "clock_step_ns": 20, "row": {}}
    return Evidence(**(fields | changes))  # type: ignore[arg-type]


def drifting(count: int, share: float) -> list[float]:
    """Times that become longer by a share of the first over so many rounds, with 1 % of noise."""
    noise = random.Random(1)
    return [1e8 * (1 + share * i / (count - 1)) * (1 + noise.gauss(0, 0.01)) for i in range(count)]


def in_flight(peak: float, **row: float) -> Evidence:
    return evidence("io", row={**SERVED, "fixture_server_in_flight_peak_median": peak, **row})


def latency(mean_ms: float, **row: float) -> Evidence:
    return evidence("io", row={**SERVED, "metric_latency_mean_ns_median": mean_ms * MS, **row})


def served(cpu_ns: float) -> Evidence:
    return evidence("io", row={**CPU, "fixture_server_cpu_ns_median": cpu_ns})


TRIPPED = [
    ("super_ideal", evidence(row=SPEEDUP), "2.50 times as fast [2.40, 2.60], where 1.95 times is all"),
    ("super_ideal", evidence("io", row={**SPEEDUP, "workers": 2}), "where 2.00 times is all that can be had"),
    ("scales_under_lock", evidence(row=SPEEDUP, locked=True, limit=16), "2.50 times as fast, where one lock"),
    ("unseen_concurrency", in_flight(44), "server saw 44 in flight at most, 50 are declared"),
    ("unseen_concurrency", in_flight(51), "server saw 51 in flight at most, 50 are declared"),
    ("littles_law", latency(120), "says 24.0 in flight on average, 50 are declared"),
    ("littles_law", latency(300), "says 60.0 in flight on average, 50 are declared"),
    ("busy_server", served(8.1e8), "server was busy 81% of a core"),
    ("heavy_server", served(3.3e8), "server used 1.10 times its clients' processor time"),
    ("swapping", evidence(swapped_bytes=[0, 3 << 20, 1 << 20]), "4 MiB were swapped during 2 of its runs"),
    ("drift", evidence(elapsed_ns=drifting(10, 0.2)), "its last rounds took +1"),
    ("drift", evidence(elapsed_ns=drifting(10, 0.2)[::-1]), "its last rounds took -1"),
    (
        "coarse_clock",
        evidence(row={"elapsed_ns_median": 19_000}),
        "it took 950 steps of this machine's clock",
    ),
]

SOUND = [
    ("super_ideal", evidence(row=SPEEDUP, limit=2.4), "within what the machine gives"),
    ("super_ideal", evidence(row={**SPEEDUP, "speedup_low": 1.9}), "it may well be within"),
    ("super_ideal", evidence("io", row={**SPEEDUP, "workers": 10}), "waits overlap: cores are no limit"),
    ("super_ideal", evidence(row=SPEEDUP, limit=math.inf), "not calibrated"),
    ("super_ideal", evidence(), "nothing to compare with"),
    ("scales_under_lock", evidence(row=SPEEDUP), "no lock"),
    ("scales_under_lock", evidence("io", row=SPEEDUP, locked=True), "waits overlap under a lock, too"),
    ("scales_under_lock", evidence(row={"speedup_low": 1.05}, locked=True), "noise"),
    ("unseen_concurrency", in_flight(45), "most of them"),
    ("unseen_concurrency", in_flight(50), "all of them"),
    ("unseen_concurrency", in_flight(10, units=10), "there were no more units"),
    ("unseen_concurrency", evidence("io", row=SERVED), "no server"),
    ("littles_law", latency(240), "48 of 50"),
    ("littles_law", evidence("io", row=SERVED), "no latency"),
    ("busy_server", served(7.9e8), "busy, but not the bottleneck"),
    ("busy_server", evidence("io", row=CPU), "no server"),
    ("heavy_server", served(2.9e8), "lighter than its clients"),
    (
        "heavy_server",
        evidence("io", row={**CPU, "user_ns_median": 1e6, "fixture_server_cpu_ns_median": 4e7}),
        "it is merely awake",
    ),
    ("swapping", evidence(swapped_bytes=[0, 0]), "nothing swapped"),
    ("drift", evidence(elapsed_ns=drifting(10, 0.0)), "noise only"),
    ("drift", evidence(elapsed_ns=drifting(10, 0.03)), "less than what counts"),
    ("drift", evidence(elapsed_ns=drifting(5, 0.5)), "too few rounds to tell"),
    ("drift", evidence(elapsed_ns=[1e8] * 10), "no change at all"),
    ("coarse_clock", evidence(row={"elapsed_ns_median": 21_000}), "long enough"),
]


@pytest.mark.parametrize(("rule", "found", "sentence"), TRIPPED)
def test_what_is_not_plausible_is_said_with_its_figures(rule: str, found: Evidence, sentence: str) -> None:
    assert sentence in RULES[rule](found)


@pytest.mark.parametrize(("rule", "found", "why"), SOUND)
def test_what_is_plausible_is_left_in_peace(rule: str, found: Evidence, why: str) -> None:
    assert RULES[rule](found) == "", why


def test_every_rule_is_tripped_left_in_peace_and_explained() -> None:
    assert {rule for rule, *_ in TRIPPED} == {rule for rule, *_ in SOUND} == set(RULES) == set(MEANINGS)


def marked(cases: list[Case], records: list[Record]) -> dict[str, str]:
    """Which rules marked which case, from records on."""
    runs = collated(cases, records)
    summary = summarise(cases, runs, {"cpu": 0.02})
    marks = find_marks(cases, summary, runs, declare(FAKE / "harness"), MACHINE)
    return dict(zip(summary["case"], add_marks(summary, marks)["marks"], strict=True))


def test_rows_of_a_run_are_marked() -> None:
    cases = [case("sequential", workers=1), case("steady"), case("waiting"), case("failing")]
    records = [record("sequential", i, 100 + i / 10) for i in range(1, 7)]
    records += [record("steady", i, 50 + i / 10) for i in range(1, 7)]
    records += [record("waiting", i, 20 + i, swapped_bytes=4096) for i in range(1, 7)]
    records += [record("failing", 1, status="failed", reason="because")]
    assert marked(cases, records) == {
        "sequential": "",
        "steady": "",
        "waiting": "super_ideal swapping drift",
        "failing": "",
    }


def test_a_lock_is_declared_by_language_runtime_and_model() -> None:
    """The fake models that share a lock are those whose declaration says so, on runtimes that have one."""
    declarations = declare(FAKE / "harness")
    fake = declarations.languages["fake"]
    models = {**fake.models, "steady": fake.models["steady"].model_copy(update={"under_lock": True})}
    locked = fake.model_copy(update={"lock": "fake-1", "models": models})
    declarations = declarations.model_copy(update={"languages": {**declarations.languages, "fake": locked}})
    cases = [
        case("sequential", workers=1),
        case("steady"),
        case("waiting"),
        case("steady", id="free", runtime="fake-1t"),
    ]
    records = [record(each.id, i, 60 if each.workers == 2 else 100) for each in cases for i in range(1, 7)]
    runs = collated(cases, records)
    summary = summarise(cases, runs, {"cpu": 0.02})
    marks = find_marks(cases, summary, runs, declarations, MACHINE)
    assert marks[["case", "rule"]].to_numpy().tolist() == [["steady", "scales_under_lock"]]


def test_a_run_without_anything_to_mark_has_an_empty_column() -> None:
    assert marked([case("steady")], [record("steady", i) for i in range(1, 4)]) == {"steady": ""}
