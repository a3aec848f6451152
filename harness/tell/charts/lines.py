"""lines: values over a sweep, with intervals; names at the lines' ends, references behind."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from harness.tell.charts import curves, labels, page, scale, style
from harness.tell.charts.chart import Chart, Floats, Look, Panel, Series
from harness.tell.charts.curves import Canvas, Slot
from harness.tell.charts.labels import End

TAKES = "lines"
HEIGHT = 190.0
AT_EDGE = 0.1  # of the width: a line that ends nearer to the right edge leads on to its name


def draw(chart: Chart, look: Look) -> Figure:
    """Draw panels that share their x axis; those of one row of the chart share their y axis."""
    panels = [panel for row in chart.rows for panel in row]
    if not any(panel.series for panel in panels):
        return page.draw_nothing(chart, look)
    x = find_x(chart, panels)
    slots = [open_row(row, group) for group, row in enumerate(chart.rows)]
    most = page.columns_that_fit(look, max(map(room_for_names, panels)) + 48, curves.NARROWEST, 3)
    height = max(HEIGHT, *(labels.height_of(names(panel)) for panel in panels))
    arranged = page.arrange(slots, most)
    figure, canvases = curves.open_slots(chart, look, arranged, x, height, room_for_names)
    for canvas, panel in canvases:
        draw_panel(canvas, panel)
    return figure


def find_x(chart: Chart, panels: list[Panel]) -> scale.Span:
    """Find the reach of the x axis: where there are data, and marks near them."""
    marks = [mark.value for panel in panels for mark in panel.marks if mark.across == "x"]
    return scale.span(chart.x, [each.x for panel in panels for each in panel.series], marks=marks)


def open_row(row: list[Panel], group: int) -> list[Slot]:
    """Give the panels of one row a common y axis: the data decide, what is near is shown as well."""
    values = [
        each for panel in row for series in panel.series for each in (series.y, series.low, series.high)
    ]
    marks = [mark.value for panel in row for mark in panel.marks if mark.across == "y"]
    lines = [reference.y for panel in row for reference in panel.references]
    return [
        Slot(panel, scale.span(panel.y, values, zero=True, lines=lines, marks=marks), group) for panel in row
    ]


def names(panel: Panel) -> list[str]:
    """List what may be written at the right of a panel."""
    return [label_of(each) for each in panel.series] + [each.label for each in panel.references if each.label]


def label_of(series: Series) -> str:
    """Name a series; say so where it has no value."""
    return series.label if np.isfinite(series.y).any() else f"{series.label}: no value"


def room_for_names(panel: Panel) -> float:
    """Give the width of what may be written at the right of a panel."""
    return labels.width_of(names(panel))


def draw_panel(canvas: Canvas, panel: Panel) -> None:
    """Draw one panel: references behind, then data, then the texts where these leave space."""
    if not panel.series:
        curves.say_nothing(canvas)
    ends = [draw_series(canvas, series) for series in panel.series]
    grey = style.INKS[canvas.look.theme].grey
    inner = []
    for reference in panel.references:
        seen = curves.draw_reference(canvas, reference)
        colour = style.colour_of(canvas.look, reference.language) if reference.language else grey
        if not reference.label:
            continue  # a fitted line: what it was fitted to has the name
        if len(seen) and at_edge(canvas, seen):
            ends.append(End(reference.label, float(seen[-1, 1]), colour, dash=reference.dash))
        elif len(seen):
            inner.append((seen[: -len(seen) // 2 : -12], reference.label, colour))
    for mark in panel.marks:
        curves.draw_mark(canvas, mark)
    for series in panel.series:
        write_notes(canvas, series)
    for anchors, text, colour in inner:
        curves.note(canvas, anchors, text, colour)
    labels.write_ends(canvas.figure, canvas.look, canvas.box, ends)


def draw_series(canvas: Canvas, series: Series) -> End:
    """Draw a line with its intervals and rings; returns the name for its end."""
    look, colour = canvas.look, style.colour_of(canvas.look, series.language)
    marker = look.markers.get(series.model, "")
    dash = style.dash_of(look.dashes.get(series.model, ""))
    if series.low.size:
        canvas.axes.vlines(
            series.x, above(canvas, series.low), series.high, color=colour, linewidth=style.THIN
        )
    canvas.axes.plot(
        series.x,
        series.y,
        color=colour,
        marker=marker or ".",
        markerfacecolor=style.fill_of(look, colour, hollow=series.hollow),
        linestyle=dash,
        linewidth=style.LINE,
        clip_on=False,
    )
    page.ring(canvas.axes, look, series.x, series.y, series.ringed)
    places = page.to_pixels(canvas.axes, series.x, series.y)
    canvas.placer.avoid_line(places)
    canvas.placer.avoid_points(places)
    if not len(places):
        return End(label_of(series), canvas.box.bottom, colour, marker, tied=False, hollow=series.hollow)
    tied = at_edge(canvas, places)
    return End(series.label, float(places[-1, 1]), colour, marker, tied=tied, hollow=series.hollow)


def at_edge(canvas: Canvas, places: Floats) -> bool:
    """Say whether a line ends at the right edge of its panel."""
    return bool(places[-1, 0] >= canvas.box.right - AT_EDGE * canvas.box.width)


def above(canvas: Canvas, low: Floats) -> Floats:
    """Cut the lower ends of intervals at the edge, which a logarithmic axis needs."""
    return np.maximum(low, canvas.axes.get_ylim()[0])


def write_notes(canvas: Canvas, series: Series) -> None:
    """Write what is to be printed at points."""
    for x, y, text in zip(series.x, series.y, series.notes, strict=False):
        anchor = page.to_pixels(canvas.axes, np.array([x]), np.array([y]))
        if text and len(anchor):
            curves.note(canvas, anchor, text, style.colour_of(canvas.look, series.language))
