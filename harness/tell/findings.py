"""Findings: sentences whose numbers and verdicts are computed; which one is said, the numbers decide."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import NamedTuple

from harness.estimates import Estimate
from harness.plan.cases import compute
from harness.plan.declarations import Finding, Value
from harness.plan.expressions import evaluate
from harness.tell.spell import UNKNOWN, spell_interval, spell_quantity
from harness.tell.view import Row, View

PLACE = re.compile(r"\{([a-z0-9_]+)(?:\.([a-z0-9_]+))?\}")


class Fact:
    """What conditions and templates may say of a named case: verdict, ratio, every quantity it has."""

    def __init__(self, view: View, row: Row) -> None:
        self._view, self._row = view, row
        compared = view.find_comparison(str(row["case"]))
        self.verdict = str(compared["verdict"]) if compared else ""
        self.words = str(compared["words"]) if compared else "not compared"
        said = self.words.partition(":")[0]  # the interval stands beside it
        self.doubt = "" if self.verdict in {"faster", "slower", "higher", "lower"} else f" ({said})"
        """In brackets, how its comparison ended, unless the ratio already says it."""
        self.name = view.label(row)
        self.note = str(row.get("note", "") or "")

    def find(self, name: str) -> Estimate:
        """Return a number: a quantity of the case, or a parameter fitted to its implementation."""
        found = self._view.estimate(self._row, name)
        fitted = self._view.find_fit(self._row)
        if math.isnan(found.median) and name in fitted.index:
            return Estimate(*(float(fitted[column][name]) for column in ("value", "low", "high")))
        return found

    def __getattr__(self, name: str) -> float:
        """Return a number for a condition; NaN, with which no condition holds, where there is none."""
        if name.startswith("_"):
            raise AttributeError(name)
        return self.find(name).median

    def spell(self, name: str) -> str:
        """Spell what a template asks for; `…_interval` is the interval of a number."""
        if name in {"verdict", "words", "doubt", "name", "note"}:
            return str(getattr(self, name))
        if name.endswith("_interval"):
            quantity = name.removesuffix("_interval")
            return spell_interval(quantity, self.find(quantity))
        return spell_quantity(name, self.find(name).median)


class Told(NamedTuple):
    """What a finding says."""

    title: str
    """In short, for a chart."""
    text: str
    """For a page."""


def tell(view: View, name: str) -> Told | None:
    """Say what a study found; None where a case that it speaks of has no numbers."""
    finding = view.study.findings[name]
    facts = find_facts(view, finding)
    if facts is None:
        return None
    values: Mapping[str, object] = {**facts, "cores": view.plan.cores}
    for says in finding.says:
        with view.naming(f"findings.{name}"):
            holds = evaluate(says.when, values)
        if holds:
            title = " ".join(fill(says.title, facts, view.plan.cores).split())
            if UNKNOWN in title.split():
                return None
            return Told(title, fill(says.text, facts, view.plan.cores).strip() or f"{title}.")
    return None


def find_facts(view: View, finding: Finding) -> dict[str, Fact] | None:
    """Find the cases that a finding names; None where one of them was not measured."""
    facts = {}
    for name, where in finding.cases.items():
        row = find_case(view, where)
        if row is None:
            return None
        facts[name] = Fact(view, row)
    return facts


def find_case(view: View, where: Mapping[str, Value]) -> Row | None:
    """Find the measured case that is named; of several one on its language's default runtime, with most workers."""
    rows = view.measured
    for key, value in where.items():
        if key not in rows:
            return None
        wanted = compute(value, {"cores": view.plan.cores}) if key == "workers" else value
        rows = rows[rows[key] == wanted]
    if rows.empty:
        return None
    usual = rows[rows["runtime"] == rows["language"].map(view.default_runtimes)]
    return dict((rows if usual.empty else usual).sort_values("workers").iloc[-1])


def fill(template: str, facts: Mapping[str, Fact], cores: int) -> str:
    """Put the computed numbers into a template."""

    def replace(match: re.Match[str]) -> str:
        name, quantity = match[1], match[2]
        return str(cores) if name == "cores" else facts[name].spell(quantity or "name")

    text = PLACE.sub(replace, template)
    return re.sub(r" +([,.;:)])", r"\1", re.sub(r" {2,}", " ", text))


def spell_title(view: View, finding: str) -> str:
    """Return a chart's title: what was found, or, where that is not known, the question."""
    told = tell(view, finding) if finding else None
    return told.title if told else view.study.question
