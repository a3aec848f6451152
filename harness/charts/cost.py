"""cost: processor time a request, of the load server beside that of the client it served."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from harness.charts import style, words
from harness.charts.study import ChartedStudy

WIDTH_INCHES = 9.0
ROW_INCHES = 0.3


def draw(study: ChartedStudy) -> Figure:
    """Draw two bars a case; the server's should be the shorter one."""
    rows = study.drawn.sort_values("cpu_ns_per_unit_median", ascending=False)
    client_us = rows["cpu_ns_per_unit_median"] / 1000
    server_us = rows["fixture_server_cpu_ns_per_request_median"] / 1000
    figure = Figure(figsize=(WIDTH_INCHES, ROW_INCHES * len(rows) + 0.8), layout="constrained")
    subtitle = (
        f"µs of processor time a request; grey: server, colour: client, start-up included; {study.machine}"
    )
    style.head(figure, study.question, subtitle)
    axes = figure.subplots()
    places = range(len(rows))
    colours = [study.colour(str(language)) for language in rows["language"]]
    axes.barh([y + 0.18 for y in places], client_us, height=0.34, color=colours)
    axes.barh([y - 0.18 for y in places], server_us, height=0.34, color=style.INK)
    doubtful = [y for y, marks in zip(places, rows["marks"], strict=True) if marks]
    style.ring(axes, client_us.iloc[doubtful].tolist(), [y + 0.18 for y in doubtful])
    axes.set_yticks(list(places), [name_row(study, row) for _, row in rows.iterrows()])
    axes.grid(visible=False, axis="y")
    axes.set_xlim(left=0)
    style.foot(figure, study.notes)
    return figure


def name_row(study: ChartedStudy, row: pd.Series[float]) -> str:
    """Name a case by what tells it from the others."""
    name = study.label(str(row["language"]), str(row["model"]), str(row["runtime"]))
    return f"{name}, {row['workers']:,} in flight, delay {row['argument_delay_ms']:.0f} ms"


def describe(study: ChartedStudy) -> str:
    """Tabulate both times, and their ratio."""
    rows = []
    for _, row in study.drawn.sort_values("cpu_ns_per_unit_median").iterrows():
        client_us = row["cpu_ns_per_unit_median"] / 1000
        server_us = row["fixture_server_cpu_ns_per_request_median"] / 1000
        ratio = server_us / client_us
        rows.append((name_row(study, row), f"{server_us:.1f}", f"{client_us:.1f}", f"{ratio:.2f}"))
    return words.table(("client", "server, µs a request", "client, µs a request", "server / client"), rows)
