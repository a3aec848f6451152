"""Decide: for each situation the best model of every language, computed from the studies of a run."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import msgspec

from harness.errors import HarnessError
from harness.estimates import Estimate
from harness.paths import ROOT, show
from harness.plan.checks import FILE
from harness.tell.findings import Fact
from harness.tell.spell import spell_interval, spell_quantity
from harness.tell.tables import escape, spell_measured, table
from harness.tell.view import Row, View

DECISIONS = ROOT / "presentation" / "decisions.toml"
WEIGHT = "work_bytes"


class Situation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a program is like, and which cases tell what is best for it."""

    work: str
    units: str
    study: str
    where: str
    quantity: str = ""
    """By which cases are ranked; without it, what their workload is judged by."""
    better: Literal["lower", "higher"] = "lower"
    slide: bool = True
    """Whether the slide has room for it; a page has for all."""


class Situations(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    situations: list[Situation]


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What is best in one situation, in one language."""

    situation: Situation
    language: str = ""
    """Empty where nothing was measured."""
    label: str = ""
    name: str = ""
    """The best model."""
    workers: int = 1
    figure: str = ""
    """The quantity that decided, and the speed-up where there is one."""
    memory: str = ""
    others: int = 0
    """How many other models were measured."""
    rivals: tuple[str, ...] = ()
    """Those of them that may be as good: their intervals meet."""

    @property
    def model(self) -> str:
        """Name the best model with its number of workers."""
        return f"{self.name} × {self.workers:,}" if self.workers > 1 else self.name

    @property
    def names(self) -> str:
        """Name the best model, or all those between which nothing is decided."""
        return " or ".join([self.name, *self.rivals])

    @property
    def short(self) -> str:
        """Say the first figure of the best without its interval."""
        return re.split(r" \[|, ", self.figure)[0]

    @property
    def verdict(self) -> str:
        """Say whether it is better than the next, or that it is undecided, or not measured."""
        if not self.language:
            return f"not measured: this run has no study {self.situation.study}"
        if not self.others:
            return "no other model measured"
        if self.rivals:
            return f"undecided: no clear difference from {' and '.join(self.rivals)}"
        return "better than the other model" if self.others == 1 else f"better than the {self.others} others"


def read_situations() -> list[Situation]:
    """Read the situations; raises HarnessError where the file is not as it should be."""
    try:
        return msgspec.toml.decode(DECISIONS.read_bytes(), type=Situations).situations
    except (OSError, msgspec.DecodeError) as error:
        raise HarnessError(f"{show(DECISIONS)}: {error}") from None


def list_asked() -> set[str]:
    """List the studies that situations ask."""
    return {situation.study for situation in read_situations()}


def decide(views: Sequence[View]) -> Iterator[Decision]:
    """Decide every situation for every language."""
    measured = {view.name: view for view in views}
    for situation in read_situations():
        if not FILE.fullmatch(situation.study) or situation.study not in measured:
            yield Decision(situation=situation)
            continue
        yield from decide_one(measured[situation.study], situation)


def decide_one(view: View, situation: Situation) -> Iterator[Decision]:
    """Decide one situation, each language by itself: a ratio between languages says little about models."""
    rows = view.select(situation.where)
    usual = rows[rows["runtime"] == rows["language"].map(view.default_runtimes)]
    for language in dict.fromkeys(usual["language"]):
        mine = list(
            best_of_each_model(view, situation, usual[usual["language"] == language].to_dict("records"))
        )
        if mine:
            yield settle(view, situation, mine)


def best_of_each_model(view: View, situation: Situation, rows: Sequence[Row]) -> Iterator[Row]:
    """List the best case of every model, the best model first; those without a number are left out."""
    sign = 1 if situation.better == "lower" else -1
    known = [row for row in rows if not math.isnan(measure(view, situation, row).median)]
    known.sort(key=lambda row: sign * measure(view, situation, row).median)
    first: dict[str, Row] = {}
    for row in known:
        first.setdefault(str(row["model"]), row)
    yield from first.values()


def measure(view: View, situation: Situation, row: Row) -> Estimate:
    """Return the quantity by which a case is ranked."""
    judged = view.declarations.workloads[row["workload"]].judged.quantity
    return Fact(view, row).find(situation.quantity or judged)


def settle(view: View, situation: Situation, rows: Sequence[Row]) -> Decision:
    """Say which model is best, by how much, and whether that is certain."""
    best = rows[0]
    quantity = situation.quantity or view.declarations.workloads[best["workload"]].judged.quantity
    figure = spell_quantity(quantity, measure(view, situation, best).median)
    if quantity.endswith("_per_s"):
        figure += " per second"
    ratio = view.compare(str(best["case"]))
    if not situation.quantity and not math.isnan(ratio.median):
        gained = [spell_quantity("ratio", ratio.median), spell_interval("ratio", ratio)]
        figure = f"{' '.join(filter(None, gained))}, {figure}"
    weight = view.estimate(best, WEIGHT)
    return Decision(
        situation=situation,
        language=str(best["language"]),
        label=view.declarations.languages[best["language"]].label,
        name=view.label_model(best),
        workers=int(best["workers"]) if f"{quantity}_median" in best else 1,  # a slope is over all of them
        figure=figure,
        memory="" if math.isnan(weight.median) or not view.study.timed else spell_measured(WEIGHT, weight),
        others=len(rows) - 1,
        rivals=tuple(view.label_model(row) for row in rows[1:] if not is_better(view, situation, best, row)),
    )


def is_better(view: View, situation: Situation, best: Row, second: Row) -> bool:
    """Tell whether the best is better than another: their intervals, of ratios where there are any, do not meet."""
    ratios = [find_ratio(view, best, second), find_ratio(view, second, best)]
    paired = not situation.quantity and not any(math.isnan(each.low) for each in ratios)
    first, other = ratios if paired else [measure(view, situation, row) for row in (best, second)]
    higher = paired or situation.better == "higher"
    return bool(first.low > other.high if higher else first.high < other.low)


def find_ratio(view: View, row: Row, other: Row) -> Estimate:
    """Return a case's ratio to its baseline; exactly 1 where it is itself the baseline of the other."""
    compared = view.find_comparison(str(other["case"]))
    if compared and compared["against"] == row["case"]:
        return Estimate(1.0, 1.0, 1.0)
    return view.compare(str(row["case"]))


def show_decisions(views: Sequence[View]) -> str:
    """Show the table as HTML; rows say which language they are of, for those who want only one."""
    head = ("your program …", "units", "language", "best model", "measured", "memory above idle", "verdict")
    lines = []
    last = None
    for each in decide(views):
        situation = each.situation
        cells = [each.label, each.model, each.figure, each.memory, each.verdict]
        fresh = situation is not last
        work = (
            f"<b>{html.escape(situation.work)}</b>"
            if fresh
            else f'<span class="again">{html.escape(situation.work)}</span>'
        )
        units = (
            html.escape(situation.units)
            if fresh
            else f'<span class="again">{html.escape(situation.units)}</span>'
        )
        doubt = ' class="undecided"' if each.verdict.startswith(("undecided", "not measured")) else ""
        lines.append(
            f'<tr data-language="{each.language}"{" class=first" if fresh else ""}><td>{work}</td><td>{units}</td>'
            + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells[:-1])
            + f"<td{doubt}>{html.escape(cells[-1])}</td></tr>"
        )
        last = situation
    headings = "".join(f'<th scope="col">{each}</th>' for each in head)
    return (
        f'<table class="decisions"><thead><tr>{headings}</tr></thead><tbody>{"".join(lines)}</tbody></table>'
    )


