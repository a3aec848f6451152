"""memory: the peak of the whole process tree over the workers; its slope is what one more worker weighs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.charts import style, words
from harness.charts.study import ChartedStudy

PANEL_INCHES = (9.0, 4.4)
GID = "model"
NEEDED = "peak_bytes_median"
IMPLEMENTATION = ["workload", "language", "model", "runtime"]
LARGE = 2**32  # from here on a scale is in GiB
SLOPE, INTERCEPT = "bytes_per_worker", "intercept_bytes"
FITTED = "thin: straight line through all runs (bent by these axes)"
SOURCES = {
    "cgroup": "as the kernel charged it",
    "pss": "summed PSS, sampled",
    "uss": "summed USS, sampled",
    "rss": "summed RSS, sampled: shared pages count several times",
}


def draw(study: ChartedStudy) -> Figure:
    """Draw medians and intervals on two logarithmic axes, a panel a workload, with the fitted lines."""
    panels = list(study.drawn.groupby("workload", sort=False))
    figure = Figure(figsize=(PANEL_INCHES[0], PANEL_INCHES[1] * len(panels)), layout="constrained")
    style.head(figure, study.question, f"{tell_source(study)}; {tell_rounds(study)}; {study.machine}")
    grid = figure.subplots(len(panels), 1, squeeze=False)
    ends = []
    for axes, (workload, rows) in zip(grid[:, 0], panels, strict=True):
        unit, factor = ("GiB", 2**30) if rows["peak_bytes_median"].max() >= LARGE else ("MiB", 2**20)
        axes.set_title(f"{workload}: peak memory, {unit}")
        axes.set_xlabel("workers")
        ends.append((axes, [draw_line(axes, study, line, factor) for _, line in group(rows)]))
        axes.set_xscale("log")
        axes.set_yscale("log")
        style.log_axis(axes.yaxis, spell_number)
        style.log_axis(axes.xaxis, spell_number)
    style.lay_out(figure)
    for axes, labels in ends:
        style.label_ends(figure, axes, labels)
    # of what is noted elsewhere, that a time is uncertain is left out: none is drawn
    notes = [*list_varied(study), *study.doubts, *study.absent, *list_refusals(study)]
    style.foot(figure, notes)
    return figure


def group(rows: pd.DataFrame) -> list[tuple[tuple[str, ...], pd.DataFrame]]:
    """Group cases by implementation, each sorted by its workers."""
    groups = rows.groupby(IMPLEMENTATION, sort=False)
    return [(tuple(map(str, names)), line.sort_values("workers")) for names, line in groups]


def draw_line(axes: Axes, study: ChartedStudy, line: pd.DataFrame, factor: int) -> style.Label:
    """Draw one implementation in units of `factor` bytes; returns the label at its end."""
    first = line.iloc[0]
    language, model, runtime = (str(first[name]) for name in ("language", "model", "runtime"))
    colour = study.colour(language)
    low, middle, high = (line[f"peak_bytes_{end}"] / factor for end in ("low", "median", "high"))
    axes.errorbar(
        line["workers"],
        middle,
        yerr=[(middle - low).clip(lower=0).fillna(0), (high - middle).clip(lower=0).fillna(0)],
        marker=study.marker(language, model),
        color=colour,
        linestyle="none",
        elinewidth=1,
    )
    doubtful = line["marks"] != ""
    style.ring(axes, line.loc[doubtful, "workers"].tolist(), middle[doubtful].tolist())
    fitted = find_fit(study, line)
    if not fitted.empty:
        values = fitted["value"]
        workers = np.geomspace(fitted["first"].min(), fitted["last"].max(), 100)
        height = (values[INTERCEPT] + values[SLOPE] * workers) / factor
        above = height > 0  # a logarithmic axis has no place for the rest
        axes.plot(workers[above], height[above], color=colour, linewidth=0.8, gid=GID)
    weight = f" {spell_slope(fitted)}" if not fitted.empty else ""
    text = f"{study.label(language, model, runtime)}{weight}"
    return style.Label(text, float(line["workers"].iloc[-1]), float(middle.iloc[-1]), colour)


def find_fit(study: ChartedStudy, line: pd.DataFrame) -> pd.DataFrame:
    """Return an implementation's rows of fits.csv by parameter; none where it has no line."""
    fits = study.fits[study.fits["chosen"] & (study.fits["fit"] == SLOPE)]
    mine = fits.merge(line[IMPLEMENTATION].drop_duplicates())
    return mine.drop_duplicates("parameter").set_index("parameter")


