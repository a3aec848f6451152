"""dots: one row an implementation: a dot with its interval, a grey tick for a second value."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.tell.charts import page, rows, style
from harness.tell.charts.chart import Chart, Look, Series

TAKES = "rows"
NARROWEST = 120.0  # axes


def draw(chart: Chart, look: Look) -> Figure:
    """Draw panels that share their x axis, two side by side where there are more than two."""
    panels = [panel for row in chart.rows for panel in row]
    if not any(panel.series for panel in panels):
        return page.draw_nothing(chart, look)
    x = rows.share_x(chart, panels)
    tables = [rows.read(panel, chart.x) for panel in panels]
    unlabelled = [rows.room_for(table) for table in tables]
    columns = rows.columns_that_fit(look, unlabelled, NARROWEST, 2 if len(panels) > 2 else 1)
    lowest = len(tables) - columns
    names = [chart.x.label if number >= lowest else "" for number in range(len(tables))]
    rooms = [rows.room_for(table, label=name) for table, name in zip(tables, names, strict=True)]
    figure, boxes = page.open_page(chart, look, page.arrange([rooms], columns))
    places = [box for line in boxes for box in line]
    for table, box, name in zip(tables, places, names, strict=True):
        axes = rows.open_rows(figure, look, box, table, x)
        page.label_x(figure, look, box, name)
        for number, row in enumerate(table.rows):
            draw_row(axes, look, number, row.series[0])
            rows.write_note(figure, box, table, number, box.right)
    return figure


def draw_row(axes: Axes, look: Look, number: int, series: Series) -> None:
    """Draw the values of one row."""
    colour, grey = style.colour_of(look, series.language), style.INKS[look.theme].grey
    places, seconds = np.full(len(series.x), float(number)), np.full(len(series.y), float(number))
    if series.low.size:
        axes.hlines(
            places, np.maximum(series.low, axes.get_xlim()[0]), series.high, color=colour, linewidth=2
        )
    axes.plot(series.y, seconds, linestyle="none", marker="|", markersize=8, color=grey)
    marker = look.markers.get(series.model, "o")
    axes.plot(series.x, places, linestyle="none", marker=marker, color=colour, clip_on=False)
    page.ring(axes, look, series.x, places, series.ringed)
