"""compare: how many times as fast B is as A, on figures with known answers, and what it exits with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from typer.testing import CliRunner

from harness.cli import app
from harness.errors import HarnessError
from harness.estimates import FASTER, HIGHER, LOWER, SAME, SLOWER, TOO_FEW, UNDECIDED, Estimate, spell_verdict
from harness.plan.cases import Case
from harness.plan.declarations import Declarations, Judged
from harness.store.folder import Plan, Run
from harness.store.records import Record
from harness.tell.compare import Compared, Side, compare, compare_cases, compare_runs, judge, list_differences
from tests.samples import FAKES, case, plan, record, session, workload, write_run
from tests.views import runs

MACHINE: dict[str, object] = {
    "processor": "a fast one",
    "load_average": [0.1],
    "tools": {"make": "4.3"},
    "commit": "abc",
}
ALONE = case("sequential", id="late/fake/sequential fake-1 workers=1", workers=1)
ONE, TWO, FOUR = (case(id=f"late/fake/steady fake-1 workers={n}", workers=n) for n in (1, 2, 4))
Times = Sequence[tuple[Case, float]]
TIMES: Times = [(ALONE, 100.0), (ONE, 101.0), (TWO, 50.0), (FOUR, 25.0)]


def record_all(times: Times) -> list[Record]:
    """Good runs of every case, next to one another in every round."""
    return [each for order, (of, ms) in enumerate(times, 1) for each in runs(of.id, ms, order=order)]


def make_run(
    folder: Path,
    times: Times,
    more: Sequence[Record] = (),
    environment: dict[str, object] | None = None,
    declarations: Declarations = FAKES,
    **changes: object,
) -> Run:
    """A run folder with one study, `late`, of these cases."""
    sessions = [session(environment=environment or MACHINE)]
    of: Plan = plan([each for each, _ in times], sessions=sessions, **changes)  # type: ignore[arg-type]
    timed = [(each, ms) for each, ms in times if ms]
    return write_run(folder, {"late": (of, [*record_all(timed), *more])}, declarations)


def make_studies(folder: Path, **studies: Times) -> Run:
    """A run folder with several studies, in the order of `early`, `late`, `pulse`."""
    made = {name: (plan([each for each, _ in times]), record_all(times)) for name, times in studies.items()}
    return write_run(folder, made)


def ask(*words: object) -> tuple[int, list[str], str]:
    """Run the verb: exit status, lines, what is on standard error."""
    found = CliRunner().invoke(app, ["compare", *map(str, words)])
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return found.exit_code, found.stdout.splitlines(), found.stderr


# Two cases of a run.


def test_b_is_so_many_times_as_fast_as_a_paired_by_round(tmp_path: Path) -> None:
    (found,) = compare_cases(make_run(tmp_path, TIMES), ALONE.id, TWO.id).compared
    assert found.ratio.median == pytest.approx(2, rel=0.01)
    assert found.ratio.low < found.ratio.median < found.ratio.high
    assert (found.verdict, found.rounds) == (FASTER, (8, 8))
    assert re.fullmatch(
        r".*: B is 2\.00× as fast as A \[[12]\.\d\d×, 2\.0\d×\]: faster \(8 rounds\)", str(found)
    )
    (back,) = compare_cases(make_run(tmp_path / "back", TIMES), TWO.id, ALONE.id).compared
    assert back.verdict == SLOWER
    assert back.ratio.median == pytest.approx(0.5, rel=0.01)


def test_a_machine_that_drifts_is_in_no_ratio_of_one_run(tmp_path: Path) -> None:
    records = [
        record(each.id, n, 10 * 1.3**n / each.workers, order=each.workers)
        for each in (ALONE, TWO)
        for n in range(1, 9)
    ]
    run = make_run(tmp_path, [(ALONE, 0), (TWO, 0)], records)
    (found,) = compare_cases(run, ALONE.id, TWO.id).compared
    assert (found.ratio.low, found.ratio.high) == pytest.approx((2, 2))


def test_of_cases_that_differ_in_workers_the_workload_s_own_number_is_meant(tmp_path: Path) -> None:
    """Its size `default` has two workers; as in `compare primes/go/pool primes/go/seq` of a full run."""
    outcome = compare_cases(make_run(tmp_path, TIMES), "fake/steady", "fake/seq")
    assert outcome.notes[:2] == [f"A: {TWO.id}", f"B: {ALONE.id}"]
    assert outcome.notes[2].startswith("paired by round, ")


def test_the_first_study_in_order_that_has_both_is_meant_or_the_one_that_is_named(tmp_path: Path) -> None:
    slow = [(ALONE, 100.0), (ONE, 200.0), (TWO, 200.0), (FOUR, 200.0)]
    run = make_studies(tmp_path, late=slow, early=TIMES)
    assert compare_cases(run, "steady", "seq").compared[0].verdict == SLOWER
    assert compare_cases(run, "seq", "steady").compared[0].verdict == FASTER
    assert compare_cases(run, "seq", "steady", "late").compared[0].verdict == SLOWER
    alone = make_studies(tmp_path / "other", early=[(ALONE, 100.0)], late=TIMES)
    assert compare_cases(alone, "seq", "steady").compared[0].verdict == FASTER, "early has not both"
    with pytest.raises(HarnessError, match="expected one of its studies, early, late, got 'pulse'"):
        compare_cases(run, "seq", "steady", "pulse")


def test_an_id_is_that_case_although_others_begin_with_it(tmp_path: Path) -> None:
    longer = case(id=f"{ONE.id}6", workers=16)
    outcome = compare_cases(make_run(tmp_path, [*TIMES, (longer, 10.0)]), ALONE.id, ONE.id)
    assert outcome.notes[1] == f"B: {ONE.id}"


def test_what_is_ambiguous_is_listed(tmp_path: Path) -> None:
    paced = case(id=f"{TWO.id} pace=2", arguments={"limit": 10, "pace": 2})
    run = make_run(tmp_path, [*TIMES, (paced, 10.0)])
    with pytest.raises(
        HarnessError, match="expected one case, 'steady' is in 4: say more of one of 'late/fake/st"
    ) as error:
        compare_cases(run, "steady", "seq")
    assert f"'{paced.id}'" in str(error.value)
    others = [(case(id=f"x{i}", workers=i), 10.0) for i in range(5, 30)]
    with pytest.raises(HarnessError, match=r"'x' is in 25: .*'x14', …$"):
        compare_cases(make_run(tmp_path / "many", [(ALONE, 1.0), *others]), "x", "seq")


def test_what_no_case_has_names_those_most_like_it(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="got 'late/fake/sequentail': the most alike are 'late/fake/seq"):
        compare_cases(make_run(tmp_path, TIMES), "late/fake/sequentail", "steady")


def test_cases_that_share_no_round_or_study_cannot_be_paired(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="expected rounds of 'late' with both"):
        compare_cases(make_run(tmp_path, [(ALONE, 10.0), (TWO, 0)]), "seq", "steady")
    with pytest.raises(HarnessError, match="expected a study with both 'seq' and 'steady'"):
        compare_cases(make_studies(tmp_path / "b", early=[(ALONE, 1.0)], late=[(TWO, 1.0)]), "seq", "steady")


def test_that_two_cases_do_not_do_the_same_is_said(tmp_path: Path) -> None:
    longer = case("waiting", id="longer", arguments={"limit": 20, "pace": 1}, result=20, units=20)
    records = [record("longer", i, 20, result=20, completed=20) for i in range(1, 9)]
    run = make_run(tmp_path, [(ALONE, 10.0), (longer, 0)], records)
    note = compare_cases(run, "seq", "longer").notes[-1]
    assert (
        note == "A and B do not do the same work: arguments.limit: 10 → 20, units: 10 → 20, result: 10 → 20"
    )


@pytest.mark.parametrize(
    ("tempo", "words"), [(28.7, "higher"), (1 / 28.7, "lower"), (1.0, "same within ±5 %")]
)
def test_other_quantities_than_time_are_higher_or_lower(tmp_path: Path, tempo: float, words: str) -> None:
    judged = {"judged": {"quantity": "tempo", "speed": False}}
    declarations = replace(FAKES, workloads={**FAKES.workloads, "late": workload("late", **judged)})
    records = [
        record(of.id, i, order=of.workers, metrics={"tempo": value * (1 + i / 1000)})
        for of, value in ((ALONE, 1.0), (TWO, tempo))
        for i in range(1, 9)
    ]
    run = make_run(tmp_path, [(ALONE, 0), (TWO, 0)], records, declarations=declarations)
    (paired,) = compare_cases(run, "seq", "steady").compared
    assert re.search(r"B is \d+\.\d+× A's tempo \[", str(paired))
    assert words != "higher" or "B is 28.7× " in str(paired)
    assert f": {words} (8 rounds)" in str(paired)
    assert paired.fails(0.05) is (words == "higher"), "less is better"
    moved = [replace(each, case=TWO.id) for each in records[:8]]
    before = make_run(tmp_path / "a", [(TWO, 0)], moved, declarations=declarations)
    after = make_run(tmp_path / "b", [(TWO, 0)], records[8:], declarations=declarations)
    (apart,) = compare_runs(before, after).compared
    assert str(apart).endswith(f": {words} (8 rounds)")
    assert apart.fails(0.05) is (words == "higher")


# Two runs.


def test_runs_are_compared_case_by_case_of_the_studies_that_both_have(tmp_path: Path) -> None:
    a = make_studies(tmp_path / "a", early=[(ALONE, 10.0)], late=TIMES)
    b = make_studies(
        tmp_path / "b", late=[(ALONE, 100.0), (ONE, 101.0), (TWO, 60.0), (FOUR, 12.5)], pulse=[(ALONE, 10.0)]
    )
    outcome = compare_runs(a, b)
    assert {each.name.removeprefix("late: "): each.verdict for each in outcome.compared} == {
        ALONE.id: SAME,
        ONE.id: SAME,
        TWO.id: SLOWER,
        FOUR.id: FASTER,
    }
    assert outcome.spell()[-1] == "2 same, 1 slower, 1 faster"
    assert [each for each in outcome.notes if each.startswith("study")] == [
        "study early: in one of the two only",
        "study pulse: in one of the two only",
    ]
    assert "corrected for 4 comparisons" in outcome.notes[-1]


LOGARITHMS = st.lists(st.floats(-1, 1), min_size=1, max_size=12)


@given(LOGARITHMS, LOGARITHMS, st.booleans())
def test_turned_round_the_verdict_is_the_other_one_in_the_same_words(
    a: list[float], b: list[float], speed: bool
) -> None:
    judged = Judged(speed=speed)
    one, other = (Side("ok", {}, judged, [values]) for values in (a, b))
    there, back = judge("x", one, other, "", 3), judge("x", other, one, "", 3)
    turned = {FASTER: SLOWER, SLOWER: FASTER, LOWER: HIGHER, HIGHER: LOWER}
    assert back.verdict == turned.get(there.verdict, there.verdict)
    assert spell_verdict(there.verdict, there.ratio) in str(there)
    assert there.fails(0) is (there.gain.high < 1 or there.verdict == TOO_FEW)


def test_a_family_is_all_comparisons_that_are_made_at_once(tmp_path: Path) -> None:
    many = [(case(id=f"c{i}"), 10.0) for i in range(12)]
    a, b = make_run(tmp_path / "a", [(TWO, 50.0)]), make_run(tmp_path / "b", [(TWO, 50.4)])
    wide = compare_runs(
        make_run(tmp_path / "c", [(TWO, 50.0), *many]), make_run(tmp_path / "d", [(TWO, 50.4), *many])
    )
    alone = compare_runs(a, b).compared[0].ratio
    assert wide.compared[0].ratio.relative_width > alone.relative_width


def test_over_sessions_the_interval_is_the_hull_of_all_pairs(tmp_path: Path) -> None:
    two = [session(number, environment=MACHINE) for number in (1, 2)]

    def sessions(folder: Path, *milliseconds: float) -> Run:
        records = [each for n, ms in enumerate(milliseconds, 1) for each in runs(TWO.id, ms, session=n)]
        return write_run(folder, {"late": (plan([TWO], sessions=two), records)})

    (found,) = compare_runs(sessions(tmp_path / "a", 10, 12), sessions(tmp_path / "b", 5, 5)).compared
    assert found.ratio.low < 2 < 2.4 < found.ratio.high
    assert found.rounds == (16, 16)
    (unclear,) = compare_runs(sessions(tmp_path / "c", 10, 12), sessions(tmp_path / "d", 11, 11)).compared
    assert unclear.verdict == UNDECIDED, "what sessions of the same run differ by is no finding"


def test_what_differs_between_the_runs_is_listed(tmp_path: Path) -> None:
    slow = {**MACHINE, "processor": "a slow one", "load_average": [9.0], "tools": {"make": "4.4"}}
    a = make_run(tmp_path / "a", TIMES, sources={"late": "1"})
    b = make_run(tmp_path / "b", TIMES, environment=slow, sources={"late": "2"}, quick=True)
    notes = compare_runs(a, b).notes
    assert notes[2:-1] == [
        "environment.processor: a fast one → a slow one",
        "environment.tools.make: 4.3 → 4.4",
        "sources.late: 1 → 2",
        "quick: False → True",
    ]


def test_what_a_case_lost_is_worse_and_what_it_never_had_is_not(tmp_path: Path) -> None:
    new, gone, broken, idle = (case(id=name) for name in ("new", "gone", "broken", "idle"))
    skipped = replace(idle, status="skipped", reason="no sense")
    failure = record("broken", 1, status="failed", reason="why", elapsed_ns=None)
    other = replace(FOUR, units=11)
    a = make_run(tmp_path / "a", [(TWO, 50.0), (FOUR, 25.0), (gone, 1.0), (broken, 1.0), (skipped, 0)])
    b = make_run(
        tmp_path / "b",
        [(TWO, 50.0), (other, 0), (new, 1.0), (broken, 0), (skipped, 0)],
        [failure, *(record(FOUR.id, i, completed=11) for i in range(1, 9))],
    )
    found = {
        each.name.removeprefix("late: "): (each.reason, each.lost) for each in compare_runs(a, b).compared
    }
    assert found == {
        TWO.id: ("", False),
        FOUR.id: ("not the same work: units: 10 → 11", True),
        "gone": ("A ok, B absent", True),
        "broken": ("A ok, B failed", True),
        "idle": ("A skipped, B skipped", False),
        "new": ("A absent, B ok", False),
    }
    assert compare_runs(a, b).spell()[-1] == "1 same, 5 not compared"
    mended = {each.name: each.lost for each in compare_runs(b, a).compared}
    assert not mended["late: broken"]
    assert mended["late: new"]


def test_runs_without_a_common_case_are_one_line(tmp_path: Path) -> None:
    make_run(tmp_path / "a", [(case(id=f"a{i}"), 10.0) for i in range(10)])
    make_run(tmp_path / "b", [(case(id=f"b{i}"), 10.0) for i in range(10)])
    make_studies(tmp_path / "c", early=[(ALONE, 10.0)])
    for other in ("b", "c"):
        code, lines, error = ask(tmp_path / "a", tmp_path / other)
        assert (code, lines, error.count("\n")) == (1, [], 1)
        assert len(error) < 300
        assert "expected a case with numbers in " in error


# The gate.


@pytest.mark.parametrize(
    ("ratio", "threshold", "fails"),
    [
        (Estimate(0.9, 0.88, 0.92), 0.05, True),
        (Estimate(0.9, 0.88, 0.92), 0.2, False),
        (Estimate(0.9, 0.7, 1.1), 0.05, False),
        (Estimate(0.99, 0.98, 0.995), 0.05, False),
        (Estimate(1.5, 1.4, 1.6), 0.0, False),
        (Estimate(1.5, float("nan"), float("nan")), 0.05, True),
    ],
)
def test_a_gate_stops_what_is_worse_by_verdict_and_beyond_the_threshold(
    ratio: Estimate, threshold: float, *, fails: bool
) -> None:
    assert Compared("x", ratio=ratio, rounds=(8, 8)).fails(threshold) is fails
    turned = Estimate(*(1 / ratio[i] for i in (0, 2, 1)))
    lag = Judged(quantity="lag_ns", speed=False)
    assert Compared("x", lag, turned, (8, 8)).fails(threshold) is fails, "more of what should be low"
    rate = Judged(quantity="rate", speed=False, better="higher")
    assert Compared("x", rate, ratio, (8, 8)).fails(threshold) is fails


def test_the_verb_prints_and_the_gate_exits(tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    make_run(a, TIMES)
    make_run(b, [*TIMES[:2], (TWO, 60.0), TIMES[3]])
    code, lines, error = ask(a, b)
    assert (code, error) == (0, "")
    assert lines[-1] == "3 same, 1 slower"
    assert ask(a, b, "--fail-above", "30%")[0] == 0
    code, lines, error = ask(a, b, "--fail-above", "5%")
    assert (code, lines[-1]) == (1, "3 same, 1 slower")
    assert error.startswith("harness: 1 cases worse than --fail-above allows")
    assert ask(b, a, "--fail-above", "5%")[0] == 0, "faster is no failure"
    assert ask(a, b, "--fail-above", "x")[0] == 2


def test_too_few_rounds_say_so_and_do_not_pass(tmp_path: Path) -> None:
    few = [record(TWO.id, i, 50) for i in range(1, 5)]
    a, b = make_run(tmp_path / "a", [(TWO, 0)], few), make_run(tmp_path / "b", [(TWO, 50.0)])
    (found,) = compare_runs(a, b).compared
    assert (found.verdict, str(found).rpartition("A: ")[2]) == (TOO_FEW, "too few rounds (4 and 8 rounds)")
    assert ask(a.path, b.path, "--fail-above", "5%")[0] == 1


def test_what_is_undecided_passes_and_is_counted(tmp_path: Path) -> None:
    wild = [record(TWO.id, i, 40 + 20 * (i % 2)) for i in range(1, 9)]
    a, b = make_run(tmp_path / "a", [(TWO, 0)], wild), make_run(tmp_path / "b", [(TWO, 0)], wild)
    code, lines, _ = ask(a.path, b.path, "--fail-above", "5%")
    assert (code, lines[-1]) == (0, "1 undecided")


def test_two_cases_by_the_verb_of_the_newest_run_or_of_one_that_is_named(tmp_path: Path) -> None:
    make_run(tmp_path / "2026-01-01", [(ALONE, 100.0), (TWO, 100.0)])
    make_run(tmp_path / "2026-01-02", TIMES)
    code, lines, _ = ask("fake/seq", "fake/steady", "--results", tmp_path)
    assert (code, lines[-1]) == (0, "1 faster")
    code, lines, _ = ask("fake/seq", "fake/steady", "--run", tmp_path / "2026-01-01")
    assert (code, lines[-1]) == (0, "1 same")
    assert ask("fake/seq", "fake/steady", "--results", tmp_path, "--study", "early")[0] == 1


def test_a_run_folder_and_a_case_cannot_be_compared(tmp_path: Path) -> None:
    run = make_run(tmp_path / "a", TIMES)
    for words in ((run.path, "seq"), ("seq", run.path), (run.path, run.path, "--run", run.path)):
        code, _, error = ask(*words)
        assert code == 1
        assert "expected two run folders, or two cases and '--run', got run folder" in error
    with pytest.raises(HarnessError, match="expected a run folder in"):
        compare("seq", "steady", None, tmp_path / "nothing")


def test_a_foreign_folder_s_names_reach_the_terminal_as_text(tmp_path: Path) -> None:
    evil = case(id="late/\x1b[31m[/bold]\x00 x")
    a, b = make_run(tmp_path / "a", [(evil, 10.0)]), make_run(tmp_path / "b", [(evil, 10.0)])
    code, lines, _ = ask(a.path, b.path)
    assert code == 0
    assert not any("\x1b" in line or "\x00" in line for line in lines)
    assert any("[31m[/bold]" in line for line in lines)


def test_differences_are_found_at_any_depth() -> None:
    assert list_differences({"a": {"b": 1, "c": 2}, "d": 3}, {"a": {"b": 1, "c": 4}, "e": 5}) == [
        "a.c: 2 → 4",
        "d: 3 → absent",
        "e: absent → 5",
    ]
