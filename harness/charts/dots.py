"""dots: one panel a workload, one row an implementation, sorted by time; start-up apart from the work."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.charts import style, words
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
    style.foot(figure, study.notes)
    return figure


def draw_panel(axes: Axes, study: ChartedStudy, workload: str, rows: pd.DataFrame) -> None:
    """Draw one workload."""
    description = study.declarations.workloads[workload].description
    axes.set_title(f"{workload}: {description}")
    write_times(axes, len(rows) - 0.25, "work", "start-up", style.INK)
    names = []
    for y, (_, row) in enumerate(rows.iterrows()):
        language, model = str(row["language"]), str(row["model"])
        colour = study.colour(language)
        low, middle, high = (row[f"elapsed_ns_{end}"] / 1e9 for end in ("low", "median", "high"))
        startup = row["startup_ns_median"] / 1e9
        axes.plot([low, high], [y, y], color=colour)
        axes.plot(middle, y, marker=study.marker(language, model), color=colour, linestyle="none")
        if row["marks"]:
            style.ring(axes, [middle], [y])
        axes.plot(startup, y, marker="|", color=style.INK, markersize=8)
        write_times(axes, y, style.spell_time(middle), style.spell_time(startup), colour)
        plural = "worker" if row["workers"] == 1 else "workers"
        name = study.label(language, model, str(row["runtime"]))
        names.append(f"{name}, {row['workers']} {plural}")
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.set_xscale("log")
    axes.grid(visible=False, axis="y")
    style.log_axis(axes.xaxis, style.spell_time)


def write_times(axes: Axes, y: float, work: str, startup: str, colour: str) -> None:
    """Write a row's two times at the right of the panel."""
    for place, text, ink in ((1.09, work, colour), (1.18, startup, style.INK)):
        where = axes.get_yaxis_transform()
        axes.text(place, y, text, transform=where, ha="right", va="center", color=ink, size=style.SIZE - 1)


def describe(study: ChartedStudy) -> str:
    """Tabulate times and speed-ups, then what else each case used."""
    return words.tabulate_speedup(study) + "\n" + words.tabulate_use(study)
