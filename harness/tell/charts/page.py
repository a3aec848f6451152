"""The page of a chart: the finding, panels in a grid, the foot; places are pixels from the top left."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import NullLocator
from matplotlib.transforms import Affine2D, Transform

from harness.tell.charts import style
from harness.tell.charts.chart import Chart, Floats, Look
from harness.tell.charts.scale import Span, Tick

T = TypeVar("T")

EDGE = 10.0  # kept free around everything
GAP = 28.0  # between columns
ROW_GAP = 16.0  # between rows
BESIDE_TICKS = 8.0
TICKS_HEIGHT = 20.0
LABEL_WIDTH = 200.0  # of an axis' label, or as wide as the axes
NOTHING = "nothing was measured"


class Room(NamedTuple):
    """What a panel needs: the height of its axes, and space around them."""

    title: str
    caption: str
    """Second line above the axes: what the y axis shows."""
    left: float
    right: float
    height: float
    below: float
    numbered: bool = True
    """Whether its y axis is spelled, or that of the panel to the left holds."""


class Box(NamedTuple):
    """Where a panel is: its axes, and where its title begins."""

    left: float
    top: float
    width: float
    height: float
    head_left: float
    head_top: float
    title: str
    caption: str

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height


def arrange(rows: Sequence[Sequence[T]], most: int) -> list[list[T]]:
    """Bring rows of panels into at most `most` columns: as they are, turned over, or each row wrapped."""
    filled = [list(row) for row in rows if row]
    longest = max(map(len, filled), default=0)
    if longest <= most:
        return filled
    if 1 < len(filled) <= most and all(len(row) == longest for row in filled):
        return [list(column) for column in zip(*filled, strict=True)]
    lines = []
    for row in filled:
        count = math.ceil(len(row) / math.ceil(len(row) / most))
        lines += [row[start : start + count] for start in range(0, len(row), count)]
    return lines


def columns_that_fit(look: Look, beside: float, narrowest: float, most: int) -> int:
    """Say how many columns fit, where each needs so much beside its axes and so much for them."""
    inside = look.width - 2 * EDGE
    return max(1, min(most, int((inside + GAP) // (beside + narrowest + GAP))))


def place(rooms: Sequence[Sequence[Room]], top: float, across: float) -> list[list[Box]]:
    """Give every panel its place in a grid whose axes are all equally wide, on a page so far across."""
    count = max(map(len, rooms))
    columns = [[row[column] for row in rooms if column < len(row)] for column in range(count)]
    lefts = [max(room.left for room in column) for column in columns]
    rights = [max(room.right for room in column) for column in columns]
    width = (across - 2 * EDGE - GAP * (count - 1) - sum(lefts) - sum(rights)) / count
    outer = [EDGE + column * (width + GAP) + sum(lefts[:column] + rights[:column]) for column in range(count)]
    boxes = []
    for row in rooms:
        spaces = [lefts[column] + width + rights[column] for column in range(len(row))]
        titles = [style.wrap(room.title, wide, bold=True) for room, wide in zip(row, spaces, strict=True)]
        captions = [
            style.wrap(room.caption, wide, style.SMALL) for room, wide in zip(row, spaces, strict=True)
        ]
        start = top + max(head_height(*each) for each in zip(titles, captions, strict=True))
        boxes.append(
            [
                Box(outer[column] + lefts[column], start, width, room.height, outer[column], top, *texts)
                for column, (room, *texts) in enumerate(zip(row, titles, captions, strict=True))
            ]
        )
        top = start + max(room.height + room.below for room in row) + ROW_GAP
    return boxes


def head_height(title: str, caption: str) -> float:
    """Give the height of what is written above a panel."""
    return style.extent(title, bold=True)[1] + style.extent(caption, style.SMALL)[1] + 8


def open_page(chart: Chart, look: Look, rooms: Sequence[Sequence[Room]]) -> tuple[Figure, list[list[Box]]]:
    """Make a figure as high as its panels need; write title, subtitle, foot and the panels' titles."""
    inside = look.width - 2 * EDGE
    grey = style.INKS[look.theme].grey
    title = style.wrap(chart.title, inside, style.TITLE, bold=True)
    subtitle, foot = style.wrap(chart.subtitle, inside), style.wrap(chart.foot, inside, style.SMALL)
    below_title = EDGE + style.extent(title, style.TITLE, bold=True)[1] + 5
    boxes = place(rooms, below_title + style.extent(subtitle)[1] + 14, look.width)
    lowest = max(
        box.bottom + room.below
        for row, needs in zip(boxes, rooms, strict=True)
        for box, room in zip(row, needs, strict=True)
    )
    below_foot = lowest + (style.extent(foot, style.SMALL)[1] + 10 if foot else 0) + EDGE
    figure = Figure(figsize=(look.width / 96, math.ceil(below_foot) / 96))
    write(figure, EDGE, EDGE, title, size=style.TITLE, bold=True)
    write(figure, EDGE, below_title, subtitle, colour=grey)
    write(figure, EDGE, lowest + 10, foot, size=style.SMALL, colour=grey)
    for box in (each for row in boxes for each in row):
        write(figure, box.head_left, box.head_top, box.title, bold=True)
        caption_top = box.top - 6 - style.extent(box.caption, style.SMALL)[1]
        write(figure, box.head_left, caption_top, box.caption, size=style.SMALL, colour=grey)
    return figure, boxes


