"""dots: one panel a workload, one row an implementation, sorted by time; start-up apart from the work."""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.charts import style
from harness.charts.study import ChartedStudy

ROW_INCHES = 0.27
WIDTH_INCHES = 9.0


def draw(study: ChartedStudy) -> Figure:
    """Draw medians and intervals of the time that the work took, on a logarithmic axis."""
    panels = list(study.drawn.groupby("workload", sort=False))
    counts = [len(rows) for _, rows in panels]
    figure = Figure(
        figsize=(WIDTH_INCHES, ROW_INCHES * sum(counts) + 0.9 * len(panels)), layout="constrained"
    )
    subtitle = f"{study.subtitle}; grey tick: start-up, outside the work"
    style.head(figure, study.question, subtitle)
    grid = figure.subplots(len(panels), 1, squeeze=False, height_ratios=counts)
    for axes, (workload, rows) in zip(grid[:, 0], panels, strict=True):
        draw_panel(axes, study, str(workload), rows.sort_values("elapsed_ns_median", ascending=False))
    style.foot(figure, study.absent)
    return figure


def draw_panel(axes: Axes, study: ChartedStudy, workload: str, rows: pd.DataFrame) -> None:
    """Draw one workload."""
    description = study.declarations.workloads[workload].description
    axes.set_title(f"{workload}: {description}")
    names = []
    for y, row in enumerate(rows.itertuples()):
        language, model = str(row.language), str(row.model)
        colour = study.colour(language)
        low, middle, high = (
            float(each) / 1e9  # type: ignore[arg-type]
            for each in (row.elapsed_ns_low, row.elapsed_ns_median, row.elapsed_ns_high)
        )
        axes.plot([low, high], [y, y], color=colour)
        axes.plot(middle, y, marker=study.marker(language, model), color=colour, linestyle="none")
        axes.plot(float(row.startup_ns_median) / 1e9, y, marker="|", color=style.INK, markersize=8)  # type: ignore[arg-type]
        axes.annotate(
            style.spell_time(middle),
            (max(each for each in (middle, high) if not math.isnan(each)), y),
            xytext=(7, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            size=style.SIZE - 1,
        )
        plural = "worker" if row.workers == 1 else "workers"
        names.append(f"{study.label(language, model)}, {row.workers} {plural}")
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    axes.set_xlim(low, high * (high / low) ** 0.08)  # room for the last number
    axes.grid(visible=False, axis="y")
    style.log_axis(axes.xaxis, style.spell_time)
