"""heat: which model wins where: cells in a tint of its language, with its marker; names at the right."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from harness.tell.charts import labels, page, style
from harness.tell.charts.chart import Chart, Floats, Look, Panel, Series
from harness.tell.charts.page import Box, Room

TAKES = "cells"
PARTS = (0.14, 0.3)  # of the language's colour in a cell: its models in turn
LOWEST = 30.0  # height of a cell, or as much as its text needs
WIDE = 120.0  # width of a cell at most
WIDEST = 120.0  # of names, before they are broken
MARKER = 18.0  # space for it in a cell and before a name
BETWEEN = 12.0


class Table(NamedTuple):
    """The texts of one panel, broken into lines, and the size of its cells."""

    panel: Panel
    rows: list[str]
    columns: list[str]
    names: list[str]
    notes: list[list[str]]
    wide: float
    high: float
    stacked: bool
    """Whether the marker stands above the text of a cell, not beside it."""


class Cells(NamedTuple):
    """Where the cells of one panel are drawn; the axes count in pixels of the page."""

    figure: Figure
    axes: Axes
    box: Box
    look: Look
    table: Table


def draw(chart: Chart, look: Look) -> Figure:
    """Draw panels one below the other."""
    panels = [panel for row in chart.rows for panel in row]
    if not any(panel.series for panel in panels):
        return page.draw_nothing(chart, look)
    tables = [read(look, panel) for panel in panels]
    figure, boxes = page.open_page(chart, look, [[room_for(look, table, chart.x.label)] for table in tables])
    for table, (box,) in zip(tables, boxes, strict=True):
        draw_panel(figure, look, table, box)
        names = max((style.extent(name, style.SMALL)[1] for name in table.columns), default=0.0)
        page.label_x(figure, look, box, chart.x.label, names + BETWEEN)
    return figure


def read(look: Look, panel: Panel) -> Table:
    """Break all texts of a panel into lines, and find the size of its cells."""
    rows = [style.wrap(name, WIDEST) for name in panel.rows]
    names = [
        style.wrap(each.label if len(each.x) else f"{each.label}: in no cell", WIDEST)
        for each in panel.series
    ]
    space = look.width - 2 * page.EDGE - width_of(rows) - width_of(names) - MARKER
    wide = min(WIDE, space / max(len(panel.columns), 1))
    columns = [style.wrap(name, wide - 6, style.SMALL) for name in panel.columns]
    words = [word for each in panel.series for note in each.notes for word in style.clean(note).split()]
    stacked = any(style.measure(word, style.SMALL) > wide - MARKER - 8 for word in words)
    beside, above = (0.0, MARKER) if stacked else (MARKER + 4, 0.0)
    notes = [
        [style.wrap(note, wide - beside - 4, style.SMALL) for note in each.notes] for each in panel.series
    ]
    heights = [style.extent(text)[1] + 8 for text in [*rows, *(note for each in notes for note in each)]]
    key = sum(style.extent(name)[1] + 4 for name in names)
    high = max([LOWEST, *(height + above for height in heights), key / max(len(rows), 1)])
    return Table(panel, rows, columns, names, notes, wide, high, stacked)


def width_of(texts: list[str]) -> float:
    """Give the space that names need beside the cells."""
    return max((style.extent(text)[0] for text in texts), default=0.0) + BETWEEN


def room_for(look: Look, table: Table, label: str) -> Room:
    """Say what a panel needs."""
    left, wide = width_of(table.rows), table.wide * max(len(table.columns), 1)
    right = look.width - 2 * page.EDGE - left - wide
    names = max((style.extent(name, style.SMALL)[1] for name in table.columns), default=0.0)
    below = names + BETWEEN + page.label_height(label)
    height = table.high * max(len(table.rows), 1)
    return Room(table.panel.title, table.panel.y.label, left, right, height, below)


def draw_panel(figure: Figure, look: Look, table: Table, box: Box) -> None:
    """Draw the cells of one panel, and beside them which model is which."""
    cells = Cells(figure, page.open_axes(figure, box), box, look, table)
    cells.axes.set_xlim(box.left, box.right)
    cells.axes.set_ylim(box.bottom, box.top)
    cells.axes.set_axis_off()
    cells.axes.set_xticks([])
    cells.axes.set_yticks([])
    if not table.panel.series:
        page.write(figure, box.left, box.top + 8, page.NOTHING)
    write_names(cells)
    for series, notes, part in zip(table.panel.series, table.notes, parts_of(table.panel), strict=True):
        draw_cells(cells, series, notes, style.tint(look, series.language, part))
    write_key(cells)


def parts_of(panel: Panel) -> list[float]:
    """Choose how strong each series' tint is, so that the models of one language differ."""
    languages = [series.language for series in panel.series]
    before = [languages[:number].count(language) for number, language in enumerate(languages)]
    return [PARTS[number % len(PARTS)] for number in before]


def write_names(cells: Cells) -> None:
    """Write the names of rows and columns."""
    box, table = cells.box, cells.table
    for number, name in enumerate(table.rows):
        middle = box.top + (number + 0.5) * table.high
        page.write(cells.figure, box.left - BETWEEN, middle, name, across="right", down="center")
    for number, name in enumerate(table.columns):
        middle = box.left + (number + 0.5) * table.wide
        page.write(cells.figure, middle, box.bottom + 5, name, size=style.SMALL, across="center")


def draw_cells(cells: Cells, series: Series, notes: list[str], fill: tuple[float, float, float]) -> None:
    """Draw the cells in which one model wins: its tint, its marker, the text."""
    wide, high = cells.table.wide, cells.table.high
    lefts, tops = cells.box.left + series.x * wide, cells.box.top + series.y * high
    for left, top in zip(lefts, tops, strict=True):
        cells.axes.add_patch(Rectangle((left + 1, top + 1), wide - 2, high - 2, facecolor=fill, linewidth=0))
    middles = lefts + wide / 2, tops + high / 2
    if cells.table.stacked:
        markers, texts = (middles[0], tops + MARKER / 2 + 2), (middles[0], middles[1] + MARKER / 2)
    else:
        markers, texts = (lefts + MARKER / 2 + 4, middles[1]), (middles[0] + MARKER / 2, middles[1])
    draw_markers(cells, series, *markers)
    page.ring(cells.axes, cells.look, *markers, series.ringed)
    for x, y, text in zip(*texts, notes, strict=False):
        page.write(cells.figure, float(x), float(y), text, size=style.SMALL, across="center", down="center")


def draw_markers(cells: Cells, series: Series, x: Floats, y: Floats) -> None:
    """Draw a model's marker at some places."""
    marker = cells.look.markers.get(series.model, "o")
    colour = style.colour_of(cells.look, series.language)
    cells.axes.plot(x, y, linestyle="none", marker=marker, color=colour, clip_on=False)


def write_key(cells: Cells) -> None:
    """Write the models' names at the right, each as near to its rows as the others let it be."""
    box, table = cells.box, cells.table
    series = table.panel.series
    wanted = [box.top + (each.y.mean() + 0.5) * table.high if each.y.size else box.bottom for each in series]
    order = sorted(range(len(series)), key=lambda number: wanted[number])
    heights = [style.extent(table.names[number])[1] + 4 for number in order]
    places = labels.spread([wanted[number] for number in order], heights, box.top, box.bottom)
    for number, y in zip(order, places, strict=True):
        draw_markers(cells, series[number], np.array([box.right + BETWEEN + 5]), np.array([y]))
        page.write(cells.figure, box.right + BETWEEN + MARKER, y, table.names[number], down="center")
