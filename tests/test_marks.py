"""marks: every rule, on figures that must trip it and on figures that must not."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import pandas as pd
import pytest
from msgspec.structs import replace

from harness.analyse.comparisons import compare_cases
from harness.analyse.marks import (
    DISTURBED_RULE,
    RULES,
    Evidence,
    add_marks,
    find_disturbed,
    find_marks,
    find_notes,
)
from harness.analyse.summarise import summarise
from harness.machine.calibrate import Calibration, Speed
from harness.plan.cases import Case, Comparison
from harness.plan.declarations import Declarations
from harness.store.records import Record
from tests.samples import EFFORT, FAKES, case, collated, record, workload

MACHINE = Calibration(parallel_speed=[Speed(1, 1.0, 1.0), Speed(2, 1.9, 1.95)], clock_step_ns=20)
CPU = {"user_ns": 2e8, "system_ns": 1e8, "elapsed_ns": 1e9}
QUIET = [100.0 + 0.1 * (i % 5) for i in range(10)]


def evidence(kind: str = "cpu", workers: int = 2, **changes: object) -> Evidence:
    fields: dict[str, object] = {"values": {}, "case": case(workers=workers), "kind": kind}
    fields |= {"ratio_low": math.nan, "limit": 1.95, "locked": False, "precision": 0.02, "clock_step_ns": 20}
    return Evidence(**(fields | changes))  # type: ignore[arg-type]


def drifting(count: int, share: float) -> list[float]:
    """Times that become longer by a share of the first over so many rounds, with 1 % of noise."""
    noise = random.Random(1)
    return [100 * (1 + share * i / (count - 1)) * (1 + noise.gauss(0, 0.01)) for i in range(count)]


def waiting(seen: float, workers: int = 50, rate: float = 4500, wait_ns: float = 1e7) -> Evidence:
    return evidence("io", workers, in_flight=seen, wait_ns=wait_ns, values={"throughput_per_s": rate})


def served(cpu_ns: float, **values: float) -> Evidence:
    return evidence("io", values={**CPU, **values}, server_cpu_ns=cpu_ns)


def judged(*sessions: Sequence[float], cases: int = 1) -> Evidence:
    return evidence(judged=sessions, cases=cases)


TWO_GROUPS = [100, 101, 102, 103, 104, 120, 121, 122, 123, 124]

TRIPPED = [
    ("superlinear", evidence(ratio_low=2.4), "at least 2.40 times as fast, where 1.95 times is all"),
    ("superlinear", evidence("io", 2, ratio_low=2.4), "where 2.00 times is all that can be had"),
    (
        "scales_under_lock",
        evidence(ratio_low=1.2, locked=True),
        "at least 1.20 times as fast, where one lock",
    ),
    ("few_in_flight", waiting(40), "40 were seen in flight, the throughput needs 45"),
    ("few_in_flight", waiting(8, workers=10), "8 were seen in flight, the throughput needs 10"),
    ("busy_server", served(8.1e8), "server was busy 81% of a core"),
    ("heavy_server", served(3.3e8), "server used 1.10 times its clients' processor time"),
    ("swapping", evidence(swapped_bytes=[0, 3 << 20, 1 << 20]), "4 MiB were swapped during 2 of its runs"),
    ("drift", judged(drifting(10, 0.2)), "in session 1 its last rounds gave +1"),
    ("drift", judged(QUIET, drifting(10, 0.2)[::-1]), "in session 2 its last rounds gave -1"),
    ("spread", judged([100, 130] * 5), "the middle half of its values spans 26% of the median"),
    ("spread", judged(QUIET, [100, 130] * 5), "in session 2"),
    ("two_groups", judged(TWO_GROUPS), "in session 1 its values form two groups, 1.20 times apart"),
    ("two_groups", judged(QUIET, [100.0] * 8 + [110.0] * 2), "in session 2 its values form two groups, 1.10"),
    ("coarse_clock", evidence(values={"elapsed_ns": 19_000}), "it took 950 steps of this machine's clock"),
]

SOUND = [
    ("superlinear", evidence(ratio_low=2.0), "within the leeway"),
    ("superlinear", evidence("io", 10, ratio_low=2.4), "waits overlap: cores are no limit"),
    ("superlinear", evidence(ratio_low=2.4, limit=math.inf), "not calibrated"),
    ("superlinear", evidence(), "nothing to compare with"),
    ("scales_under_lock", evidence(ratio_low=1.2), "no lock"),
    ("scales_under_lock", evidence("io", ratio_low=1.2, locked=True), "waits overlap under a lock, too"),
    ("scales_under_lock", evidence(ratio_low=1.05, locked=True), "noise"),
    ("few_in_flight", waiting(41), "most of what the throughput needs"),
    ("few_in_flight", waiting(5, rate=500), "a client too slow for its workers: a note, no doubt"),
    ("few_in_flight", waiting(60), "more in flight than workers is an error of its own, no mark"),
    ("few_in_flight", waiting(0, wait_ns=0), "nothing waits"),
    ("few_in_flight", evidence("io"), "nobody saw anything"),
    ("few_in_flight", waiting(9, workers=10, rate=1e6), "no more than there are workers"),
    ("busy_server", served(7.9e8), "busy, but not the bottleneck"),
    ("busy_server", evidence("io", values=CPU), "no server"),
    ("heavy_server", served(2.9e8), "lighter than its clients"),
    ("heavy_server", served(4e7, user_ns=1e6, system_ns=0), "it is merely awake"),
    ("swapping", evidence(swapped_bytes=[0, 0]), "nothing swapped"),
    ("drift", judged(drifting(10, 0.0)), "noise only"),
    ("drift", judged(drifting(10, 0.03)), "less than what counts"),
    ("drift", judged(drifting(5, 0.5)), "too few rounds to tell"),
    ("drift", judged([1e8] * 10), "no change at all"),
    ("drift", judged(drifting(10, 0.2), cases=1_000_000), "of a million cases some go up by chance"),
    ("spread", judged([100, 108] * 5), "8 %"),
    ("spread", judged([100, 100, 100, 100, 100, 300]), "one round, not half of them"),
    ("spread", judged([100, 200, 300]), "too few rounds to tell"),
    ("two_groups", judged(QUIET), "one group"),
    ("two_groups", judged([*QUIET[:9], 200.0]), "one disturbed round is no group"),
    ("two_groups", judged(list(range(100, 120))), "spread out evenly"),
    ("two_groups", judged([100.0] * 5 + [103.0] * 5), "less than 5 % apart"),
    ("two_groups", judged(TWO_GROUPS[2:9]), "too few rounds to tell"),
    ("coarse_clock", evidence(values={"elapsed_ns": 21_000}), "long enough"),
]


@pytest.mark.parametrize(("rule", "found", "sentence"), TRIPPED)
def test_what_is_not_plausible_is_said_with_its_figures(rule: str, found: Evidence, sentence: str) -> None:
    assert sentence in RULES[rule].look(found)


@pytest.mark.parametrize(("rule", "found", "why"), SOUND)
def test_what_is_plausible_is_left_in_peace(rule: str, found: Evidence, why: str) -> None:
    assert RULES[rule].look(found) == "", why


def test_every_rule_is_tripped_left_in_peace_and_explained() -> None:
    assert {rule for rule, *_ in TRIPPED} == {rule for rule, *_ in SOUND} == set(RULES)
    assert all(rule.meaning for rule in RULES.values())


def test_drift_is_found_by_chance_in_few_of_many_cases() -> None:
    draw = random.Random(2)
    sessions = [[100 * (1 + draw.gauss(0, 0.1)) for _ in range(20)] for _ in range(300)]
    alone = sum(bool(RULES["drift"].look(judged(each))) for each in sessions)
    corrected = sum(bool(RULES["drift"].look(judged(each, cases=300))) for each in sessions)
    assert alone > 0
    assert corrected == 0


# From tables.

ALONE, STEADY, SWAPPING, FAILING = (
    case("sequential", id="alone", workers=1),
    case("steady", id="steady"),
    case("waiting", id="swapping"),
    case("failing", id="failing"),
)


def runs(name: str, middle: float, step: float = 0.05, **changes: object) -> list[Record]:
    return [record(name, number, middle + step * (number % 3), **changes) for number in range(1, 9)]


def marked(
    cases: Sequence[Case], records: Sequence[Record], declarations: Declarations = FAKES
) -> dict[str, tuple[str, str]]:
    """Each case's marks and note, from records on."""
    workloads = declarations.workloads
    table = collated(cases, records, workloads)
    pairs = [Comparison(each.id, "alone") for each in cases if each.id != "alone"]
    compared = compare_cases(cases, pairs if ALONE in cases else [], table, workloads)
    summary = summarise(cases, table, workloads, EFFORT)
    marks = find_marks(cases, summary, table, compared, declarations, MACHINE)
    rows = add_marks(summary, marks, find_notes(cases, summary, declarations)).to_dict("records")
    return {row["case"]: (row["marks"], row["note"]) for row in rows}