def spell_slope(fitted: pd.DataFrame) -> str:
    """Spell what a worker weighs, with its interval, e.g. `12.3 KiB a worker [11.9, 12.8]`."""
    value, low, high = (float(fitted[name][SLOPE]) for name in ("value", "low", "high"))
    unit, factor = style.choose_unit(value)
    return f"{value / factor:.3g} {unit} a worker [{low / factor:.3g}, {high / factor:.3g}]"


def spell_number(number: float) -> str:
    """Spell a number of an axis."""
    return f"{number:,.0f}" if number >= 1 else f"{number:g}"


def tell_source(study: ChartedStudy) -> str:
    """Say what was measured, and by whom."""
    sources = sorted(set(study.drawn["memory_source"].dropna()) - {""})
    told = " and ".join(SOURCES.get(source, source) for source in sources)
    return f"peak memory of the whole process tree, {told}"


def tell_rounds(study: ChartedStudy) -> str:
    """Say how many runs stand behind the numbers, and how they are drawn."""
    low, high = study.drawn["memory_rounds"].min(), study.drawn["memory_rounds"].max()
    runs = f"{low} runs" if low == high else f"{low} to {high} runs"
    told = f"{runs.replace('1 runs', '1 run')}; marker: median, line: its 95 % interval"
    return f"{told}; {FITTED}" if study.fits["chosen"].any() else told


def list_varied(study: ChartedStudy) -> list[str]:
    """Say what else is not the same in all cases of a workload: one sentence each."""
    sentences = []
    for workload, rows in study.drawn.groupby("workload", sort=False):
        for column in rows.filter(like="argument_"):
            low, high = rows[column].min(), rows[column].max()
            if low != high and not pd.isna(low):
                name = str(column).removeprefix("argument_")
                sentences.append(f"varied with the workers: {workload}'s {name}, {low:,.0f} to {high:,.0f}")
    return sentences


def list_refusals(study: ChartedStudy) -> list[str]:
    """Say of which implementations there is no weight of a worker, and why: one sentence a reason."""
    refused = study.fits[(study.fits["fit"] == SLOPE) & (study.fits["reason"] != "")]
    sentences = []
    for reason, rows in refused.groupby("reason", sort=False):
        names = dict.fromkeys(
            study.label(str(row["language"]), str(row["model"]), str(row["runtime"]))
            for _, row in rows.iterrows()
        )
        sentences.append(f"no weight a worker of {', '.join(names)}: {reason}")
    return sentences


def describe(study: ChartedStudy) -> str:
    """Tabulate peaks by workers, what the runtime has with next to no work, and what a worker weighs."""
    tables = []
    for workload, rows in study.drawn.groupby("workload", sort=False):
        counts = sorted(set(rows["workers"]))
        head = (str(workload), "idle", *(f"{count:,} workers" for count in counts), "a worker")
        lines = [describe_line(study, line, counts) for _, line in group(rows)]
        tables.append(words.table(head, lines).replace("| 1 workers |", "| 1 worker |"))
    notes = [*list_varied(study), *list_refusals(study)]
    told = "".join(f"\n{sentence[0].upper()}{sentence[1:]}.\n" for sentence in notes)
    source = tell_source(study)
    return f"{source[0].upper()}{source[1:]}:\n\n" + "\n".join(tables) + told


def describe_line(study: ChartedStudy, line: pd.DataFrame, counts: list[int]) -> list[str]:
    """Spell one implementation of `describe`."""
    first = line.iloc[0]
    peaks = line.set_index("workers")["peak_bytes_median"]
    fitted = find_fit(study, line)
    idle = first["idle_bytes_median"]
    return [
        study.label(str(first["language"]), str(first["model"]), str(first["runtime"])),
        "" if pd.isna(idle) else style.spell_bytes(idle),
        *(style.spell_bytes(peaks[count]) if count in peaks.index else "" for count in counts),
        "" if fitted.empty else spell_slope(fitted).replace(" a worker", ""),
    ]
