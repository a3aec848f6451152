"""null: what the harness says of differences that are known; rounds beside the same times taken as blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.charts import style, words
from harness.charts.study import ChartedStudy
from harness.estimates import SAME

WIDTH_INCHES = 9.0
ROW_INCHES = 0.42
APART = 0.17  # of a row: how far rounds and blocks are drawn from its middle
EVEN = 1e-9


class Way(NamedTuple):
    """One way to look at the same times."""

    name: str
    column: str
    verdict: str
    shift: float


WAYS = (
    Way("in rounds", "speedup", "verdict", APART),
    Way("in blocks", "blocks", "blocks_verdict", -APART),
)


def draw(study: ChartedStudy) -> Figure:
    """Draw the ratio that was found of each pair, with its interval, and the one that is known."""
    rows = select(study)
    figure = Figure(figsize=(WIDTH_INCHES, ROW_INCHES * len(rows) + 0.9), layout="constrained")
    subtitle = (
        f"speed against the same implementation; colour: in rounds, grey: the same times as if timed in "
        f"blocks; dotted: what is known; {study.machine}; {study.rounds}; line: 95 % interval"
    )
    style.head(figure, study.question, subtitle)
    axes = figure.subplots()
    names = []
    for y, (_, row) in enumerate(rows.iloc[::-1].iterrows()):
        known = 1 / row["work"]
        axes.plot([known, known], [y - 0.42, y + 0.42], color=style.INK, linestyle=":")
        for way in WAYS:
            draw_ratio(axes, study, row, way, y + way.shift)
        if row["marks"]:
            style.ring(axes, [row["speedup_median"]], [y + APART])
        names.append(name_row(study, row))
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.grid(visible=False, axis="y")
    style.foot(figure, [*tell(rows), *study.notes])
    return figure


def select(study: ChartedStudy) -> pd.DataFrame:
    """Choose the cases that are compared with their own implementation."""
    return study.drawn[study.drawn["blocks_p"].notna()]


def draw_ratio(axes: Axes, study: ChartedStudy, row: pd.Series[float], way: Way, y: float) -> None:
    """Draw one ratio with its interval and its verdict."""
    language, model = str(row["language"]), str(row["model"])
    colour = study.colour(language) if way is WAYS[0] else style.INK
    low, middle, high = (row[f"{way.column}_{end}"] for end in ("low", "median", "high"))
    axes.plot([low, high], [y, y], color=colour)
    axes.plot(middle, y, marker=study.marker(language, model), color=colour, linestyle="none")
    text = f"{way.name}: {row[way.verdict]}"
    where = axes.get_yaxis_transform()
    axes.text(1.02, y, text, transform=where, va="center", color=colour, size=style.SIZE - 1)


def name_row(study: ChartedStudy, row: pd.Series[float]) -> str:
    """Name a pair."""
    name = study.label(str(row["language"]), str(row["model"]), str(row["runtime"]))
    more = row["work"] - 1
    return f"{name}, against {'itself' if abs(more) < EVEN else f'a twin with {more:+.0%} work'}"


def tell(rows: pd.DataFrame) -> Iterator[str]:
    """Say how often each way of looking was wrong."""
    even = (rows["work"] - 1).abs() < EVEN
    for way in WAYS:
        right = rows.loc[~even, way.verdict] == (rows.loc[~even, "work"] > 1).map(
            {True: "slower", False: "faster"}
        )
        false = (rows.loc[even, way.verdict] != SAME).sum()
        yield (
            f"{way.name}: {false} of {even.sum()} verdicts false where there is no difference, "
            f"{right.sum()} of {len(right)} known differences found"
        )


def describe(study: ChartedStudy) -> str:
    """Tabulate what was found of each pair, in rounds and in blocks."""
    rows = select(study)
    head = ("comparison", "rounds", *(text for way in WAYS for text in (way.name, "verdict")))
    lines = []
    for _, row in rows.iterrows():
        line = [name_row(study, row), f"{row['rounds']:.0f}"]
        for way in WAYS:
            low, middle, high = (row[f"{way.column}_{end}"] for end in ("low", "median", "high"))
            line += [f"{middle:.3f}× [{low:.3f}, {high:.3f}]", str(row[way.verdict])]
        lines.append(line)
    return words.table(head, lines, texts=(0, 3, 5)) + "\n" + "".join(f"{each}.\n" for each in tell(rows))
