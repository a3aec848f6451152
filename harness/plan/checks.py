"""Checks: what every check of the declarations is made of; each yields mistakes: key, expected, got."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from harness.errors import HarnessError
from harness.paths import show
from harness.plan.declarations import Number
from harness.plan.expressions import ExpressionError, list_names

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
FILE = re.compile(r"[a-z][a-z0-9_-]{0,39}")
CASE = {"workers", "cores", "language", "model", "runtime", "copy"}
"""What an expression may say of a case beside its arguments."""
FEWEST_ROUNDS, FEWEST_UNCOMPARED, MOST_COPIES, MOST_WORKERS = 5, 3, 1000, 2**20
FLOOR = 10
PLACE = re.compile(r"\{([^{}]*)\}")
MARKERS, DASH = "osD^vPXhp*d<>H8", re.compile(r"(\d+(\.\d+)?( \d+(\.\d+)?)+)?")
TAKEN = {
    *CASE,
    "case",
    "workload",
    "session",
    "sessions",
    "round",
    "timed_rounds",
    "memory_rounds",
    "order",
    "repeat",
}
TAKEN |= {"phase", "status", "reason", "started_at", "memory_source", "took_ns", "swapped_bytes", "result"}
TAKEN |= {"judged", "judged_width", "precision", "precise", "marks", "note", "x"}
"""Columns of the tables, and words of expressions: nothing that is declared may have such a name."""


def require(path: Path, mistakes: Iterable[str]) -> None:
    """Raise HarnessError with all mistakes of a file, if there are any."""
    if found := [f"{show(path)}: {mistake}" for mistake in mistakes]:
        raise HarnessError("\n".join(found))


def known(key: str, name: object, names: Iterable[object]) -> Iterator[str]:
    """Tell whether a name is one of those that are there."""
    valid = [str(each) for each in names]
    if str(name) not in valid:
        yield f"{key}: expected one of {', '.join(valid) or 'none'}, got {name!r}"


def pattern(key: str, text: str) -> Iterator[str]:
    """Tell whether a text is a regular expression."""
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        yield f"{key}: expected a regular expression, got {text!r}: {error}"


def expression(key: str, text: Number, names: Iterable[str]) -> Iterator[str]:
    """Tell whether a text is an expression over known names."""
    if isinstance(text, str) and text:
        try:
            unknown = list_names(text) - set(names)
        except ExpressionError as error:
            yield f"{key}: {error}"
            return
        for name in sorted(unknown):
            yield from known(key, name, sorted(names))


def within(key: str, value: float, low: float, high: float) -> Iterator[str]:
    """Tell whether a number is within bounds."""
    if not low <= value <= high:
        yield f"{key}: expected {low:g} … {high:g}, got {value!r}"


def check_dash(key: str, text: str) -> Iterator[str]:
    """Tell whether a text is the lengths of a dash."""
    if not DASH.fullmatch(text):
        yield f"{key}: expected lengths such as '6 2', got {text!r}"
