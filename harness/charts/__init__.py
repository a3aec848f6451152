"""Chart: summary.csv becomes a picture a study, as SVG and PNG; no number is made here.

A drawing is a module of this package with two functions: `draw(study)` returns a figure, and
`describe(study)` says the same in tables of Markdown. It may name in `NEEDED` the column without which a
case has no place in it.
"""

from __future__ import annotations

import importlib
import io
from types import ModuleType
from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from harness.charts import style
from harness.errors import HarnessError

if TYPE_CHECKING:
    from harness.charts.study import ChartedStudy

FORMATS = ("svg", "png")


def load(study: ChartedStudy) -> ModuleType:
    """Import a study's drawing; raises HarnessError if there is none of its name."""
    try:
        return importlib.import_module(f"harness.charts.{study.chart}")
    except ModuleNotFoundError:
        raise HarnessError(f"no drawing '{study.chart}': expected harness/charts/{study.chart}.py") from None


def narrow(study: ChartedStudy) -> ChartedStudy:
    """Leave out the measured cases that a drawing has no number of, where it says which these are."""
    column = getattr(load(study), "NEEDED", None)
    if column is None:
        return study
    rows = study.rows[study.rows[column].notna() | (study.rows["status"] != "ok")]
    return study._replace(rows=rows)


def describe(study: ChartedStudy) -> str:
    """Say in tables of Markdown what a study found; raises HarnessError for an unknown drawing."""
    study = narrow(study)
    return "" if study.drawn.empty else str(load(study).describe(study))


def render(study: ChartedStudy) -> dict[str, bytes]:
    """Draw a study and return the picture in every format; raises HarnessError for an unknown drawing."""
    drawing, study = load(study), narrow(study)
    with style.applied():
        figure = draw_nothing(study) if study.drawn.empty else drawing.draw(study)
        edges = style.settle(figure)
        return {kind: save(figure, kind, edges) for kind in FORMATS}


def save(figure: Figure, kind: str, edges: Bbox) -> bytes:
    """Return a settled figure as a file of one format; the same figure gives the same bytes."""
    buffer = io.BytesIO()
    metadata = {"Date": None} if kind == "svg" else None
    figure.savefig(buffer, format=kind, metadata=metadata, bbox_inches=edges)
    return buffer.getvalue()


def draw_nothing(study: ChartedStudy) -> Figure:
    """Say why a study has no number at all."""
    figure = Figure(figsize=(9.0, 0.1))
    style.head(figure, study.question, f"nothing was measured; {study.machine}")
    style.foot(figure, study.absent)
    return figure
