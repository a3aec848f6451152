"""ecdf: the share of values up to each value; names beside the curves, since these all end at 100 %."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from harness.tell.charts import curves, page, scale, style
from harness.tell.charts.chart import Axis, Chart, Floats, Look, Panel, Series
from harness.tell.charts.curves import Canvas, Slot

TAKES = "arrays"
HEIGHT = 230.0
MOST = 400  # points of a curve, and as many of its upper tail
EIGHTHS = np.arange(0.0625, 1, 0.125)
LABELLED = (0.5, 0.6, 0.4, 0.7, 0.3, 0.8, 0.2, 0.9, 0.1)  # shares at which a name may stand


def draw(chart: Chart, look: Look) -> Figure:
    """Draw distributions; all panels share both axes."""
    panels = [panel for row in chart.rows for panel in row]
    if not any(panel.series for panel in panels):
        return page.draw_nothing(chart, look)
    marks = [mark.value for panel in panels for mark in panel.marks if mark.across == "x"]
    x = scale.span(chart.x, [each.x for panel in panels for each in panel.series], marks=marks)
    slots = [[Slot(panel, share_axis(panel), 0) for panel in row] for row in chart.rows]
    arranged = page.arrange(slots, page.columns_that_fit(look, 60, 1.8 * curves.NARROWEST, 2))
    figure, canvases = curves.open_slots(chart, look, arranged, x, HEIGHT, lambda _: 24.0)
    for canvas, panel in canvases:
        draw_panel(canvas, panel)
    return figure


def share_axis(panel: Panel) -> scale.Span:
    """Give the y axis, which always reaches from 0 to 100 %."""
    return scale.Span(Axis(panel.y.label or "share of all values", "share"), 0.0, 1.0)


def draw_panel(canvas: Canvas, panel: Panel) -> None:
    """Draw curves and marks, then the names where these leave space."""
    if not panel.series:
        curves.say_nothing(canvas)
    drawn = [draw_series(canvas, series) for series in panel.series]
    for mark in panel.marks:
        curves.draw_mark(canvas, mark)
    for series, places in zip(panel.series, drawn, strict=True):
        write_name(canvas, series, places)


def draw_series(canvas: Canvas, series: Series) -> Floats:
    """Draw one curve; returns its corners on the page."""
    look, (x, y) = canvas.look, cumulate(series.x)
    canvas.axes.plot(
        x,
        y,
        drawstyle="steps-post",
        color=style.colour_of(look, series.language),
        linestyle=style.dash_of(look.dashes.get(series.model, "")),
        marker=look.markers.get(series.model, ""),
        markevery=(0.12, 0.25),
        linewidth=style.LINE,
        clip_on=False,
    )
    places = page.to_pixels(canvas.axes, np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1])
    canvas.placer.avoid_line(places)
    return places


def cumulate(values: Floats) -> tuple[Floats, Floats]:
    """Give the corners of a distribution, few enough to be drawn; the largest values are all kept."""
    ordered = np.sort(values[np.isfinite(values)])
    if not ordered.size:
        return ordered, ordered
    count = len(ordered)
    kept = np.linspace(0, count - 1, min(count, MOST)).astype(int)
    kept = np.unique(np.concatenate([kept, np.arange(max(0, count - MOST), count)]))
    return np.concatenate([ordered[:1], ordered[kept]]), np.concatenate([[0.0], (kept + 1) / count])


def write_name(canvas: Canvas, series: Series, places: Floats) -> None:
    """Write a curve's name beside it, where it is apart from the others."""
    colour = style.colour_of(canvas.look, series.language)
    box = canvas.box
    if not len(places):
        corner = np.array([[box.left + 8, box.bottom - 8]])
        curves.note(canvas, corner, f"{series.label}: no value", colour)
        return
    heights = [box.bottom - share * box.height for share in LABELLED]
    anchors = places[[int(np.argmin(np.abs(places[:, 1] - height))) for height in heights]]
    grid = np.stack(np.meshgrid(EIGHTHS, EIGHTHS), axis=-1).reshape(-1, 2)
    anywhere = (box.left, box.top) + grid * (box.width, box.height)
    marker = canvas.look.markers.get(series.model, "")
    for places_to_try in (anchors, anywhere):
        if curves.note(canvas, places_to_try, series.label, colour, marker):
            return
