"""Figures: the numbers of a run by key, `study.case.quantity`, for pages that are written around them.

A key that the run does not have is an error with its name, never an empty place in a sentence.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.estimates import Estimate
from harness.paths import show
from harness.tell.findings import Fact, find_case, spell_title, tell
from harness.tell.spell import spell_interval, spell_quantity
from harness.tell.view import Row, View


class MissingFigureError(HarnessError):
    """A page asks for a number that the run does not have."""

    def __init__(self, key: str, what: str) -> None:
        super().__init__(f"expected {what} {key}, the run has not measured it")
        self.key = key


class MissingStudyError(MissingFigureError):
    """A page asks for a study that the run has not measured at all."""


class Figure:
    """A number: a page spells it with its unit, a template can compare it and compute with it."""

    def __init__(self, name: str, found: Estimate) -> None:
        self.name, self.found = name, found

    @property
    def interval(self) -> str:
        """Spell its interval; empty where it has none."""
        return spell_interval(self.name, self.found).replace(" ", "\N{NO-BREAK SPACE}")

    def __str__(self) -> str:
        return spell_quantity(self.name, self.found.median).replace(" ", "\N{NO-BREAK SPACE}")

    def __float__(self) -> float:
        return float(self.found.median)

    def __truediv__(self, other: object) -> float:
        return float(self) / float(other)  # type: ignore[arg-type]

    def __mul__(self, other: object) -> float:
        return float(self) * float(other)  # type: ignore[arg-type]

    def __rtruediv__(self, other: float) -> float:
        return other / float(self)

    def __lt__(self, other: object) -> bool:
        return float(self) < float(other)  # type: ignore[arg-type]

    def __gt__(self, other: object) -> bool:
        return float(self) > float(other)  # type: ignore[arg-type]


class Used:
    """What a page has asked for so far: what its figures are from, and which of them are doubtful."""

    def __init__(self) -> None:
        self.studies: dict[str, View] = {}
        self.doubts: dict[str, str] = {}
        """Of a case, by what it is called, the rules that marked it."""

    def clear(self) -> None:
        """Begin another page."""
        self.studies.clear()
        self.doubts.clear()


class CaseFigures:
    """The numbers of one measured case: every quantity, its ratio, what was fitted to it."""

    def __init__(self, key: str, view: View, row: Row, used: Used) -> None:
        self.key, self.view, self.row = key, view, row
        self._used = used
        self._fact = Fact(view, row)

    @property
    def label(self) -> str:
        """Name the implementation, e.g. `Python threads`."""
        return self.view.label(self.row)

    @property
    def given(self) -> dict[str, Any]:
        """What tells the case from others: workers, arguments; whole numbers as such."""
        names = ["workers", *self.view.declarations.workloads[self.row["workload"]].arguments]
        values = {name: self.row[name] for name in names if name in self.row}
        return {
            name: int(value) if isinstance(value, float) and value.is_integer() else value
            for name, value in values.items()
        }

    @property
    def words(self) -> str:
        """Say how its comparison ended, e.g. `same within ±5 %`."""
        return self._fact.words

    @property
    def verdict(self) -> str:
        """Say how its comparison ended, in one of the words of the tables."""
        return self._fact.verdict

    def doubts(self, quantity: str) -> bool:
        """Tell whether a rule of plausibility marked it, and the quantity is what is judged."""
        return bool(self.row["marks"]) and quantity in {"ratio", self.row["judged"]}

    def find(self, quantity: str) -> Figure:
        """Return a number; raises MissingFigureError where the case has none of that name."""
        found = self._fact.find(quantity)
        if math.isnan(found.median):
            raise MissingFigureError(f"{self.key}.{quantity}", "a figure")
        if self.doubts(quantity):
            marks = str(self.row["marks"]).replace(" ", ", ").replace("_", " ")
            self._used.doubts[f"{self.row['workload']}, {self.label}"] = marks
        return Figure(quantity, found)

    def __getattr__(self, name: str) -> Figure:
        """Let a template write `case.quantity`."""
        if name.startswith("_"):
            raise AttributeError(name)
        return self.find(name)


class StudyFigures:
    """The named cases of one study."""

    def __init__(
        self,
        key: str,
        view: View | None,
        cases: Mapping[str, Mapping[str, Any]],
        used: Used,
    ) -> None:
        self._key, self._view, self._cases, self._used = key, view, cases, used

    @property
    def view(self) -> View:
        """Return the study; raises MissingFigureError where the run has none."""
        if self._view is None:
            raise MissingStudyError(self._key, "study")
        self._used.studies[self._key] = self._view
        return self._view

    @property
    def measured(self) -> bool:
        """Tell whether the run has the study at all."""
        return self._view is not None

    def has(self, name: str) -> bool:
        """Tell whether the run has numbers of a named case."""
        try:
            self.case(name)
        except MissingFigureError:
            return False
        return True

    def maybe(self, name: str) -> CaseFigures | None:
        """Return a named case; nothing where the run has no numbers of it."""
        return self.case(name) if self.has(name) else None

    def case(self, name: str) -> CaseFigures:
        """Return a named case; raises MissingFigureError where it was not measured, HarnessError for another name."""
        key = f"{self._key.replace('-', '_')}.{name}"
        if name not in self._cases:
            named = ", ".join(self._cases) or "none"
            raise HarnessError(f"expected a case that is named, one of {named}; got {key}")
        row = find_case(self.view, self._cases[name])
        if row is None:
            raise MissingFigureError(key, "figures of")
        return CaseFigures(key, self.view, row, self._used)

    def finding(self, name: str, part: str = "text") -> str:
        """Say what the study found, as `text` or as `title`; raises MissingFigureError where nothing can be said."""
        told = tell(self.view, name) if name in self.view.study.findings else None
        if told is None:
            raise MissingFigureError(f"{self._key}/{name}", "the finding")
        return told.title if part == "title" else told.text

    def title_of(self, chart: str) -> str:
        """Say what a chart of the study shows."""
        return spell_title(self.view, self.view.study.charts[chart].finding)

    def __getattr__(self, name: str) -> CaseFigures:
        """Let a template write `study.case`."""
        if name.startswith("_"):
            raise AttributeError(name)
        return self.case(name)


def read_names(path: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """Read which cases are named, study by study; raises HarnessError where the file cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise HarnessError(f"{show(path)}: expected the names of cases: {error}") from None


def list_figures(
    views: Sequence[View],
    names: Mapping[str, Mapping[str, Mapping[str, Any]]],
    used: Used,
) -> dict[str, StudyFigures]:
    """Give a template all studies that have named cases or were measured, by names that it can write.

    `used` keeps what is asked for.
    """
    measured = {view.name: view for view in views}
    known = dict.fromkeys([*names, *measured])
    return {
        name.replace("-", "_"): StudyFigures(name, measured.get(name), names.get(name, {}), used)
        for name in known
    }
