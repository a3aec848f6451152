"""scaling: one panel a runtime, speed-up against the language's own sequential time over the workers."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.charts import style, words
from harness.charts.study import ChartedStudy

PANEL_INCHES = (4.3, 3.4)


def draw(study: ChartedStudy) -> Figure:
    """Draw speed-up with intervals; the dashed line is what ideal scaling would give."""
    rows = study.drawn[study.drawn["speedup_median"].notna()]
    panels = list(rows.groupby(["workload", "language", "runtime"], sort=False))
    columns = max(1, rows["runtime"].nunique())
    lines = max(1, -(-len(panels) // columns))
    figure = Figure(figsize=(PANEL_INCHES[0] * columns, PANEL_INCHES[1] * lines), layout="constrained")
    style.head(figure, study.question, f"speed-up over the language's own sequential time; {study.subtitle}")
    grid = figure.subplots(lines, columns, squeeze=False, sharex=True, sharey=True)
    for axes, ((workload, language, runtime), _) in zip(grid.flat, panels, strict=False):
        axes.set_title(f"{workload}, {study.label_runtime(str(language), str(runtime))}")
    figure.draw_without_rendering()
    labels = []
    for axes, ((_, language, _), group) in zip(grid.flat, panels, strict=False):
        labels.append((axes, draw_panel(axes, study, str(language), group)))
    limit = float(rows["speedup_high"].fillna(rows["speedup_median"]).max())
    for axes, ends in labels:
        axes.set_ylim(0, max(limit, 1) * 1.12)
        style.label_ends(figure, axes, ends)
    style.foot(figure, study.absent)
    return figure


def draw_panel(axes: Axes, study: ChartedStudy, language: str, rows: pd.DataFrame) -> list[style.Label]:
    """Draw one workload in one language; returns the names to be written at the lines' ends."""
    workers = sorted(set(rows["workers"]))
    axes.plot(workers, workers, color=style.INK, linestyle="--", linewidth=0.8)
    colour = study.colour(language)
    labels = []
    for model, group in rows.groupby("model", sort=False):
        if model == study.declarations.languages[language].baseline:
            continue
        line = group.sort_values("workers")
        below = line["speedup_median"] - line["speedup_low"]
        above = line["speedup_high"] - line["speedup_median"]
        axes.errorbar(
            line["workers"],
            line["speedup_median"],
            yerr=[below.clip(lower=0).fillna(0), above.clip(lower=0).fillna(0)],
            marker=study.marker(language, str(model)),
            color=colour,
            elinewidth=1,
        )
        last = line.iloc[-1]
        text = f"{study.label_model(language, str(model))} {last['speedup_median']:.2f}×"
        labels.append(style.Label(text, float(last["workers"]), float(last["speedup_median"]), colour))
    axes.set_xticks(workers)
    axes.set_xlabel("workers")
    return labels


def describe(study: ChartedStudy) -> str:
    """Tabulate times and speed-ups."""
    return words.tabulate_speedup(study)
