"""The null run: what is said of pairs of which the truth is known."""

from __future__ import annotations

from itertools import pairwise

import pytest

from benchmarks.null_simulated import NOISES, TWIN, Machine, Noise, list_cases, simulate
from benchmarks.verdicts import BLOCKS, HALF, ROUNDS, judge_run, tabulate
from harness.charts import describe
from harness.charts.study import ChartedStudy, study_rows
from harness.declare import declare
from harness.estimates import SAME, SLOWER
from harness.schedule import FULL
from harness.summarise import summarise
from tests.samples import case, collated, record
from tests.tree import FAKE

FIRST = case("sequential", workers=1)
COPY = case("sequential", id="sequential copy=2", workers=1, copy=2)
TWICE = case("sequential", id="twin", workers=1, work=TWIN)
STEADY = [100.0, 101.0, 99.5, 100.5, 100.2, 99.8, 100.9, 99.2]
JITTER = [1.001, 0.999, 1.002, 0.998, 1.001, 1.0, 0.999, 1.0]


def number(values: list[float]) -> dict[int, float]:
    return dict(enumerate(values, 1))


def drifting(values: list[float]) -> list[float]:
    return [value * (1 + 0.02 * i) for i, value in enumerate(values)]


def look(copy: list[float], twin: list[float], first: list[float]) -> dict[tuple[str, bool], str]:
    """The verdicts, by way and by whether there is a difference."""
    times = {FIRST.id: number(first), COPY.id: number(copy), TWICE.id: number(twin)}
    verdicts = judge_run("some", [FIRST, COPY, TWICE], times)
    return {(each.way, each.different): each.verdict for each in verdicts}


def test_rounds_see_through_a_drift_and_blocks_do_not() -> None:
    first = drifting(STEADY)
    copy = [value * each for value, each in zip(first, JITTER, strict=True)]
    found = look(copy, [value * TWIN for value in copy], first)
    assert found[ROUNDS, False] == SAME
    assert found[ROUNDS, True] == SLOWER
    assert found[BLOCKS, False] == SLOWER


def test_a_false_verdict_is_one_where_there_is_no_difference() -> None:
    slower = [value * TWIN for value in STEADY]
    copy = [value * each * TWIN for value, each in zip(STEADY, JITTER, strict=True)]
    times = {FIRST.id: number(STEADY), COPY.id: number(copy), TWICE.id: number(slower)}
    verdicts = judge_run("some", [FIRST, COPY, TWICE], times)
    assert [(each.is_false, each.is_found) for each in verdicts if each.way == ROUNDS] == [
        (True, False),
        (False, True),
    ]
    table = tabulate(verdicts)
    assert table["analysed in"].tolist() == [ROUNDS, HALF, BLOCKS]
    assert table[["false verdicts", "found"]].to_numpy().tolist()[0] == ["100.0%", "100.0%"]


def test_only_rounds_that_both_had_are_pairs() -> None:
    times = {FIRST.id: number(STEADY), COPY.id: {1: 100.0, 8: 99.2}, TWICE.id: number(STEADY)}
    rounds = {each.different: each.rounds for each in judge_run("some", [FIRST, COPY, TWICE], times)}
    assert rounds == {False: 2, True: 8}


def test_a_simulated_run_ends_by_the_rules_of_the_schedule() -> None:
    quiet = simulate(Noise("none", 1e-6), "a seed")
    assert {name: len(times) for name, times in quiet.items()} == dict.fromkeys(quiet, FULL.floor)
    loud = simulate(Noise("loud", 0.5), "a seed")
    assert max(len(times) for times in loud.values()) == FULL.ceiling
    assert simulate(NOISES[-1], "a seed") == simulate(NOISES[-1], "a seed")
    assert [each.work for each in list_cases()][:3] == [1.0, 1.0, TWIN]


def test_a_burst_falls_on_runs_that_follow_one_another() -> None:
    machine = Machine(Noise("bursts", 1e-9, burst_s=2.0, slowdown=0.5), "a seed")
    slow = [machine.run(0.1) > 0.1001 for _ in range(2000)]
    changes = sum(one != other for one, other in pairwise(slow))
    assert 0.15 < sum(slow) / len(slow) < 0.5
    assert changes < sum(slow) / 3


def test_the_twin_of_a_workload_does_the_declared_work() -> None:
    """5 % more trial divisions, counted."""
    sizes = declare().workloads["primes"].sizes

    def count_divisions(limit: int) -> int:
        divisors = 0
        for number in range(3, limit, 2):
            divisor = 3
            while divisor * divisor <= number:
                divisors += 1
                if number % divisor == 0:
                    break
                divisor += 2
        return divisors

    quick, twin = (count_divisions(sizes[name].arguments["limit"]) for name in ("quick", "quick_twin"))
    assert (quick, twin) == (6_209_947, 6_520_708)
    assert twin / quick == pytest.approx(TWIN, abs=1e-4)


def test_the_table_counts_false_and_found_verdicts() -> None:
    cases = [FIRST, COPY, TWICE]
    records = [record("sequential", i, ms) for i, ms in enumerate(STEADY, 1)]
    records += [record(COPY.id, i, ms * 1.0001) for i, ms in enumerate(STEADY[::-1], 1)]
    records += [record("twin", i, ms * TWIN) for i, ms in enumerate(STEADY, 1)]
    summary = summarise(cases, collated(cases, records), {"cpu": 0.02}).assign(marks="")
    declarations = declare(FAKE / "harness")
    study = ChartedStudy("late", "why?", "null", "a machine", study_rows(summary, "late"), declarations)
    text = describe(study)
    assert "| Fake sequential, against itself | 8 |" in text
    assert "| Fake sequential, against a twin with +5% work | 8 | 0.952× [0.952, 0.952] | slower |" in text
    assert (
        "in rounds: 0 of 1 verdicts false where there is no difference, 1 of 1 known differences found."
        in text
    )
