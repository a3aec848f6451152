"""Progress: a bar with case, round and time left on a terminal, plain lines where there is none."""

from __future__ import annotations

import math
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from harness.measure import Step
from harness.schedule import Effort


class Reporter:
    """Shows the steps of a measurement."""

    def __init__(self, console: Console, effort: Effort) -> None:
        self.console = console
        self.effort = effort
        self._bar: Progress | None = None

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self._bar = Progress(
                TextColumn("{task.fields[round]}"),
                BarColumn(bar_width=24),
                TaskProgressColumn(),
                TextColumn("{task.fields[left]} left"),
                TextColumn("{task.description}"),
                console=self.console,
                transient=True,
            )
            self._task = self._bar.add_task("", total=1.0, round="round 1", left="")
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar:
            self._bar.stop()

    def show(self, step: Step) -> None:
        """Show what is about to be run; only the timed rounds have a budget."""
        timed = step.phase == "time"
        spent_s, left_s = step.spent_ns / 1e9, step.left_ns / 1e9
        if timed:
            left_s = max(0.0, min(self.effort.budget_s - spent_s, left_s))
        left = spell_left(left_s)
        name = f"round {step.round}" if timed else f"{step.phase} round {step.round}"
        if self._bar is None:
            text = f"{name}, {step.order} of {step.size}, at most {left} left: {step.case.id}"
            self.console.print(text, highlight=False, soft_wrap=True)
            return
        self._bar.update(
            self._task,
            completed=spent_s / (spent_s + left_s) if left_s else 1.0,
            description=step.case.id,
            round=name,
            left=left,
        )


def spell_left(seconds: float) -> str:
    """Spell a time, e.g. `1:20`; `?` where nothing is known of it."""
    if math.isinf(seconds):
        return "?"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
