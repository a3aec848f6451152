"""findings: the sentence that the numbers support is said, with their words; without them, none is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.plan.check import declare as read_declarations
from harness.tell.findings import Told, spell_title, tell
from harness.tell.view import View
from tests.samples import case, record
from tests.views import compared, declare, make_view, runs

CASES = {
    "alone": {"workload": "late", "language": "fake", "model": "sequential"},
    "one": {"workload": "late", "language": "fake", "model": "steady"},
}
EXPECTED = {
    "when": 'one.verdict == "faster"',
    "title": "Steady gains {one.ratio}",
    "text": "**{one}**: {one.elapsed_ns} {one.elapsed_ns_interval}: {one.ratio} {one.ratio_interval}, {one.words}.",
}
OTHERWISE = {"title": "Steady: {one.words} on {cores} cores"}


def study(
    *says: dict[str, str], cases: Mapping[str, Mapping[str, object]] | None = None
) -> dict[str, object]:
    return {"findings": {"gain": {"cases": cases or CASES, "says": list(says or (EXPECTED, OTHERWISE))}}}


def told(view: View) -> Told:
    found = tell(view, "gain")
    assert found is not None
    return found


def test_what_was_expected_is_said_with_its_numbers(tmp_path: Path) -> None:
    found = told(compared(tmp_path, study(), 100, 50))
    assert found.title == "Steady gains 2.00×"
    assert re.fullmatch(
        r"\*\*Fake steady\*\*: 50\.\d ms \[\d\d\.\d ms, 50\.\d ms\]: 2\.00× \[\d\.\d\d×, 2\.\d\d×\], faster\.",
        found.text,
    )


@pytest.mark.parametrize(("milliseconds", "words"), [(200, "slower"), (100, "same within ±5 %")])
def test_where_it_does_not_hold_what_does_is_said(tmp_path: Path, milliseconds: float, words: str) -> None:
    found = told(compared(tmp_path, study(), 100, milliseconds))
    assert found == (f"Steady: {words} on 2 cores", f"Steady: {words} on 2 cores.")


def test_an_interval_that_holds_one_is_not_faster_however_high_its_middle(tmp_path: Path) -> None:
    cases = [case("sequential", id="alone", workers=1), case(id="one")]
    records = [*runs("alone", 100), *(record("one", i, 30 if i % 2 else 160, order=2) for i in range(1, 9))]
    view = make_view(tmp_path, declare(study()), cases, records, [("one", "alone")])
    assert told(view).title.startswith("Steady: undecided: between 0.")


def test_a_doubt_stands_in_brackets_and_what_the_ratio_says_is_not_said_again(tmp_path: Path) -> None:
    doubting = study({"title": "Steady{one.doubt}"})
    assert told(compared(tmp_path / "sure", doubting, 100, 50)).title == "Steady"
    assert told(compared(tmp_path / "same", doubting, 100, 100)).title == "Steady (same within ±5 %)"
    cases = [case("sequential", id="alone", workers=1), case(id="one")]
    records = [*runs("alone", 100), *(record("one", i, 30 if i % 2 else 160, order=2) for i in range(1, 9))]
    view = make_view(tmp_path / "open", declare(doubting), cases, records, [("one", "alone")])
    assert told(view).title == "Steady (undecided)"


def test_a_large_ratio_is_spelled_with_three_figures(tmp_path: Path) -> None:
    assert told(compared(tmp_path, study(), 287, 10)).title == "Steady gains 28.7×"


def test_too_few_rounds_are_no_gain(tmp_path: Path) -> None:
    cases = [case("sequential", id="alone", workers=1), case(id="one")]
    records = [*runs("alone", 100, 4), *runs("one", 50, 4, order=2)]
    view = make_view(tmp_path, declare(study()), cases, records, [("one", "alone")])
    assert told(view).title == "Steady: too few rounds on 2 cores"


@pytest.mark.parametrize("status", ["failed", "skipped", "absent"])
def test_without_one_of_its_cases_there_is_no_finding_and_the_title_is_the_question(
    tmp_path: Path, status: str
) -> None:
    cases = [case("sequential", id="alone", workers=1), case(id="one", status="skipped", reason="no sense")]
    records = runs("alone", 100)
    if status == "failed":
        cases[1] = case(id="one")
        records = [*records, record("one", 1, status="failed", reason="why", elapsed_ns=None)]
    if status == "absent":
        cases = cases[:1]
    view = make_view(tmp_path, declare(study()), cases, records)
    assert tell(view, "gain") is None
    assert spell_title(view, "gain") == "How fast?"


def test_a_chart_without_a_finding_is_titled_with_the_question(tmp_path: Path) -> None:
    view = compared(tmp_path, study(), 100, 50)
    assert spell_title(view, "") == "How fast?"
    assert spell_title(view, "gain") == "Steady gains 2.00×"


def test_where_no_condition_holds_nothing_is_said(tmp_path: Path) -> None:
    assert tell(compared(tmp_path, study(EXPECTED), 100, 100), "gain") is None


def test_a_quantity_that_a_case_has_not_holds_no_condition_and_is_unknown(tmp_path: Path) -> None:
    says = (
        {"when": "one.tempo < 1 or one.tempo >= 1", "title": "known"},
        {"title": "tempo {one.tempo}{one.tempo_interval}"},
    )
    assert tell(compared(tmp_path, study(*says), 100, 50), "gain") is None


def test_of_several_cases_the_one_with_the_most_workers_is_meant_or_the_number_that_is_named(
    tmp_path: Path,
) -> None:
    says = {"title": "{most.workers} workers {most.elapsed_ns}, {named.workers} {named.elapsed_ns}"}
    cases = {"most": {"model": "steady"}, "named": {"model": "steady", "workers": "cores"}}
    names = {1: "a", 2: "b", 4: "c"}
    planned = [case(id=name, workers=count) for count, name in names.items()]
    records = [each for count, name in names.items() for each in runs(name, 100 / count, noise=0)]
    view = make_view(tmp_path, declare(study(says, cases=cases)), planned, records)
    assert told(view).title == "4 workers 25.0 ms, 2 50.0 ms"


def test_of_several_runtimes_the_default_one_is_meant_unless_one_is_named(tmp_path: Path) -> None:
    says = {"title": "{usual.elapsed_ns} instead of {named.elapsed_ns}, {only.elapsed_ns}"}
    cases = {
        "usual": {"model": "steady"},
        "named": {"model": "steady", "runtime": "fake-2"},
        "only": {"model": "waiting"},
    }
    planned = [
        case(id="one", runtime="fake-1", workers=1),
        case(id="two", runtime="fake-2", workers=4),
        case("waiting", id="three", runtime="fake-2"),
    ]
    times = {"one": 10, "two": 20, "three": 30}
    records = [each for name, ms in times.items() for each in runs(name, ms, noise=0)]
    view = make_view(tmp_path, declare(study(says, cases=cases)), planned, records)
    assert told(view).title == "10.0 ms instead of 20.0 ms, 30.0 ms"


def test_fitted_parameters_can_be_said(tmp_path: Path) -> None:
    fits = [{"law": "slope", "x": "held", "y": "work_bytes", "parameter": "bytes_per_thing"}]
    says = {
        "when": "one.bytes_per_thing > 32000",
        "title": "{one.bytes_per_thing} {one.bytes_per_thing_interval}",
    }
    cases = {"one": {"model": "steady"}}
    weighed = {"phase": "memory", "elapsed_ns": None, "wall_ns": None, "idle_bytes": 0}
    planned = [case(id=f"on {count}", workers=count) for count in (10, 20, 40)]
    records = [
        record(
            each.id, i, 10, peak_bytes=32768 * each.workers, fixture={"held": float(each.workers)}, **weighed
        )
        for each in planned
        for i in (1, 2)
    ]
    of = {**study(says, cases=cases), "fits": fits, "timed": False, "memory_rounds": 2}
    assert told(make_view(tmp_path, declare(of), planned, records)).title == "32.0 KiB [32.0 KiB, 32.0 KiB]"


def test_other_quantities_than_time_are_higher_or_lower(tmp_path: Path) -> None:
    judged = {"judged": {"quantity": "tempo", "speed": False}}
    cases = [case("sequential", id="alone", workers=1), case(id="one")]
    tempo = {"alone": 100.0, "one": 287.0}
    records = [
        record(name, i, order=order, metrics={"tempo": value * (1 + i / 1000)})
        for order, (name, value) in enumerate(tempo.items(), 1)
        for i in range(1, 9)
    ]
    view = make_view(tmp_path, declare(study(OTHERWISE), late=judged), cases, records, [("one", "alone")])
    assert told(view).title == "Steady: higher on 2 cores"


def test_every_finding_that_is_declared_has_a_sentence_for_every_outcome() -> None:
    """Where the cases have numbers, something is said: the last sentence has no condition."""
    for name, each in read_declarations().studies.items():
        for finding in each.findings.values():
            assert finding.says[-1].when == "true", name


def test_an_expression_that_cannot_be_evaluated_is_named_with_its_file(tmp_path: Path) -> None:
    view = compared(tmp_path, study({"when": "one + 1 > 0", "title": "x"}), 100, 50)
    with pytest.raises(HarnessError, match=r"run\.json: studies\.asked: findings\.gain: 'one \+ 1 > 0'"):
        tell(view, "gain")
    with pytest.raises(HarnessError, match=r"run\.json: studies\.asked: where: "):
        view.select("language + 1 == 2")
