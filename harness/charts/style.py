"""The look of all charts, in one place: legible on light and on dark, labels at the line's end."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import matplotlib.style as mpl_style
from matplotlib.axes import Axes
from matplotlib.axis import Axis, XAxis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from matplotlib.transforms import Bbox

INK = "#757575"  # a grey of more than 4:1 against white and against GitHub's dark page
FAINT = "#75757540"
SIZE = 9.0
RING = 10.0  # points across
TICK_GAP = 3  # pixels between the numbers of an axis
PADDING_INCHES = 0.15

SHEET = Path(__file__).with_name("style.mplstyle")


@contextmanager
def applied() -> Iterator[None]:
    """Use this look, and only here."""
    with mpl_style.context(SHEET):
        yield


def lay_out(figure: Figure) -> None:
    """Give every panel its place, as far as it is drawn; where there are none, there is nothing to do."""
    if engine := figure.get_layout_engine():
        engine.execute(figure)


def settle(figure: Figure) -> Bbox:
    """Lay a finished figure out for good; returns its edges, in inches, with all that is written outside.

    Otherwise matplotlib does it again for each format, which takes longer than the drawing.
    """
    lay_out(figure)
    figure.set_layout_engine(None)
    return figure.get_tightbbox().padded(PADDING_INCHES)


def head(figure: Figure, title: str, subtitle: str) -> None:
    """Write the title and the subtitle above the panels, at the left."""
    height = figure.get_figheight()
    lines = wrap(subtitle, figure)
    rise = 0.16 + 0.18 * len(lines)
    figure.text(0.0, 1 + (rise + 0.1) / height, title, size=SIZE + 5, weight="bold", va="bottom")
    figure.text(0.0, 1 + rise / height, "\n".join(lines), size=SIZE, va="top", linespacing=1.4)


def wrap(text: str, figure: Figure) -> list[str]:
    """Break a sentence into lines of the usual size that fit across a figure."""
    letters = int(figure.get_figwidth() * 13)
    return textwrap.wrap(text, letters, subsequent_indent="   ", break_on_hyphens=False)


def foot(figure: Figure, sentences: Sequence[str]) -> None:
    """Write what is not drawn, and why, under the panels."""
    lines = [line for sentence in sentences for line in wrap(sentence, figure)]
    if lines:
        y = -0.12 / figure.get_figheight()
        figure.text(0.0, y, "\n".join(lines), size=SIZE - 1.5, va="top", linespacing=1.4)


def ring(axes: Axes, x: Sequence[float], y: Sequence[float]) -> None:
    """Draw a ring around each point that is doubtful."""
    axes.plot(x, y, linestyle="none", marker="o", markersize=RING, markerfacecolor="none", color=INK)


class Label(NamedTuple):
    """A name at the end of a line."""

    text: str
    x: float
    y: float
    colour: str


def label_ends(figure: Figure, axes: Axes, labels: Sequence[Label]) -> None:
    """Write names at the right of the panel, moved apart where they would overlap, tied by a thin line."""
    to_axes = axes.transData + axes.transAxes.inverted()
    panel_inches = axes.get_position().height * figure.get_figheight()
    gap = (SIZE + 1.5) / 72 / panel_inches
    ordered = sorted(labels, key=lambda each: each.y)
    ends = [to_axes.transform((each.x, each.y)) for each in ordered]
    heights = [1 + label.text.count("\n") for label in ordered]
    wanted = [float(end[1]) for end, height in zip(ends, heights, strict=True) for _ in range(height)]
    lines = spread(wanted, gap)
    for label, end, height in zip(ordered, ends, heights, strict=True):
        place = sum(lines[:height]) / height
        lines = lines[height:]
        x, y = map(float, end)
        axes.text(
            1.05, place, label.text, transform=axes.transAxes, color=label.colour, size=SIZE - 1, va="center"
        )
        axes.plot(
            (x, 1.04),
            (y, place),
            transform=axes.transAxes,
            color=label.colour,
            linewidth=0.5,
            linestyle=":",
            clip_on=False,
        )


def spread(wanted: Sequence[float], gap: float) -> list[float]:
    """Move ascending places in 0 … 1 apart to at least `gap`, each as little as may be.

    Neighbours that collide form a block around the mean of where they wanted to be; the whole is
    then pushed back between 0 and 1, as far as there is room.
    """
    blocks: list[list[float]] = []  # where the members of each block wanted to be
    starts: list[float] = []
    for place in wanted:
        block, start = [place], place
        while starts and start < starts[-1] + gap * len(blocks[-1]):
            starts.pop()
            block = [*blocks.pop(), *block]
            start = sum(each - gap * i for i, each in enumerate(block)) / len(block)
        blocks.append(block)
        starts.append(start)
    places = [start + gap * i for block, start in zip(blocks, starts, strict=True) for i in range(len(block))]
    for i in range(len(places)):
        places[i] = max(places[i], i * gap)
    for i in reversed(range(len(places))):
        places[i] = min(places[i], max(1.0, gap * (len(places) - 1)) - (len(places) - 1 - i) * gap)
    return places


def thin_ticks(axis: XAxis) -> None:
    """Leave out the numbers at ticks that are too near to a lesser one; call it when the layout is done."""
    end = -math.inf
    texts = []
    for tick in axis.get_major_ticks():
        box = tick.label1.get_window_extent()
        free = box.x0 >= end + TICK_GAP
        texts.append(tick.label1.get_text() if free else "")
        end = box.x1 if free else end
    axis.set_ticklabels(texts)


def log_axis(axis: Axis, spell: Callable[[float], str]) -> None:
    """Make an axis logarithmic, with ticks at 1, 2 and 5 where it spans less than two decades."""
    low, high = sorted(axis.get_view_interval())
    narrow = low > 0 and high / low < 100
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if narrow else (1.0,)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: spell(value)))
    axis.set_minor_formatter(NullFormatter())


def spell_bytes(size: float) -> str:
    """Spell a size with a fitting unit and three figures, e.g. `12.3 KiB`."""
    unit, factor = choose_unit(size)
    return f"{size / factor:.3g} {unit}"


def choose_unit(size: float) -> tuple[str, int]:
    """Choose the unit of memory in which a size has up to three figures before the point."""
    for unit, factor in (("B", 1), ("KiB", 2**10), ("MiB", 2**20)):
        if abs(size) < 999.5 * factor:
            return unit, factor
    return "GiB", 2**30


def spell_time(seconds: float) -> str:
    """Spell a time with a fitting unit and two or three figures, e.g. `72 ms`."""
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"
