"""compare: how many times as fast B is as A, on figures with known answers, and what it exits with."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.cli import parse_percent
from harness.compare import (
    Compared,
    compare,
    compare_runs,
    find_case,
    list_differences,
    read_sides,
    spell_ratio,
)
from harness.errors import HarnessError
from harness.estimates import FASTER, SAME, SLOWER, Estimate
from harness.plan import Case
from harness.records import Record
from harness.runs import Plan, Run
from harness.schedule import QUICK
from tests.samples import MS, case, record
from tests.tree import Tree

MIRRORED = {FASTER: SLOWER, SLOWER: FASTER, SAME: SAME, "": ""}
STEADY = (10.0, 10.1, 9.9, 10.05, 9.95)
DRIFTING = (10.0, 20.0, 41.0, 80.0, 161.0)  # a machine that becomes slower all the time
MACHINE = {
    "processor": "a fast one",
    "load_average": [0.1, 0.2, 0.3],
    "swap_used_bytes": 0,
    "tools": {"make": "GNU Make 4.3"},
    "commit": "abc",
}
# Milliseconds, to a nanosecond, as clocks give them; in the long run of any number of rounds.
TIMES = st.lists(st.integers(1, 10**7).map(lambda each: each / 1e3), min_size=1, max_size=8)


def write_run(
    folder: Path,
    cases: Sequence[Case],
    records: Sequence[Record],
    environment: Mapping[str, object] = MACHINE,
    *,
    quick: bool = False,
    sources: str = "5eed",
) -> Run:
    """A run folder as `measure` leaves it."""
    plan = Plan(
        run=folder.name, seed=1, quick=quick, effort=QUICK, sources=sources, studies={}, cases=list(cases)
    )
    folder.mkdir(parents=True)
    (folder / "plan.json").write_bytes(msgspec.json.encode(plan))
    if environment:
        (folder / "environment.json").write_text(json.dumps(environment))
    lines = [msgspec.json.encode(each) + b"\n" for each in records]
    (folder / "records.jsonl").write_bytes(b"".join(lines))
    return Run(folder)


def rounds(name: str, times_ms: Sequence[float]) -> list[Record]:
    return [record(name, number, ms) for number, ms in enumerate(times_ms, 1)]


def refusal(name: str, status: str) -> Record:
    return Record(case=name, round=1, order=1, status=status, reason="because")


def write_times(folder: Path, times: Mapping[str, Sequence[float]]) -> Run:
    """A run folder of cases that all went well."""
    records = [each for name, mine in times.items() for each in rounds(name, mine)]
    return write_run(folder, [case(name) for name in times], records)


def compare_times(
    folder: Path, a: Mapping[str, Sequence[float]], b: Mapping[str, Sequence[float]]
) -> Compared:
    """Compare two runs of cases that all went well."""
    return compare_runs(write_times(folder / "a", a), write_times(folder / "b", b))


def scale(times: Sequence[float], factor: float) -> list[float]:
    return [factor * each for each in times]


# Two cases of one run.


def test_two_cases_are_paired_by_round_so_that_drift_does_not_count(tmp_path: Path) -> None:
    times = {"slow": DRIFTING, "fast": scale(DRIFTING, 0.5)}
    folder = write_times(tmp_path / "run", times).folder
    (found,) = compare("slow", "fast", folder, tmp_path).comparisons
    assert found.ratio == pytest.approx(Estimate(2, 2, 2))
    assert (found.name, found.verdict, found.rounds) == ("fast", FASTER, (5, 5))
    assert found.slow_down == pytest.approx(-0.5)


def test_the_line_says_in_words_which_way_round_it_is(tmp_path: Path) -> None:
    folder = write_times(tmp_path / "run", {"slow": DRIFTING, "fast": scale(DRIFTING, 0.5)}).folder
    assert compare("slow", "fast", folder, tmp_path).spell() == [
        "A: slow",
        "B: fast",
        "both in run run, paired by round",
        "fast: B is 2.000× as fast as A [2.000, 2.000]: faster (5 rounds)",
        "1 faster, 0 slower, 0 no measurable difference",
    ]
    assert compare("fast", "slow", folder, tmp_path).spell()[-2:] == [
        "slow: B is 0.5000× as fast as A [0.5000, 0.5000]: slower (5 rounds)",
        "0 faster, 1 slower, 0 no measurable difference",
    ]


def test_a_round_that_only_one_of_the_two_is_in_is_no_pair(tmp_path: Path) -> None:
    records = [*rounds("slow", DRIFTING), record("fast", 2, 5), record("fast", 4, 20)]
    folder = write_run(tmp_path / "run", [case("slow"), case("fast")], records).folder
    (found,) = compare("slow", "fast", folder, tmp_path).comparisons
    assert found.ratio.median == pytest.approx(4)
    assert found.rounds == (2, 2)


def test_one_round_is_no_verdict(tmp_path: Path) -> None:
    folder = write_times(tmp_path / "run", {"slow": [10], "fast": [5]}).folder
    compared = compare("slow", "fast", folder, tmp_path)
    assert compared.comparisons[0].verdict == ""
    assert compared.spell()[-2:] == [
        "fast: B is 2.000× as fast as A: too few rounds for a verdict (1 round)",
        "0 faster, 0 slower, 0 no measurable difference, 1 too few rounds for a verdict",
    ]
    assert compared.list_failures(0.05) == ["fast: too few rounds for a verdict (1 round)"]


def test_only_good_timed_runs_are_times(tmp_path: Path) -> None:
    other = [record("fast", 6, 1000, phase="memory"), record("slow", 0, 1000), record("fast", 0, 1000)]
    records = [*rounds("slow", DRIFTING), *rounds("fast", DRIFTING), record("slow", 6, 1000), *other]
    folder = write_run(tmp_path / "run", [case("slow"), case("fast")], records).folder
    (found,) = compare("slow", "fast", folder, tmp_path).comparisons
    assert (found.ratio, found.rounds) == (Estimate(1, 1, 1), (5, 5))


def test_two_cases_that_do_not_do_the_same_work_are_compared_but_it_is_said(tmp_path: Path) -> None:
    cases = [case("short"), case("long", arguments={"limit": 20}, units=20, result=20)]
    records = rounds("short", STEADY) + rounds("long", STEADY)
    folder = write_run(tmp_path / "run", cases, records).folder
    assert compare("short", "long", folder, tmp_path).notes[3:] == [
        "A and B do not do the same work (A → B):",
        "  arguments.limit: 10 → 20",
        "  units: 10 → 20",
        "  result: 10 → 20",
    ]


@pytest.mark.parametrize("words", [("slow", "broken"), ("broken", "slow")])
def test_a_case_that_failed_cannot_be_compared(tmp_path: Path, words: tuple[str, str]) -> None:
    records = [*rounds("slow", STEADY), *rounds("broken", STEADY)[1:], refusal("broken", "crashed")]
    folder = write_run(tmp_path / "run", [case("slow"), case("broken")], records).folder
    with pytest.raises(HarnessError, match="expected two timed cases, got broken, crashed: because: choose"):
        compare(*words, folder, tmp_path)


def test_two_cases_without_a_round_in_common_cannot_be_compared(tmp_path: Path) -> None:
    records = [record("slow", 1), record("fast", 2)]
    folder = write_run(tmp_path / "run", [case("slow"), case("fast")], records).folder
    with pytest.raises(HarnessError, match="expected a round with both slow and fast, got none: go on with"):
        compare("slow", "fast", folder, tmp_path)


def test_of_a_case_that_failed_once_only_the_good_runs_are_times(tmp_path: Path) -> None:
    records = [refusal("broken", "crashed"), record("broken", 2, 10)]
    side = read_sides(write_run(tmp_path / "run", [case("broken")], records))["broken"]
    assert (str(side), side.times.to_dict()) == ("crashed: because", {2: 10 * MS})


@pytest.mark.parametrize(
    ("ratio", "spelled"),
    [(1, "1.000"), (0.99849, "0.9985"), (41.707, "41.71"), (0.0042131, "0.004213"), (12345.6, "12,346")],
)
def test_a_ratio_has_four_digits(ratio: float, spelled: str) -> None:
    assert spell_ratio(ratio) == spelled


# What A and B may be.


def test_a_case_is_found_by_a_part_that_only_it_has_or_by_its_whole_id(tmp_path: Path) -> None:
    plan = write_times(tmp_path / "run", {"late/go": STEADY, "late/go 2": STEADY, "late/cpp": STEADY}).plan
    assert [find_case(plan, text).id for text in ("cpp", "late/go", "go 2")] == [
        "late/cpp",
        "late/go",
        "late/go 2",
    ]


def test_a_part_that_several_cases_have_lists_them(tmp_path: Path) -> None:
    plan = write_times(tmp_path / "run", {"late/go": [1], "late/go 2": [1], "late/cpp": [1]}).plan
    with pytest.raises(HarnessError) as raised:
        find_case(plan, "go")
    assert str(raised.value) == (
        "expected one case, 'go' is in 2 of them: say more of one of 'late/go', 'late/go 2'"
    )


def test_of_very_many_cases_the_first_are_listed(tmp_path: Path) -> None:
    plan = write_times(tmp_path / "run", {f"case {i}": [1] for i in range(23)}).plan
    with pytest.raises(HarnessError) as raised:
        find_case(plan, "case")
    message = str(raised.value)
    assert "'case 9', and 13 more" in message
    assert message.count("'case ") == 10


def test_a_case_that_is_not_there_lists_what_is_most_like_it(tmp_path: Path) -> None:
    plan = write_times(tmp_path / "run", {"alpha": [1], "beta": [1], "gamma": [1], "delta": [1]}).plan
    with pytest.raises(HarnessError) as raised:
        find_case(plan, "bela")
    assert str(raised.value).startswith(
        "expected two run folders or two cases of run, got 'bela', which is neither: "
        "the cases most like it are 'beta', "
    )


@pytest.mark.parametrize("turned", [False, True])
def test_a_run_folder_and_a_case_cannot_be_compared(tmp_path: Path, turned: bool) -> None:
    folder = str(write_times(tmp_path / "run", {"slow": STEADY}).folder)
    words = ("slow", folder) if turned else (folder, "slow")
    with pytest.raises(HarnessError) as raised:
        compare(*words, None, tmp_path)
    assert str(raised.value) == (
        f"expected two run folders or two cases of one run, got the run folder {folder} and 'slow', which "
        f"has no plan.json: name two run folders, or two cases and '--run {folder}'"
    )


def test_two_run_folders_are_not_cases_of_a_third(tmp_path: Path) -> None:
    folder = write_times(tmp_path / "run", {"slow": STEADY}).folder
    with pytest.raises(HarnessError, match="got two run folders: leave --run out"):
        compare(str(folder), str(folder), folder, tmp_path)


def test_without_any_run_the_message_is_about_both(tmp_path: Path) -> None:
    with pytest.raises(
        HarnessError, match="neither 'x' nor 'y' is a run folder, and for two cases: expected"
    ):
        compare("x", "y", None, tmp_path)


def test_without_a_folder_cases_are_of_the_newest_run(tmp_path: Path) -> None:
    write_times(tmp_path / "2025", {"slow": STEADY, "fast": STEADY})
    write_times(tmp_path / "2026", {"slow": STEADY, "fast": scale(STEADY, 0.5)})
    compared = compare("slow", "fast", None, tmp_path)
    assert compared.comparisons[0].verdict == FASTER
    assert "both in run 2026, paired by round" in compared.notes


# Two runs.


def test_the_same_cases_of_two_runs_are_compared_unpaired(tmp_path: Path) -> None:
    times = {"faster": STEADY, "slower": STEADY, "same": STEADY}
    after = {"same": STEADY, "slower": scale(STEADY, 1.25), "faster": [*scale(STEADY, 0.5), 5]}
    compared = compare_times(tmp_path, times, after)
    assert [(each.name, each.verdict, each.rounds) for each in compared.comparisons] == [
        ("faster", FASTER, (5, 6)),
        ("slower", SLOWER, (5, 5)),
        ("same", SAME, (5, 5)),
    ]
    ratios = [each.ratio for each in compared.comparisons]
    assert [each.median for each in ratios] == pytest.approx([2, 0.8, 1])
    assert ratios[0].low < 2 < ratios[0].high
    assert compared.spell()[-4:] == [
        *map(str, compared.comparisons),
        "1 faster, 1 slower, 1 no measurable difference",
    ]
    assert "not paired: rounds of two runs did not meet" in " ".join(compared.notes)
    assert "faster: B is 2.000× as fast as A [" in compared.spell()[-4]
    assert compared.spell()[-4].endswith("]: faster (5 and 6 rounds)")


def test_drift_makes_runs_unlike_that_would_be_twice_as_fast_in_pairs(tmp_path: Path) -> None:
    compared = compare_times(tmp_path, {"one": DRIFTING}, {"one": scale(DRIFTING, 0.5)})
    assert compared.comparisons[0].ratio.median == pytest.approx(2)
    assert compared.comparisons[0].verdict == SAME


def test_many_comparisons_at_once_are_corrected_for(tmp_path: Path) -> None:
    """A difference that alone would count does not among twenty."""
    before, after = (10.0, 10.4, 9.6, 10.2, 9.8, 10.1), (9.5, 9.9, 9.1, 9.6, 9.3, 9.4)
    alone = compare_times(tmp_path / "1", {"one": before}, {"one": after})
    assert alone.comparisons[0].verdict == FASTER
    assert not any("Holm" in note for note in alone.notes)
    others = {f"case {i}": STEADY for i in range(19)}
    among = compare_times(tmp_path / "20", {"one": before, **others}, {"one": after, **others})
    assert among.comparisons[0].ratio == alone.comparisons[0].ratio
    assert among.comparisons[0].verdict == SAME
    assert "verdicts are corrected for 20 comparisons at once (Holm), intervals are not" in among.notes


def test_cases_without_a_time_in_both_are_listed_with_the_reason(tmp_path: Path) -> None:
    a = write_run(
        tmp_path / "a",
        [
            case("common"),
            case("gone"),
            case("broken"),
            case("mended"),
            case("skipped"),
            case("bad"),
            case("big", timed=False, memory_rounds=1),
            case("unlucky"),
        ],
        [
            *(each for name in ("common", "gone", "broken", "unlucky") for each in rounds(name, STEADY)),
            *(refusal(name, "crashed") for name in ("mended", "bad")),
            refusal("skipped", "skipped"),
            record("big", phase="memory"),
        ],
    )
    b = write_run(
        tmp_path / "b",
        [
            *(case(name) for name in ("new", "newly broken", "mended", "common", "skipped", "bad", "broken")),
            case("big", timed=False, memory_rounds=1),
            case("unlucky"),
        ],
        [
            *(each for name in ("common", "new", "mended") for each in rounds(name, STEADY)),
            *(refusal(name, "timeout") for name in ("newly broken", "broken")),
            *(refusal(name, "crashed") for name in ("bad",)),
            refusal("skipped", "skipped"),
            record("big", phase="memory"),
        ],
    )
    compared = compare_runs(a, b)
    assert [each.name for each in compared.comparisons] == ["common"]
    found = {each.name: (each.reason, each.worse) for each in compared.uncompared}
    assert found == {
        "gone": ("only in A", True),
        "broken": ("A ok; B timeout: because", True),
        "mended": ("A crashed: because; B ok", False),
        "skipped": ("A and B skipped: because", False),
        "bad": ("A and B crashed: because", False),
        "big": ("A and B untimed: only its memory is watched", False),
        "unlucky": ("A ok; B unmeasured: the run ended before its turn", True),
        "new": ("only in B", False),
        "newly broken": ("only in B, timeout: because", True),
    }
    assert list(found) == [*(each.id for each in a.plan.cases if each.id != "common"), "new", "newly broken"]
    lines = compared.spell()
    assert "gone: not compared: only in A" in lines
    assert lines[-1] == "0 faster, 0 slower, 1 no measurable difference, 9 not compared"
    assert compared.list_failures(0.05) == [str(each) for each in compared.uncompared if each.worse]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"units": 20}, "units: 10 → 20"),
        ({"result": 11}, "result: 10 → 11"),
        ({"arguments": {"limit": 20}}, "arguments.limit: 10 → 20"),
    ],
)
def test_the_same_id_for_other_work_is_not_the_same_case(
    tmp_path: Path, change: dict[str, object], said: str
) -> None:
    records = rounds("same", STEADY) + rounds("other", STEADY)
    a = write_run(tmp_path / "a", [case("same"), case("other")], records)
    b = write_run(tmp_path / "b", [case("same"), case("other", **change)], records)
    compared = compare_runs(a, b)
    assert [each.name for each in compared.comparisons] == ["same"]
    (found,) = compared.uncompared
    assert (found.reason, found.worse) == (f"not the same work (A → B): {said}", True)


def test_runs_without_a_case_in_common_cannot_be_compared(tmp_path: Path) -> None:
    with pytest.raises(HarnessError) as raised:
        compare_times(tmp_path, {"one": STEADY}, {"other": STEADY})
    assert str(raised.value) == (
        f"expected a case that is ok in both {tmp_path}/a and {tmp_path}/b, got none "
        "(one: not compared: only in A; other: not compared: only in B): measure the same cases in both"
    )


def test_runs_without_records_cannot_be_compared(tmp_path: Path) -> None:
    a, b = (write_run(tmp_path / name, [case("one")], []) for name in "ab")
    (b.folder / "records.jsonl").unlink()
    with pytest.raises(HarnessError, match="A and B unmeasured: the run ended before its turn"):
        compare_runs(a, b)


# What differs beside the times.


def describe(folder: Path, a: Mapping[str, object], b: Mapping[str, object]) -> list[str]:
    runs = [
        write_run(folder / name, [case("one")], rounds("one", STEADY), environment)
        for name, environment in (("a", a), ("b", b))
    ]
    compared = compare_runs(*runs)
    assert compared.notes[:2] == [f"A: {folder}/a", f"B: {folder}/b"]
    return compared.notes[2:-1]


def test_equal_environments_are_said_to_be_equal_whatever_the_load(tmp_path: Path) -> None:
    busy = MACHINE | {"load_average": [9.0, 9.0, 9.0], "swap_used_bytes": 4096}
    assert describe(tmp_path, MACHINE, busy) == [
        "the environments are the same",
        "the measured sources are the same",
    ]


def test_environments_are_compared_key_by_key(tmp_path: Path) -> None:
    other = MACHINE | {"tools": {"make": "GNU Make 4.4", "git": None}, "cores": 4, "commit": "abd"}
    del other["processor"]
    assert describe(tmp_path, MACHINE, other)[:-1] == [
        "the environments differ (A → B):",
        "  processor: a fast one → absent",
        "  tools.make: GNU Make 4.3 → GNU Make 4.4",
        "  commit: abc → abd",
        "  tools.git: absent → null",
        "  cores: absent → 4",
    ]


def test_calibrations_are_never_the_same_twice_only_another_machine_s_is_said(tmp_path: Path) -> None:
    def calibrate(two: float, four: float) -> dict[str, object]:
        speeds = [{"threads": n, "median": x, "high": x} for n, x in ((1, 1.0), (2, two), (4, four))]
        return MACHINE | {"calibration": {"parallel_speed": speeds, "clock_step_ns": 20, "busy_cores": two}}

    same = describe(tmp_path / "1", calibrate(1.9, 2.0), calibrate(1.95, 1.85))
    assert same[0] == "the environments are the same"
    assert describe(tmp_path / "2", calibrate(1.9, 2.0), calibrate(1.95, 3.9))[:-1] == [
        "the environments differ (A → B):",
        "  calibration.parallel_speed of 4 threads: 2.00 → 3.90",
    ]
    assert describe(tmp_path / "3", calibrate(1.9, 3.9), calibrate(1.2, 3.9))[1:-1] == [
        "  calibration.parallel_speed of 2 threads: 1.90 → 1.20",
    ]
    assert describe(tmp_path / "4", calibrate(1.9, 3.9), MACHINE)[0] == "the environments are the same"


@pytest.mark.parametrize(("a", "b", "names"), [({}, MACHINE, "A"), (MACHINE, {}, "B"), ({}, {}, "A and B")])
def test_an_environment_that_was_not_kept_is_said_to_be_missing(
    tmp_path: Path, a: Mapping[str, object], b: Mapping[str, object], names: str
) -> None:
    assert describe(tmp_path, a, b)[0] == (
        f"whether the environments differ is not known: no environment.json in {names}"
    )


def test_keys_are_dotted_however_deep_they_are() -> None:
    a, b = ({"one": {"two": {"three": [number]}}, "same": 1} for number in (1, 2))
    assert list_differences(a, b) == ["one.two.three: [1] → [2]"]


@given(st.recursive(st.integers(), lambda inner: st.dictionaries(st.text(), inner), max_leaves=9))
def test_nothing_differs_from_itself(value: object) -> None:
    assert list_differences({"key": value}, {"key": value}) == []


@pytest.mark.parametrize("turned", [False, True])
def test_other_sources_and_a_quick_run_are_said(tmp_path: Path, turned: bool) -> None:
    records = rounds("one", STEADY)
    full = write_run(tmp_path / "full", [case("one")], records, sources="old")
    quick = write_run(tmp_path / "quick", [case("one")], records, sources="new", quick=True)
    runs, words = ((quick, full), "AB") if turned else ((full, quick), "BA")
    sources = " → ".join(each.plan.sources for each in runs)
    assert compare_runs(*runs).notes[3:-1] == [
        f"the measured sources differ (A → B): {sources}",
        f"{words[0]} is a quick run, {words[1]} a full one: {words[0]}'s few rounds find large changes only",
    ]


# What holds for any times.


def compare_any(a: Mapping[str, Sequence[float]], b: Mapping[str, Sequence[float]]) -> tuple[Compared, ...]:
    """Compare two runs both ways round."""
    with tempfile.TemporaryDirectory() as scratch:
        runs = [write_times(Path(scratch, name), times) for name, times in (("a", a), ("b", b))]
        return compare_runs(*runs), compare_runs(*reversed(runs))


@settings(max_examples=25)
@given(st.lists(st.tuples(TIMES, TIMES), min_size=1, max_size=4))
def test_turned_round_the_ratios_of_runs_are_one_over_and_the_verdicts_mirrored(
    pairs: list[tuple[list[float], list[float]]],
) -> None:
    a, b = ({f"case {i}": pair[side] for i, pair in enumerate(pairs)} for side in (0, 1))
    assert_mirrored(*compare_any(a, b))


@settings(max_examples=25)
@given(
    st.lists(st.floats(1, 1000), min_size=2, max_size=8),
    st.floats(0.9, 1.1),
    st.lists(st.floats(0.9, 1.1), min_size=8, max_size=8),
)
def test_turned_round_the_ratio_of_two_cases_is_one_over_and_the_verdict_mirrored(
    times: list[float], factor: float, noise: list[float]
) -> None:
    other = [ms * factor * each for ms, each in zip(times, noise, strict=False)]
    with tempfile.TemporaryDirectory() as scratch:
        folder = write_times(Path(scratch, "run"), {"one": times, "other": other}).folder
        both = [compare(*words, folder, folder) for words in (("one", "other"), ("other", "one"))]
    assert_mirrored(*both)


def assert_mirrored(there: Compared, back: Compared) -> None:
    for one, other in zip(there.comparisons, back.comparisons, strict=True):
        mirrored = [1 / each for each in (other.ratio.median, other.ratio.high, other.ratio.low)]
        assert list(one.ratio) == pytest.approx(mirrored, nan_ok=True)
        assert one.verdict == MIRRORED[other.verdict]
        assert (one.verdict == "") == math.isnan(one.ratio.low)
        assert one.rounds == other.rounds[::-1]


@settings(max_examples=25)
@given(st.lists(TIMES.filter(lambda times: len(times) > 1), min_size=1, max_size=4))
def test_a_run_is_never_different_from_itself(cases: list[list[float]]) -> None:
    times = {f"case {i}": each for i, each in enumerate(cases)}
    compared, _ = compare_any(times, times)
    assert {each.verdict for each in compared.comparisons} == {SAME}
    assert {each.ratio.median for each in compared.comparisons} == {1.0}
    assert not compared.uncompared
    assert not compared.list_failures(0)


# A gate for CI.


def test_a_gate_stops_what_is_measurably_slower_beyond_the_threshold(tmp_path: Path) -> None:
    """Not what is slower by less, and not what may as well be chance."""
    noisy = (9.0, 15.0, 8.0, 12.0, 11.0)
    times = {"much": STEADY, "little": STEADY, "chance": STEADY, "faster": STEADY}
    after = {
        "much": scale(STEADY, 1.25),
        "little": scale(STEADY, 1.1),
        "chance": noisy,
        "faster": [5, 5.1, 5],
    }
    compared = compare_times(tmp_path, times, after)
    assert [each.verdict for each in compared.comparisons] == [SLOWER, SLOWER, SAME, FASTER]
    assert compared.list_failures(0.2) == ["much: B takes 25.0% more time than A"]
    assert compared.list_failures(0.05) == [
        "much: B takes 25.0% more time than A",
        "little: B takes 10.0% more time than A",
    ]
    assert compared.list_failures(0.3) == []
    assert [compared.count_doubts(threshold) for threshold in (0.05, 2.0)] == [1, 0]


@pytest.mark.parametrize(
    ("text", "share"), [("5%", 0.05), ("5", 0.05), ("2.5 %", 0.025), ("0", 0), ("150%", 1.5)]
)
def test_a_threshold_is_a_percentage(text: str, share: float) -> None:
    assert parse_percent(text) == pytest.approx(share)


@pytest.mark.parametrize("text", ["", "%", "-5%", "five", "5%%", "5e1", "1.05×"])
def test_a_threshold_that_is_none_says_what_one_looks_like(text: str) -> None:
    with pytest.raises(typer.BadParameter, match=f"expected a percentage such as 5%, got '{text}'"):
        parse_percent(text)


def test_the_verb_compares_run_folders_and_exits_1_only_beyond_the_threshold(tree: Tree) -> None:
    write_times(tree.results / "base", {"one": STEADY, "two": STEADY})
    write_times(tree.results / "new", {"one": scale(STEADY, 1.25), "two": STEADY})
    words = ("compare", "results/base", "results/new")
    ended = tree.run(*words)
    assert (ended.code, ended.stderr) == (0, "")
    lines = ended.stdout.splitlines()
    assert lines[:3] == ["A: results/base", "B: results/new", "the environments are the same"]
    assert lines[-3].startswith("one: B is 0.8000× as fast as A [0.")
    assert lines[-1] == "0 faster, 1 slower, 1 no measurable difference"
    beyond = tree.run(*words, "--fail-above", "20%")
    assert (beyond.code, beyond.stdout) == (1, ended.stdout)
    assert beyond.stderr.splitlines() == [
        "one: B takes 25.0% more time than A",
        "harness: 1 cases slower than --fail-above allows, or without a verdict, see above",
    ]
    below = tree.run(*words, "--fail-above", "0.3")
    assert below.code == 1, "0.3 is a third of a percent"
    within = tree.run(*words, "--fail-above", "30")
    assert (within.code, within.stderr) == (0, "")


def test_the_verb_exits_1_for_a_case_that_failed_meanwhile(tree: Tree) -> None:
    write_times(tree.results / "base", {"one": STEADY, "two": STEADY})
    records = [*rounds("one", STEADY), refusal("two", "crashed")]
    write_run(tree.results / "new", [case("one"), case("two")], records)
    words = ("compare", "results/base", "results/new")
    assert tree.run(*words).code == 0
    ended = tree.run(*words, "--fail-above", "5%")
    assert ended.code == 1
    assert ended.stderr.splitlines()[0] == "two: not compared: A ok; B crashed: because"


def test_the_verb_compares_cases_of_the_newest_run(tree: Tree) -> None:
    write_times(tree.results / "2026", {"[one]": STEADY, "two :b:": scale(DRIFTING, 0.5)})
    ended = tree.run("compare", "one", "two")
    assert (ended.code, ended.stderr) == (0, "")
    assert ended.stdout.splitlines()[:2] == ["A: [one]", "B: two :b:"]
    narrow = tree.run("compare", "one", "two", "--fail-above", "5%")
    assert narrow.stdout.endswith("\n1 of the cases may hide a slow-down beyond 5%: more rounds can tell\n")
    assert narrow.code == 0


def test_the_verb_s_errors_are_a_message_and_exit_1(tree: Tree) -> None:
    folder = write_times(tree.results / "2026", {"one": STEADY, "two": STEADY}).folder
    ended = tree.run("compare", "o", "two", "--run", str(folder))
    assert (ended.code, ended.stdout) == (1, "")
    assert ended.stderr == (
        "harness: expected one case, 'o' is in 2 of them: say more of one of 'one', 'two'\n"
    )
    ended = tree.run("compare", "one", "two", "--fail-above", "much")
    assert ended.code == 2