def test_rows_of_a_run_are_marked() -> None:
    records = [*runs("alone", 100), *runs("steady", 60), *runs("swapping", 20, swapped_bytes=4096)]
    records += [record("failing", 1, status="failed", reason="because", elapsed_ns=None)]
    assert marked([ALONE, STEADY, SWAPPING, FAILING], records) == {
        "alone": ("", ""),
        "steady": ("", ""),
        "swapping": ("superlinear swapping", ""),
        "failing": ("", ""),
    }


def test_a_program_that_is_faster_on_another_runtime_is_no_speed_up() -> None:
    later = case("sequential", id="later", workers=1, runtime="fake-2")
    assert marked([ALONE, later], [*runs("alone", 100), *runs("later", 50)])["later"] == ("", "")
    same = case("sequential", id="later", workers=1)
    assert marked([ALONE, same], [*runs("alone", 100), *runs("later", 50)])["later"] == ("superlinear", "")


def test_a_run_without_anything_to_mark_has_empty_columns() -> None:
    assert marked([STEADY], runs("steady", 10)) == {"steady": ("", "")}


def lock(**changes: object) -> Declarations:
    fake = replace(FAKES.languages["fake"], lock="fake-1", locked=["steady"])
    return replace(
        FAKES,
        languages={**FAKES.languages, "fake": fake},
        workloads={**FAKES.workloads, "late": workload("late", **changes)},
    )


