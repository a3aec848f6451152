"""progress: plain lines where there is no terminal, a bar where there is one."""

from __future__ import annotations

import io
import math

import pytest
from rich.console import Console

from harness.measure import Step
from harness.progress import Reporter
from harness.schedule import Effort
from tests.samples import case

EFFORT = Effort(budget_s=100, floor=2, ceiling=3, precision={})
S = 1_000_000_000


def step(spent_s: float = 20, left_s: float = 30) -> Step:
    return Step(round=2, order=3, size=7, case=case("steady"), spent_ns=int(spent_s * S), left_ns=left_s * S)


def show(*steps: Step, terminal: bool) -> str:
    file = io.StringIO()
    console = Console(file=file, force_terminal=terminal, width=100, color_system=None)
    with Reporter(console, EFFORT) as reporter:
        for each in steps:
            reporter.show(each)
            if reporter._bar:
                reporter._bar.refresh()
    return file.getvalue()


def test_without_a_terminal_each_run_is_a_plain_line() -> None:
    assert show(step(), step(21, 29), terminal=False) == (
        "round 2, 3 of 7, at most 0:30 left: steady\nround 2, 3 of 7, at most 0:29 left: steady\n"
    )


@pytest.mark.parametrize(("left_s", "shown"), [(30, "0:30"), (200, "3:20"), (math.inf, "?")])
def test_the_memory_pass_is_named_and_has_no_budget(left_s: float, shown: str) -> None:
    watched = step(120, left_s)._replace(phase="memory")
    assert show(watched, terminal=False) == f"memory round 2, 3 of 7, at most {shown} left: steady\n"
    bar = show(watched, terminal=True)
    assert "memory round 2" in bar
    assert f"{shown} left" in bar


@pytest.mark.parametrize(
    ("spent_s", "left_s", "shown"),
    [
        (20, 30, "0:30"),
        (20, 75, "1:15"),  # the runs ask for no more, whatever the budget still has
        (20, 200, "1:20"),  # the budget ends before the runs do
        (0, math.inf, "1:40"),
        (101, 5, "0:00"),
        (40.4, 59.6, "1:00"),
    ],
)
def test_time_left_is_what_the_budget_and_the_rounds_allow(spent_s: float, left_s: float, shown: str) -> None:
    assert f"at most {shown} left" in show(step(spent_s, left_s), terminal=False)


def test_on_a_terminal_there_is_a_bar_with_round_share_time_left_and_case() -> None:
    text = show(step(), terminal=True)
    last = [line for line in text.splitlines() if "round 2" in line][-1]
    assert "40%" in last
    assert "0:30 left" in last
    assert "steady" in last
    assert "━" in last


def test_a_bar_that_is_done_is_taken_away() -> None:
    assert show(step(), terminal=True).endswith("\x1b[2K")


def test_a_long_id_stays_on_its_line() -> None:
    long = step()._replace(case=case("steady", id="x" * 300))
    assert len(show(long, terminal=False).splitlines()) == 1
