"""progress: a line now and then where there is no terminal, a bar where there is one."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from harness.run.attempt import Step
from harness.run.rounds import Seen
from harness.tell import progress
from harness.tell.progress import Reporter
from tests.samples import case


def seen(spent_s: float = 20, *, study: str = "late", name: str = "steady", memory: bool = False) -> Seen:
    step = Step(1, 2, 3, case(name), phase="memory" if memory else "time")
    return Seen(study, step, 7, spent_s, 50.0)


def show(*steps: Seen, terminal: bool) -> str:
    file = io.StringIO()
    console = Console(file=file, force_terminal=terminal, width=100, color_system=None)
    with Reporter(console) as reporter:
        for each in steps:
            reporter.show(each)
            if reporter._bar:
                reporter._bar.refresh()
    return file.getvalue()


def test_without_a_terminal_a_study_is_a_line_not_each_run() -> None:
    text = show(seen(), seen(21), seen(22, study="early"), seen(23, study="early"), terminal=False)
    assert text == "late: round 2, 3 of 7: 20 of 50 s\nearly: round 2, 3 of 7: 22 of 50 s\n"


def test_after_a_while_there_is_another_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0.0)
    assert len(show(seen(), seen(), seen(), terminal=False).splitlines()) == 3


def test_the_memory_pass_is_named() -> None:
    assert show(seen(memory=True), terminal=False) == "late: memory round 2, 3 of 7: 20 of 50 s\n"
    assert "late: memory round 2, 3 of 7" in show(seen(memory=True), terminal=True)


def test_on_a_terminal_there_is_a_bar_with_place_share_and_case() -> None:
    text = show(seen(), terminal=True)
    last = [line for line in text.splitlines() if "round 2" in line][-1]
    assert "40%" in last
    assert "late: round 2, 3 of 7" in last
    assert "steady" in last
    assert "━" in last


@pytest.mark.parametrize(("spent_s", "share"), [(0, "0%"), (60, "100%")])
def test_a_bar_ends_at_all_of_the_budget(spent_s: float, share: str) -> None:
    assert share in show(seen(spent_s), terminal=True)


def test_a_study_without_a_budget_is_shown() -> None:
    assert "100%" in show(seen()._replace(budget_s=0.0), terminal=True)


def test_a_bar_that_is_done_is_taken_away() -> None:
    assert show(seen(), terminal=True).endswith("\x1b[2K")


@pytest.mark.parametrize("name", ["[/bold] [red]", r"$\frac$", "[/]"])
def test_a_name_is_data(name: str) -> None:
    assert name in show(seen(name=name), terminal=True)
    assert show(seen(name=name), terminal=False) == show(seen(), terminal=False)


def test_a_long_name_stays_on_its_line() -> None:
    last = show(seen(name="x" * 300), terminal=True).splitlines()[-2]
    assert len(last.rpartition("\r")[2]) <= 110
