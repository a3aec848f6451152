"""Drawings: plain numbers become SVG and PNG; uses matplotlib and `chart`, nothing else of harness."""

from __future__ import annotations

import io
import pkgutil
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import NamedTuple

from matplotlib.figure import Figure

from harness.tell.charts import style
from harness.tell.charts.chart import Chart, Look

Draw = Callable[[Chart, Look], Figure]


class Drawing(NamedTuple):
    """A module of this package that defines `draw`, and in `TAKES` the shape of the data that it draws."""

    draw: Draw
    takes: str


def find_drawings() -> dict[str, Drawing]:
    """Find all drawings; a new kind is one new module."""
    modules = {each.name: import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__)}
    return {
        name: Drawing(module.draw, module.TAKES)
        for name, module in sorted(modules.items())
        if hasattr(module, "draw")
    }


DRAWINGS = find_drawings()


def render(chart: Chart, look: Look, kinds: Sequence[str] = ("svg", "png")) -> dict[str, bytes]:
    """Draw a chart as `svg` and, at twice the size, as `png`; the same input gives the same bytes."""
    with style.applied(look):
        figure = DRAWINGS[chart.drawing].draw(chart, look)
        title = style.clean(chart.title)
        about = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}}
        return {kind: save(figure, kind, {**about[kind], "Title": title}) for kind in kinds}


def save(figure: Figure, kind: str, metadata: dict[str, str | None]) -> bytes:
    """Write a figure in one format, without the date and the version that would change its bytes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, metadata=metadata)
    return buffer.getvalue()
