"""Progress: a bar with case, round and time left on a terminal, plain lines where there is none."""

from __future__ import annotations

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
                TextColumn("round {task.fields[round]}"),
                BarColumn(bar_width=24),
                TaskProgressColumn(),
                TextColumn("{task.fields[left]} left"),
                TextColumn("{task.description}"),
                console=self.console,
                transient=True,
            )
            self._task = self._bar.add_task("", total=1.0, round=1, left="")
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
        """Show what is about to be run."""
        left_s = max(0.0, min(self.effort.budget_s - step.spent_ns / 1e9, step.left_ns / 1e9))
        minutes, seconds = divmod(round(left_s), 60)
        left = f"{minutes}:{seconds:02}"
        if self._bar is None:
            place = f"round {step.round}, {step.order} of {step.size}"
            self.console.print(
                f"{place}, at most {left} left: {step.case.id}", highlight=False, soft_wrap=True
            )
            return
        spent_s = step.spent_ns / 1e9
        self._bar.update(
            self._task,
            completed=spent_s / (spent_s + left_s) if left_s else 1.0,
            description=step.case.id,
            round=step.round,
            left=left,
        )