class Matrix(NamedTuple):
    """The table in short: a row a situation, a column a language."""

    labels: list[str]
    rows: list[tuple[Situation, list[Decision | None]]]
    absent: list[Situation]
    """What was not measured."""


def arrange(views: Sequence[View]) -> Matrix:
    """Bring all decisions into a table in short."""
    found: dict[Situation, dict[str, Decision]] = {}
    absent = []
    for each in decide(views):
        if each.language:
            found.setdefault(each.situation, {})[each.label] = each
        else:
            absent.append(each.situation)
    labels = list(dict.fromkeys(label for cells in found.values() for label in cells))
    rows = [(situation, [cells.get(label) for label in labels]) for situation, cells in found.items()]
    return Matrix(labels, rows, absent)


def show_matrix(views: Sequence[View]) -> str:
    """Show the table in short as HTML, for a slide."""
    matrix = arrange(views)
    rows = [
        f"<tr><td><b>{html.escape(situation.work)}</b><br><small>{html.escape(situation.units)}</small></td>"
        f"{''.join(f'<td>{show_cell(each)}</td>' for each in cells)}</tr>"
        for situation, cells in matrix.rows
        if situation.slide
    ]
    head = "".join(
        f'<th scope="col">{html.escape(label)}</th>' for label in ("your program …", *matrix.labels)
    )
    notes = f"“or”: no clear difference. {name_absent(matrix) if matrix.absent else ''}"
    return (
        f'<table class="decisions"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
        f"<p><small>{html.escape(notes.strip())}</small></p>"
    )


def show_cell(decision: Decision | None) -> str:
    """Show one decision in few words: the model, the one or the number of those that may be as good, and the figure."""
    if decision is None:
        return "<small>not measured</small>"
    figure = decision.short.replace(" ", "\N{NO-BREAK SPACE}")
    names = (
        decision.names if len(decision.rivals) < 2 else f"{decision.name} or {len(decision.rivals)} others"
    )
    return f"<b>{html.escape(names)}</b>: {html.escape(figure)}"


def name_absent(matrix: Matrix) -> str:
    """Say what was not measured."""
    return f"Not measured: {'; '.join(f'{each.work} ({each.units})' for each in matrix.absent)}."


def tabulate_decisions(views: Sequence[View]) -> str:
    """Show the table in short as Markdown."""
    matrix = arrange(views)
    lines = [
        [f"**{escape(situation.work)}**: {escape(situation.units)}", *map(spell_cell, cells)]
        for situation, cells in matrix.rows
    ]
    head = ["your program …", *(f"in {escape(label)}" for label in matrix.labels)]
    shown = table(head, lines, texts=range(len(head))) if lines else ""
    return shown + (f"\n{escape(name_absent(matrix))}\n" if matrix.absent else "")


def spell_cell(decision: Decision | None) -> str:
    """Spell one decision in a line."""
    return "" if decision is None else f"{escape(decision.names)}: {escape(decision.short)}"
