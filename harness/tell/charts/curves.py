"""What drawings of curves share: panels with a common y axis, references, marks, texts inside a panel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.tell.charts import labels, page, scale, style
from harness.tell.charts.chart import Chart, Floats, Look, Mark, Panel, Reference
from harness.tell.charts.labels import Placer, follow
from harness.tell.charts.page import Box, Room
from harness.tell.charts.scale import Span

NARROWEST = 150.0  # axes of a curve
NOTE_WIDTHS = (150.0, 90.0, 60.0)  # as which a text inside a panel is tried
NEAR_END = (9.0, 16.0)  # pixels from the end of a mark to the middle of a name of one line or two
BREAK = 10.0  # what a further line costs, in pixels of distance
DOTTED = "1 2"


class Slot(NamedTuple):
    """A panel, its y axis, and the row of the chart with which it shares that axis."""

    panel: Panel
    y: Span
    group: int


class Canvas(NamedTuple):
    """Where one panel is drawn."""

    figure: Figure
    axes: Axes
    box: Box
    look: Look
    placer: Placer


def open_slots(
    chart: Chart,
    look: Look,
    slots: Sequence[Sequence[Slot]],
    x: Span,
    height: float,
    beside: Callable[[Panel], float],
) -> tuple[Figure, list[tuple[Canvas, Panel]]]:
    """Lay panels out on a page, with their axes; numbers at a y axis only where the neighbour has others."""
    rooms = find_rooms(slots, chart.x.label, height, beside)
    figure, boxes = page.open_page(chart, look, rooms)
    canvases = []
    for row, places, needs in zip(slots, boxes, rooms, strict=True):
        for slot, box, room in zip(row, places, needs, strict=True):
            axes = open_slot(figure, box, slot, x, numbered=(room.numbered, room.below > 0))
            if room.below:
                page.label_x(figure, look, box, chart.x.label)
            canvases.append((Canvas(figure, axes, box, look, Placer(box)), slot.panel))
    return figure, canvases


def find_rooms(
    slots: Sequence[Sequence[Slot]], label: str, height: float, beside: Callable[[Panel], float]
) -> list[list[Room]]:
    """Say what panels need: numbers at the first y axis of a kind, and at the lowest x axis of a column."""
    rooms: list[list[Room]] = []
    for number, row in enumerate(slots):
        rooms.append([])
        for column, slot in enumerate(row):
            first = column == 0 or row[column - 1].group != slot.group
            lowest = all(len(later) <= column for later in slots[number + 1 :])
            numbers = scale.ticks(slot.y, height, across=False) if first else []
            widths = [style.measure(each.text, style.SMALL) + page.BESIDE_TICKS for each in numbers]
            below = page.TICKS_HEIGHT + page.label_height(label) if lowest else 0.0
            caption = slot.y.axis.label if first else ""
            left, right = max([8.0, *widths]), beside(slot.panel)
            rooms[-1].append(Room(slot.panel.title, caption, left, right, height, below, numbered=first))
    return rooms


def open_slot(figure: Figure, box: Box, slot: Slot, x: Span, *, numbered: tuple[bool, bool]) -> Axes:
    """Make the axes of one panel; `numbered` says whether its y and its x axis are spelled."""
    axes = page.open_axes(figure, box)
    page.set_x(axes, x, scale.ticks(x, box.width, across=True))
    page.set_y(axes, slot.y, scale.ticks(slot.y, box.height, across=False))
    axes.tick_params(labelleft=numbered[0], labelbottom=numbered[1])
    return axes


def note(canvas: Canvas, anchors: Floats, text: str, colour: str, marker: str = "") -> bool:
    """Write a small text near one of the anchors, in one line or more; say whether there was space."""
    before = labels.SAMPLE + 2 if marker else 0.0
    found = []
    for widest in NOTE_WIDTHS:
        wrapped = style.wrap(text, widest, style.SMALL)
        width, height = style.extent(wrapped, style.SMALL)
        place = canvas.placer.find(anchors, width + before, height) if wrapped else None
        if place:
            found.append((place.cost + BREAK * wrapped.count("\n"), place, wrapped))
    if not found:
        return False
    _, place, wrapped = min(found)
    canvas.placer.take(place)
    page.write(canvas.figure, place.x + before, place.y, wrapped, size=style.SMALL, colour=colour)
    if marker:
        x, y = place.x + labels.SAMPLE / 2, place.y + place.height / 2
        labels.rule(canvas.figure, [x], [y], marker=marker, color=colour)
    return True


def draw_reference(canvas: Canvas, reference: Reference) -> Floats:
    """Draw an ideal, a limit or a fit behind the data; returns where it is seen, along the line."""
    colour = style.colour_of(canvas.look, reference.language)
    dash = style.dash_of(reference.dash)
    canvas.axes.plot(reference.x, reference.y, color=colour, linestyle=dash, linewidth=style.THIN, zorder=1.5)
    box = canvas.box
    along = page.to_pixels(canvas.axes, reference.x, reference.y)
    places = follow(along, 1.0)
    inside = (places >= (box.left - 1, box.top - 1)) & (places <= (box.right + 1, box.bottom + 1))
    seen: Floats = places[inside.all(axis=1)]
    canvas.placer.avoid_line(seen)
    return seen


def draw_mark(canvas: Canvas, mark: Mark) -> None:
    """Draw a dotted line across the panel at a value of one axis, with its name at the upper or right end."""
    axes, grey = canvas.axes, style.INKS[canvas.look.theme].grey
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    upright = mark.across == "x"
    if not (left <= mark.value <= right if upright else min(low, high) <= mark.value <= max(low, high)):
        return
    x = [mark.value, mark.value] if upright else [left, right]
    y = [low, high] if upright else [mark.value, mark.value]
    dash = style.dash_of(DOTTED)
    axes.plot(x, y, color=grey, linestyle=dash, linewidth=style.THIN, zorder=1.4, label="mark")
    ends = page.to_pixels(axes, np.array(x), np.array(y))
    canvas.placer.avoid_line(ends)
    away = ends[0] - ends[1]
    inward = np.vstack([np.outer(NEAR_END, np.sign(away)), np.outer([0.25, 0.5, 0.75, 0.95], away)])
    note(canvas, ends[1] + inward, mark.label, grey)


def say_nothing(canvas: Canvas) -> None:
    """Say in a panel that it has no data."""
    centre = np.array([[canvas.box.left + canvas.box.width / 2, canvas.box.top + canvas.box.height / 2]])
    note(canvas, centre, page.NOTHING, style.INKS[canvas.look.theme].grey)