def pixels(figure: Figure) -> Transform:
    """Turn pixels from the top left into places of the figure, at whatever resolution it is saved."""
    return Affine2D().scale(1 / 96, -1 / 96).translate(0, figure.get_figheight()) + figure.dpi_scale_trans


def write(
    figure: Figure,
    x: float,
    y: float,
    text: str,
    *,
    size: float = style.SIZE,
    colour: str | None = None,
    bold: bool = False,
    across: str = "left",
    down: str = "top",
) -> Text:
    """Write a text whose left (or `across`) and upper (or `down`) edge is at a place."""
    return figure.text(
        x,
        y,
        style.clean(text),
        transform=pixels(figure),
        size=size,
        color=colour,
        weight="bold" if bold else "normal",
        ha=across,
        va=down,
        linespacing=style.SPACING,
    )


def open_axes(figure: Figure, box: Box) -> Axes:
    """Make axes in their place."""
    width, height = figure.get_figwidth() * 96, figure.get_figheight() * 96
    return figure.add_axes(
        (box.left / width, 1 - box.bottom / height, box.width / width, box.height / height)
    )


def set_scale(set_one: Callable[..., None], reach: Span) -> None:
    """Make one axis logarithmic or linear; what a logarithmic axis cannot show is left out."""
    if reach.axis.log:
        set_one("log", nonpositive="mask")
    else:
        set_one("linear")


def set_x(axes: Axes, reach: Span, ticks: Sequence[Tick]) -> None:
    """Give the x axis its reach and ticks."""
    set_scale(axes.set_xscale, reach)
    axes.set_xlim(reach.low, reach.high)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks([each.value for each in ticks], [each.text for each in ticks])


def set_y(axes: Axes, reach: Span, ticks: Sequence[Tick]) -> None:
    """Give the y axis its reach and ticks."""
    set_scale(axes.set_yscale, reach)
    axes.set_ylim(reach.low, reach.high)
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_yticks([each.value for each in ticks], [each.text for each in ticks])


def label_height(label: str) -> float:
    """Give the height of an x axis' label, however wide the axes turn out to be."""
    return style.extent(style.wrap(label, LABEL_WIDTH, style.SMALL), style.SMALL)[1] + 4 if label else 0.0


def label_x(figure: Figure, look: Look, box: Box, label: str, down: float = TICKS_HEIGHT) -> None:
    """Write what the x axis shows, `down` below it, where its numbers end."""
    label = style.wrap(label, max(box.width, LABEL_WIDTH), style.SMALL)
    grey = style.INKS[look.theme].grey
    write(figure, box.left, box.bottom + down, label, size=style.SMALL, colour=grey)


def ring(axes: Axes, look: Look, x: Floats, y: Floats, doubtful: Sequence[bool]) -> None:
    """Draw a ring around each point that is doubtful."""
    chosen = np.flatnonzero(doubtful)
    if chosen.size:
        axes.plot(
            x[chosen],
            y[chosen],
            linestyle="none",
            marker="o",
            markersize=style.RING,
            markerfacecolor="none",
            markeredgewidth=style.THIN,
            color=style.INKS[look.theme].text,
            label="ringed",
            clip_on=False,
        )


def to_pixels(axes: Axes, x: Floats, y: Floats) -> Floats:
    """Say where points of a panel are on the page; points that its scales cannot show are left out."""
    shown = np.isfinite(x) & np.isfinite(y)
    shown &= (x > 0) | (axes.get_xscale() != "log")
    shown &= (y > 0) | (axes.get_yscale() != "log")
    figure = axes.get_figure(root=True)
    assert figure is not None
    places = axes.transData.transform(np.column_stack([x[shown], y[shown]]))
    flipped: Floats = np.array([0.0, figure.get_figheight() * 96]) + places * np.array([1.0, -1.0])
    return flipped


def draw_nothing(chart: Chart, look: Look) -> Figure:
    """Say that there is nothing to draw."""
    figure, boxes = open_page(chart, look, [[Room("", "", 0, 0, 40, 0)]])
    write(figure, boxes[0][0].left, boxes[0][0].top, NOTHING)
    return figure
