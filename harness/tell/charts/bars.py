"""bars: one bar an implementation, from 0, with its interval; each panel has its own linear axis."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.tell.charts import page, rows, style
from harness.tell.charts.chart import Chart, Look, Series
from harness.tell.charts.page import Box
from harness.tell.charts.rows import Table

TAKES = "rows"
NARROWEST = 150.0  # axes
THICK = 0.62  # of a row


def draw(chart: Chart, look: Look) -> Figure:
    """Draw two panels side by side where they fit, otherwise one below the other."""
    axis = chart.x._replace(log=False)
    tables = [rows.read(panel, axis) for row in chart.rows for panel in row]
    if not any(table.rows for table in tables):
        return page.draw_nothing(chart, look)
    rooms = [rows.room_for(table, label=chart.x.label) for table in tables]
    arranged = page.arrange([rooms], rows.columns_that_fit(look, rooms, NARROWEST, 2))
    figure, boxes = page.open_page(chart, look, arranged)
    for table, box in zip(tables, (each for line in boxes for each in line), strict=True):
        draw_panel(figure, chart._replace(x=axis), look, table, box)
        page.label_x(figure, look, box, chart.x.label)
    return figure


def draw_panel(figure: Figure, chart: Chart, look: Look, table: Table, box: Box) -> None:
    """Draw the bars of one panel."""
    x = rows.share_x(chart, [table.panel])
    axes = rows.open_rows(figure, look, box, table, x)
    for number, row in enumerate(table.rows):
        end = draw_bar(axes, look, number, row.series[0])
        rows.write_note(figure, box, table, number, end)


def draw_bar(axes: Axes, look: Look, number: int, series: Series) -> float:
    """Draw one bar and its interval; returns where it ends on the page."""
    places = np.full(len(series.x), float(number))
    axes.barh(
        places, np.nan_to_num(series.x), THICK, color=style.colour_of(look, series.language), label="bar"
    )
    if series.low.size:
        ink = style.INKS[look.theme].text
        axes.hlines(places, series.low, series.high, color=ink, linewidth=style.LINE)
    page.ring(axes, look, series.x, places, series.ringed)
    reached = np.concatenate([np.zeros(1), series.x, series.high])
    end = np.array([reached[np.isfinite(reached)].max()])
    return float(page.to_pixels(axes, end, np.array([float(number)]))[0, 0])