def test_a_lock_is_declared_by_language_runtime_and_model() -> None:
    free = case("steady", id="free", runtime="fake-1t")
    records = [*runs("alone", 100), *runs("steady", 60), *runs("free", 60), *runs("swapping", 60)]
    cases = [ALONE, STEADY, free, SWAPPING]
    assert {name for name, (marks, _) in marked(cases, records, lock()).items() if marks} == {"steady"}
    lets_go = lock(releases_lock="limit >= 10")
    assert not any(marks for marks, _ in marked(cases, records, lets_go).values()), "its kernel lets go of it"


SEEN = {"checks": {"in_flight": "seen", "wait_ns": "limit * 1000000", "server_cpu_ns": ""}}


@pytest.mark.parametrize(
    ("workers", "seen", "units", "note"),
    [
        (1000, 480, 100_000, ""),  # the throughput needs more than were seen: that is doubt
        (1000, 480, 45_000, "saturated: 480 of 1,000 in flight"),
        (1000, 480, 100, ""),
        (50, 46, 100, ""),
        (50, 50, 100, ""),
    ],
)
def test_a_client_that_is_too_slow_for_its_workers_is_a_note(
    workers: int, seen: int, units: int, note: str
) -> None:
    """Units have 10 ms to wait each; the throughput needs fewer in flight than were seen."""
    slow = case(id="steady", workers=workers, units=units)
    seen_by = {"seen": float(seen)}
    records = [record("steady", i, 1000, completed=units, fixture=seen_by) for i in range(1, 9)]
    declarations = replace(FAKES, workloads={**FAKES.workloads, "late": workload("late", **SEEN)})
    marks, found = marked([slow], records, declarations)["steady"]
    assert found == note
    assert ("few_in_flight" in marks) is (min(workers, units * 0.01) * 0.9 > seen)


def test_where_nothing_waits_there_is_no_note() -> None:
    checks = {"checks": {**SEEN["checks"], "wait_ns": "0 * limit"}}
    declarations = replace(FAKES, workloads={**FAKES.workloads, "late": workload("late", **checks)})
    records = [record("steady", i, fixture={"seen": 1.0}) for i in range(1, 9)]
    assert marked([STEADY], records, declarations) == {"steady": ("", "")}


# The machine.


def looks(*milliseconds: float, session: int = 1) -> pd.DataFrame:
    rows = [
        (session, number, order, each, 0, 0)
        for number, each in enumerate(milliseconds, 1)
        for order in (1, 2, 3)
    ]
    return pd.DataFrame(rows, columns=["session", "round", "order", "elapsed_ns", "steal_ns", "took_ns"])


def test_a_round_in_which_the_machine_was_not_itself_is_marked() -> None:
    (row,) = find_disturbed(looks(10, 10, 13, 10, 10.5, 12)).to_dict("records")
    assert (row["case"], row["rule"]) == ("", DISTURBED_RULE)
    assert "session 1: in 2 of 6 rounds (3, 6) the machine was not itself" in row["sentence"]
    assert "up to 2" in row["sentence"]


def test_each_session_has_its_own_usual_and_long_lists_are_cut() -> None:
    both = pd.concat([looks(*[10] * 9), looks(*[20] * 9, session=2)])
    assert find_disturbed(both).empty
    (row,) = find_disturbed(looks(*[10] * 30, *[15] * 12)).to_dict("records")
    assert "(31, 32, 33, 34, 35, 36, 37, 38, 39, 40, …)" in row["sentence"]


def test_one_slow_look_of_a_round_is_no_disturbed_round_and_no_look_no_mark() -> None:
    table = looks(10, 10, 10)
    table.loc[4, "elapsed_ns"] = 20
    assert find_disturbed(table).empty
    assert find_disturbed(table.iloc[:0]).empty


def test_the_marks_of_a_case_are_joined_and_those_of_the_machine_left_out() -> None:
    summary = pd.DataFrame({"case": ["a", "b"]})
    marks = pd.DataFrame(
        [("a", "drift", "x"), ("a", "spread", "y"), ("", DISTURBED_RULE, "z")],
        columns=["case", "rule", "sentence"],
    )
    assert list(add_marks(summary, marks, ["", "n"])["marks"]) == ["drift spread", ""]
