"""Scales: how far an axis reaches, where its ticks are, and how its values are spelled."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.ticker import MaxNLocator

from harness.tell.charts import style
from harness.tell.charts.chart import Axis, Floats, Kind

MARGIN = 0.06  # of the reach of the data, on either side
STRETCH = 0.15  # of the reach of the data, at most, to show references and marks as well
TICK_GAP = 14.0  # pixels between numbers side by side
TICK_PITCH = 30.0  # pixels from one number to the next above it
TIMES = (("s", 1.0), ("ms", 1e3), ("µs", 1e6))
SIZES = (("B", 1.0), ("KiB", 2.0**10), ("MiB", 2.0**20), ("GiB", 2.0**30))
COUNTS = (("", 1.0), (" M", 1e6), (" G", 1e9))


class Span(NamedTuple):
    """The reach of one axis."""

    axis: Axis
    low: float
    high: float


class Tick(NamedTuple):
    """A value that is spelled at an axis."""

    value: float
    text: str


def span(
    axis: Axis,
    values: Iterable[Floats],
    *,
    zero: bool = False,
    lines: Iterable[Floats] = (),
    marks: Iterable[float] = (),
) -> Span:
    """Find the reach of an axis: all values with a margin, and what is near of lines and marks.

    `zero` lets a linear axis begin at 0 where nothing is negative.
    """
    found, beyond = usable(axis, values), usable(axis, lines)
    if not found.size:
        found = beyond if beyond.size else to_scale(axis, np.array([1.0]))
    low, high = float(found.min()), float(found.max())
    from_zero = zero and not axis.log and low >= 0
    low = 0.0 if from_zero else low
    reach = high - low or (1.0 if axis.log else abs(high) or 1.0)
    lowest, highest = low - STRETCH * reach, high + STRETCH * reach
    marked = usable(axis, [np.array(list(marks), dtype=float)])
    near = [*beyond.clip(lowest, highest), *marked[(marked >= lowest) & (marked <= highest)]]
    low, high = min([low, *near]) - MARGIN * reach, max([high, *near]) + MARGIN * reach
    low = max(low, 0.0) if from_zero else low
    return Span(axis, 10**low, 10**high) if axis.log else Span(axis, low, high)


def usable(axis: Axis, values: Iterable[Floats]) -> Floats:
    """Join the values that the axis can show, as logarithms where it is logarithmic."""
    joined = np.concatenate([np.empty(0), *(np.asarray(each, dtype=float).ravel() for each in values)])
    joined = joined[np.isfinite(joined)]
    return to_scale(axis, joined[joined > 0] if axis.log else joined)


def to_scale(axis: Axis, values: Floats) -> Floats:
    """Take logarithms where the axis is logarithmic."""
    return np.log10(values) if axis.log else values


def share(reach: Span, value: float) -> float:
    """Say where a value lies on its axis: 0 at the low end, 1 at the high end."""
    low, high, place = to_scale(reach.axis, np.array([reach.low, reach.high, value]))
    return float((place - low) / (high - low))


def ticks(reach: Span, pixels: float, *, across: bool) -> list[Tick]:
    """Choose the closest ticks whose numbers do not touch; `across` for an axis from left to right."""
    if reach.axis.names:
        return [Tick(float(i), name) for i, name in enumerate(reach.axis.names)]
    chosen: list[Tick] = []
    for values in candidates(reach):
        inside = [each for each in values if reach.low <= each <= reach.high]
        chosen = [Tick(each, spell(each, reach.axis.kind)) for each in inside]
        if chosen and fit(reach, chosen, pixels, across=across):
            return chosen
    return chosen[:1]


def candidates(reach: Span) -> Iterator[list[float]]:
    """Propose sets of ticks, from many to few."""
    if reach.axis.log and reach.high / reach.low >= 8:
        yield from powers(reach)
    factor = 1.0
    if reach.axis.kind == "bytes":
        factor = choose(max(abs(reach.low), abs(reach.high)), SIZES)[1]
    for count in range(7, 0, -1):
        locator = MaxNLocator(count, steps=[1, 2, 5, 10], integer=reach.axis.kind == "count")
        places = locator.tick_values(reach.low / factor, reach.high / factor)
        yield [float(each) * factor for each in places if each > 0 or not reach.axis.log]
    yield [reach.low + (reach.high - reach.low) / 2]


def powers(reach: Span) -> Iterator[list[float]]:
    """Propose ticks for a logarithmic axis: powers of ten, or of two for bytes."""
    base = 2.0 if reach.axis.kind == "bytes" else 10.0
    first, last = math.floor(math.log(reach.low, base)), math.ceil(math.log(reach.high, base))
    if base > 2 and last - first <= 3:
        for digits in ((1, 2, 5), (1, 3)):
            yield [digit * base**power for power in range(first, last + 1) for digit in digits]
    for step in (1, 2, 3, 5, 6, 10, 20):
        yield [base**power for power in range(first, last + 1) if power % step == 0]


def fit(reach: Span, chosen: Sequence[Tick], pixels: float, *, across: bool) -> bool:
    """Say whether the numbers at an axis differ and leave space between each other."""
    if len({each.text for each in chosen}) < len(chosen):
        return False
    centres = np.array([share(reach, each.value) * pixels for each in chosen])
    if not across:
        return bool((np.diff(centres) >= TICK_PITCH).all())
    halves = np.array([style.measure(each.text, style.SMALL) / 2 for each in chosen])
    return bool((np.diff(centres) >= halves[:-1] + halves[1:] + TICK_GAP).all())


def spell(value: float, kind: Kind) -> str:
    """Spell a value with three figures and the unit that fits its kind, e.g. `72 ms`, `1.5×`, `30 %`."""
    if kind == "share":
        return f"{figures(value * 100)} %"
    if kind == "ratio":
        return f"{figures(value)}×"
    if value == 0:
        return "0"
    if kind == "time":
        unit, factor = next(
            ((unit, factor) for unit, factor in TIMES if abs(value) * factor >= 0.9995), ("ns", 1e9)
        )
        return f"{figures(value * factor)} {unit}"
    if kind == "bytes":
        unit, size = choose(value, SIZES)
        return f"{figures(value / size)} {unit}"
    unit, size = choose(value, COUNTS)
    return f"{figures(value / size)}{unit}"


def choose(value: float, units: Sequence[tuple[str, float]]) -> tuple[str, float]:
    """Choose the largest unit that does not exceed the value."""
    return next((unit for unit in reversed(units) if abs(value) >= unit[1]), units[0])


def figures(value: float) -> str:
    """Write three figures, or a whole number with its thousands apart; beyond that, a power of ten."""
    size = abs(value)
    if size and (size < 1e-4 or size >= 1e7):
        digits, power = f"{value:.2e}".split("e")
        return f"{float(digits):g}e{int(power)}"
    return f"{value:,.0f}" if size >= 999.5 else f"{value:.3g}"
