"""Progress: a bar with study, case and round on a terminal; elsewhere a plain line now and then."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from harness.run.rounds import Seen

LINE_EVERY_S = 20.0


class Reporter:
    """Shows the steps of a measurement."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar: Progress | None = None
        self._said = ("", 0.0)
        """The study of the last line, and when that was."""

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._bar = Progress(
                TextColumn("{task.fields[place]}"),
                BarColumn(bar_width=24),
                TaskProgressColumn(),
                TextColumn("{task.description}"),
                console=self._console,
                transient=True,
            )
            self._task = self._bar.add_task("", total=1.0, place="")
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()

    def show(self, seen: Seen) -> None:
        """Show what is about to be run."""
        phase = "" if seen.step.phase == "time" else f"{seen.step.phase} "
        place = f"{seen.study}: {phase}round {seen.step.round}, {seen.step.order} of {seen.size}"
        if self._bar is not None:
            share = min(1.0, seen.spent_s / seen.budget_s) if seen.budget_s else 1.0
            self._bar.update(self._task, completed=share, description=escape(seen.step.case.id), place=place)
            return
        study, said_s = self._said
        now_s = time.monotonic()
        if study != seen.study or now_s - said_s >= LINE_EVERY_S:
            self._said = (seen.study, now_s)
            text = f"{place}: {seen.spent_s:.0f} of {seen.budget_s:.0f} s"
            self._console.print(text, highlight=False, soft_wrap=True, markup=False)
