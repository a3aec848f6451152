"""scaling: one panel a runtime, speed-up against the language's own sequential time over the workers."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.charts import laws, style, words
from harness.charts.study import ChartedStudy

PANEL_INCHES = (4.3, 3.4)


class Panel(NamedTuple):
    """One workload on one runtime."""

    axes: Axes
    language: str
    rows: pd.DataFrame


def draw(study: ChartedStudy) -> Figure:
    """Draw speed-up with intervals; grey: what ideal scaling would give, and what this machine gave."""
    rows = study.drawn[study.drawn["speedup_median"].notna()]
    figure, panels = make_panels(study, rows)
    told = f"; {laws.LEGEND}" if study.fits["chosen"].any() else ""
    limits = "dashed: ideal" + (", dotted: native threads here" if study.calibration.parallel_speed else "")
    subtitle = f"speed-up over the language's own sequential time; {limits}; {study.subtitle}{told}"
    style.head(figure, study.question, subtitle)
    style.lay_out(figure)
    labels = [(axes, draw_panel(axes, study, language, group)) for axes, language, group in panels]
    ticks = {*rows["workers"], *(label.x for _, ends in labels for label in ends)}
    limit = float(rows["speedup_high"].fillna(rows["speedup_median"]).max())
    limit = max([limit, *(laws.find_top(axes) for axes, _ in labels)])
    for axes, ends in labels:
        axes.set_xticks(sorted(ticks))
        axes.set_ylim(0, max(limit, 1) * 1.12)
        style.label_ends(figure, axes, ends)
    style.lay_out(figure)
    for axes, _ in labels:
        style.thin_ticks(axes.xaxis)
    style.foot(figure, [*study.notes, *laws.list_refusals(study)])
    return figure


def make_panels(study: ChartedStudy, rows: pd.DataFrame) -> tuple[Figure, list[Panel]]:
    """Make a panel for each workload and runtime; wider ones, two a line, where models are told."""
    groups = list(rows.groupby(["workload", "language", "runtime"], sort=False))
    columns, width, height = max(1, rows["runtime"].nunique()), *PANEL_INCHES
    if study.fits["chosen"].any():
        columns, width = min(columns, 2), width + laws.LABEL_INCHES
    lines = max(1, -(-len(groups) // columns))
    figure = Figure(figsize=(width * columns, height * lines), layout="constrained")
    grid = figure.subplots(lines, columns, squeeze=False, sharex=True, sharey=True)
    for axes in grid.flat[max(1, len(groups)) :]:
        axes.remove()
    panels = []
    for axes, ((workload, language, runtime), group) in zip(grid.flat, groups, strict=False):
        axes.set_title(f"{workload}, {study.label_runtime(str(language), str(runtime))}")
        axes.tick_params(labelbottom=True)
        panels.append(Panel(axes, str(language), group))
    return figure, panels


def draw_panel(axes: Axes, study: ChartedStudy, language: str, rows: pd.DataFrame) -> list[style.Label]:
    """Draw one workload in one language; returns the names to be written at the lines' ends."""
    workers = sorted(set(rows["workers"]))
    axes.plot(workers, workers, color=style.INK, linestyle="--", linewidth=0.8)
    if study.calibration.parallel_speed:
        given = [study.calibration.limit(count) for count in workers]
        axes.plot(workers, given, color=style.INK, linestyle=":", linewidth=1.2)
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
        doubtful = line[line["marks"] != ""]
        style.ring(axes, doubtful["workers"].tolist(), doubtful["speedup_median"].tolist())
        last = line.iloc[-1]
        text = f"{study.label_model(language, str(model))} {last['speedup_median']:.2f}×"
        labels.append(style.Label(text, float(last["workers"]), float(last["speedup_median"]), colour))
    labels += laws.draw_models(axes, study, rows, colour)
    axes.set_xlabel("workers")
    return labels


def describe(study: ChartedStudy) -> str:
    """Tabulate times and speed-ups, then what was fitted to these, or why nothing was."""
    return words.tabulate_speedup(study) + laws.tabulate_models(study)
