"""What drawings of rows share: a name at the left of each row, a note at its right; from top to bottom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.tell.charts import curves, page, scale, style
from harness.tell.charts.chart import Axis, Chart, Look, Panel, Series
from harness.tell.charts.labels import Placer
from harness.tell.charts.page import Box, Room
from harness.tell.charts.scale import Span

WIDEST = 200.0  # of a name or a note, before it is broken
HIGH = 19.0  # pixels of a row with one line of text
BESIDE = 10.0  # between the axes and a name or note
OVERHANG = 24.0  # at the ends of an axis, for half a number


class Row(NamedTuple):
    """What stands in one row: one series, or all series of one name."""

    name: str
    note: str
    series: list[Series]


class Table(NamedTuple):
    """The rows of one panel."""

    panel: Panel
    rows: list[Row]
    pitch: float
    """The height of each row."""

    @property
    def strip(self) -> float:
        """The height of a strip above the rows that holds the names of marks."""
        names = [style.wrap(mark.label, curves.NOTE_WIDTHS[0], style.SMALL) for mark in self.panel.marks]
        return max((style.extent(name, style.SMALL)[1] + 5 for name in names), default=0.0)

    def middle(self, box: Box, number: int) -> float:
        """Say where the middle of a row is on the page."""
        return box.top + self.strip + (number + 0.5) * self.pitch


def read(panel: Panel, axis: Axis, *, gathered: bool = False) -> Table:
    """Break the names and notes of a panel into lines; where `gathered`, series of one name share a row."""
    found: dict[str, list[Series]] = {}
    for number, series in enumerate(panel.series):
        found.setdefault(series.label if gathered else str(number), []).append(series)
    rows = [
        Row(style.wrap(each[0].label, WIDEST), style.wrap(note_of(each, axis), WIDEST, style.SMALL), each)
        for each in found.values()
    ]
    heights = [style.extent(text)[1] + 5 for row in rows for text in (row.name, row.note)]
    return Table(panel, rows, max([HIGH, *heights]))


def note_of(members: Sequence[Series], axis: Axis) -> str:
    """Find what is printed at the end of a row; where the axis cannot show a value, say which it is."""
    notes = [series.notes[0] for series in members if series.notes and series.notes[0]]
    values = np.concatenate([series.x for series in members])
    if notes or scale.usable(axis, [values]).size:
        return ", ".join(notes)
    finite = values[np.isfinite(values)]
    return scale.spell(finite[0], axis.kind) if finite.size else "no value"


def room_for(table: Table, *, label: str = "", numbered: bool = True) -> Room:
    """Say what a panel needs; below it stand numbers, where it is `numbered`, and the axis' label."""
    left = max([OVERHANG, *(style.extent(row.name)[0] + BESIDE for row in table.rows)])
    right = max([OVERHANG, *(style.extent(row.note, style.SMALL)[0] + BESIDE for row in table.rows)])
    height = table.strip + table.pitch * max(len(table.rows), 1)
    below = page.TICKS_HEIGHT * numbered + page.label_height(label)
    return Room(table.panel.title, table.panel.y.label, left, right, height, below)


def columns_that_fit(look: Look, rooms: Sequence[Room], narrowest: float, most: int) -> int:
    """Say how many panels fit side by side."""
    beside = max(room.left for room in rooms) + max(room.right for room in rooms)
    return page.columns_that_fit(look, beside, narrowest, most)


def open_rows(figure: Figure, look: Look, box: Box, table: Table, x: Span) -> Axes:
    """Make the axes of a panel of rows, with names and marks; row 0 is the uppermost."""
    axes = page.open_axes(figure, box)
    page.set_x(axes, x, scale.ticks(x, box.width, across=True))
    axes.set_ylim(max(len(table.rows), 1) - 0.5, -0.5 - table.strip / table.pitch)
    axes.set_yticks([])
    strip = Placer(box._replace(height=table.strip))
    for mark in table.panel.marks:
        curves.draw_mark(curves.Canvas(figure, axes, box, look, strip), mark)
    for number, row in enumerate(table.rows):
        language, middle = row.series[0].language, table.middle(box, number)
        colour = style.colour_of(look, language) if language else None
        page.write(figure, box.left - BESIDE, middle, row.name, colour=colour, across="right", down="center")
    if not table.rows:
        page.write(
            figure, box.left + BESIDE, table.middle(box, 0), page.NOTHING, size=style.SMALL, down="center"
        )
    return axes


def write_note(figure: Figure, box: Box, table: Table, number: int, x: float) -> None:
    """Write the note of a row to the right of a place."""
    text, middle = table.rows[number].note, table.middle(box, number)
    page.write(figure, x + BESIDE, middle, text, size=style.SMALL, down="center")


def share_x(chart: Chart, panels: Sequence[Panel]) -> Span:
    """Find an x axis for panels: values, their intervals, second values, and marks that are near."""
    every = [series for panel in panels for series in panel.series]
    values = [array for series in every for array in (series.x, series.y, series.low, series.high)]
    marks = [mark.value for panel in panels for mark in panel.marks if mark.across == "x"]
    return scale.span(chart.x, values, zero=True, marks=marks)
