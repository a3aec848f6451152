"""concurrency: throughput and latency over what is in flight; one column a delay."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.charts import style, words
from harness.charts.study import ChartedStudy

PANEL_INCHES = (4.6, 2.7)


class Quantity(NamedTuple):
    """A row of panels."""

    column: str
    title: str
    scale: float
    time: bool


QUANTITIES = (
    Quantity("throughput_per_s", "requests a second", 1.0, time=False),
    Quantity("metric_latency_p50_ns", "median latency (p50)", 1e-9, time=True),
    Quantity("metric_latency_p99_ns", "99th percentile of latency (p99)", 1e-9, time=True),
)


def draw(study: ChartedStudy) -> Figure:
    """Draw each quantity over the requests in flight, both logarithmic."""
    delays = sorted(set(study.drawn["argument_delay_ms"]))
    size = (PANEL_INCHES[0] * len(delays), PANEL_INCHES[1] * len(QUANTITIES))
    figure = Figure(figsize=size, layout="constrained")
    subtitle = f"{study.subtitle}; dashed: the ideal, in flight / delay, or the delay itself"
    style.head(figure, study.question, subtitle)
    grid = figure.subplots(len(QUANTITIES), len(delays), squeeze=False, sharex=True, sharey="row")
    ends, ideals = [], []
    for line, quantity in enumerate(QUANTITIES):
        for column, delay_ms in enumerate(delays):
            axes = grid[line, column]
            rows = study.drawn[study.drawn["argument_delay_ms"] == delay_ms]
            axes.set_title(f"{quantity.title}, delay {delay_ms:.0f} ms")
            ends.append((axes, draw_panel(axes, study, quantity, rows)))
            ideals.append((axes, quantity, float(delay_ms), rows))
    for ideal in ideals:  # only now: the panels of a row share their scale, which the data alone decide
        draw_ideal(*ideal)
    for axes, quantity, *_ in ideals:
        style.log_axis(axes.yaxis, style.spell_time if quantity.time else spell_count)
        style.log_axis(axes.xaxis, spell_count)
    for axes in grid[-1]:
        axes.set_xlabel("requests in flight")
    style.lay_out(figure)
    for axes, labels in ends:
        style.label_ends(figure, axes, labels)
    style.foot(figure, study.notes)
    return figure


def draw_panel(axes: Axes, study: ChartedStudy, quantity: Quantity, rows: pd.DataFrame) -> list[style.Label]:
    """Draw one quantity at one delay; returns the names to be written at the lines' ends."""
    labels = []
    for (language, model, runtime), group in rows.groupby(["language", "model", "runtime"], sort=False):
        line = group.sort_values("workers")
        colour = study.colour(str(language))
        middle = line[f"{quantity.column}_median"] * quantity.scale
        below = middle - line[f"{quantity.column}_low"] * quantity.scale
        above = line[f"{quantity.column}_high"] * quantity.scale - middle
        axes.errorbar(
            line["workers"],
            middle,
            yerr=[below.clip(lower=0).fillna(0), above.clip(lower=0).fillna(0)],
            marker=study.marker(str(language), str(model)),
            color=colour,
            elinewidth=1,
        )
        doubtful = line["marks"] != ""
        style.ring(axes, line.loc[doubtful, "workers"].tolist(), middle[doubtful].tolist())
        end = (float(line["workers"].iloc[-1]), float(middle.iloc[-1]))
        name = study.label(str(language), str(model), str(runtime))
        labels.append(style.Label(name, *end, colour))
    axes.set_xscale("log")
    axes.set_yscale("log")
    return labels


def spell_count(number: float) -> str:
    """Spell a number with its thousands apart."""
    return f"{number:,.0f}"


def draw_ideal(axes: Axes, quantity: Quantity, delay_ms: float, rows: pd.DataFrame) -> None:
    """Draw what a client without any cost of its own would reach."""
    if delay_ms == 0 or rows.empty:
        return
    workers = np.array(sorted(set(rows["workers"])), dtype=float)
    delay_s = delay_ms / 1000
    ideal = np.full_like(workers, delay_s) if quantity.time else workers / delay_s
    bounds = axes.get_ylim()
    axes.plot(workers, ideal, color=style.INK, linestyle="--", linewidth=0.8)
    axes.set_ylim(bounds)


def describe(study: ChartedStudy) -> str:
    """Tabulate throughput and the 99th percentile of latency by what is in flight; a table a delay."""
    tables = []
    for delay_ms, rows in study.drawn.groupby("argument_delay_ms"):
        workers = sorted(set(rows["workers"]))
        head = (f"delay {delay_ms:.0f} ms", *(f"{count:,} in flight" for count in workers))
        lines = [
            [study.label(*map(str, names)), *(spell_cell(group, count) for count in workers)]
            for names, group in rows.groupby(["language", "model", "runtime"], sort=False)
        ]
        tables.append(words.table(head, lines))
    return "Requests a second, and the 99th percentile of latency:\n\n" + "\n".join(tables)


def spell_cell(rows: pd.DataFrame, workers: int) -> str:
    """Spell one implementation at one number of requests in flight."""
    found = rows[rows["workers"] == workers]
    if found.empty:
        return ""
    row = found.iloc[0]
    latency = style.spell_time(row["metric_latency_p99_ns_median"] / 1e9)
    return f"{row['throughput_per_s_median']:,.0f} ({latency})"
