"""lanes: who runs when: one lane a worker, a block from each begin to its end; panels share the time."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.tell.charts import page, rows, scale, style
from harness.tell.charts.chart import Chart, Look, Panel, Series
from harness.tell.charts.page import Box
from harness.tell.charts.rows import Table

TAKES = "segments"
THICK = 0.7  # of a lane
LIGHTER = 0.62  # every other lane, so that neighbours are told apart
WAITING = 0.4  # what belongs to no language


def draw(chart: Chart, look: Look) -> Figure:
    """Draw panels one below the other; series of one name share a lane."""
    panels = [panel for row in chart.rows for panel in row]
    if not any(panel.series for panel in panels):
        return page.draw_nothing(chart, look)
    chart = chart._replace(x=chart.x._replace(log=False))
    x = find_x(chart, panels)
    tables = [rows.read(panel, chart.x, gathered=True) for panel in panels]
    rooms = [[rows.room_for(table, numbered=False)] for table in tables[:-1]]
    rooms.append([rows.room_for(tables[-1], label=chart.x.label)])
    figure, boxes = page.open_page(chart, look, rooms)
    for table, (box,) in zip(tables, boxes, strict=True):
        axes = draw_panel(figure, look, table, box, x)
        axes.tick_params(labelbottom=table is tables[-1])
    page.label_x(figure, look, boxes[-1][0], chart.x.label)
    return figure


def find_x(chart: Chart, panels: list[Panel]) -> scale.Span:
    """Find the time that is shown: from the first begin to the last end, without a margin."""
    series = [each for panel in panels for each in panel.series]
    times = np.concatenate([array for each in series for array in (each.x, each.y)])
    times = times[np.isfinite(times)]
    if not times.size or times.min() == times.max():
        return rows.share_x(chart, panels)
    return scale.Span(chart.x, float(times.min()), float(times.max()))


def draw_panel(figure: Figure, look: Look, table: Table, box: Box, x: scale.Span) -> Axes:
    """Draw the lanes of one panel."""
    axes = rows.open_rows(figure, look, box, table, x)
    for number, row in enumerate(table.rows):
        for series in row.series:
            draw_blocks(axes, look, number, series)
        rows.write_note(figure, box, table, number, box.right)
    return axes


def draw_blocks(axes: Axes, look: Look, number: int, series: Series) -> None:
    """Draw the blocks of one series in its lane."""
    part = (LIGHTER if number % 2 else 1.0) if series.language else WAITING
    blocks = np.column_stack([series.x, series.y - series.x])
    blocks = blocks[np.isfinite(blocks).all(axis=1)]
    colour = style.tint(look, series.language, part)
    axes.broken_barh(blocks.tolist(), (number - THICK / 2, THICK), facecolor=colour, linewidth=0)
