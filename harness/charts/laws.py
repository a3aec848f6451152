"""Laws: how the fitted models of scaling are drawn and told; every number of theirs stands in fits.csv."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from harness.charts import style, words
from harness.charts.study import ChartedStudy
from harness.fits import Line
from harness.scaling import PARAMETERS, predict

LINE = [*Line._fields]
LAWS = {"amdahl": "Amdahl", "usl": "USL"}
SYMBOLS = {"sigma": "σ", "kappa": "κ"}
LEGEND = "thin line: a model, dashed where it is extrapolated"
LABEL_INCHES = 1.6  # what a panel is wider by for the labels of models
EXTRAPOLATED = 2.0  # how far a model is drawn: times the most workers that it was fitted to
GID = "model"
TRACE = 1e-6  # what is less is written as 0


def draw_models(axes: Axes, study: ChartedStudy, points: pd.DataFrame, colour: str) -> list[style.Label]:
    """Draw the models that were chosen for the lines through these points; returns their labels."""
    lines = points[["workload", "language", "runtime", "model"]].drop_duplicates()
    chosen = study.fits[study.fits["chosen"]].merge(lines)
    return [draw_model(axes, rows, colour) for _, rows in chosen.groupby([*LINE, "fit"], sort=False)]


def draw_model(axes: Axes, rows: pd.DataFrame, colour: str) -> style.Label:
    """Draw one model from its rows of fits.csv: solid where it was fitted, dashed beyond."""
    fit, first, last = rows["fit"].iloc[0], float(rows["first"].iloc[0]), float(rows["last"].iloc[0])
    values = rows.set_index("parameter")["value"]
    parameters = [float(values[name]) for name in PARAMETERS[fit]]
    end = EXTRAPOLATED * last
    for low, high, dashes in ((first, last, "-"), (last, end, "--")):
        workers = np.linspace(low, high, 50)
        axes.plot(workers, predict(workers, *parameters), dashes, color=colour, linewidth=0.8, gid=GID)
    return style.Label(spell_model(rows), end, float(predict(np.array(end), *parameters)), colour)


def find_top(axes: Axes) -> float:
    """Return the highest speed-up that a model of a panel says; 0 without one."""
    return max((float(np.max(line.get_ydata())) for line in axes.lines if line.get_gid() == GID), default=0.0)


def spell_model(rows: pd.DataFrame) -> str:
    """Spell a model from its rows of fits.csv, one parameter a line."""
    spelled = spell_parameters(rows, 2)
    fit = str(rows["fit"].iloc[0])
    return f"model: {LAWS[fit]} " + ",\n".join(f"{SYMBOLS[name]} {spelled[name]}" for name in PARAMETERS[fit])


def spell_parameters(rows: pd.DataFrame, digits: int) -> dict[str, str]:
    """Spell each parameter with its interval."""
    return {
        str(row["parameter"]): "{} [{}, {}]".format(
            *(spell_number(row[name], digits) for name in ("value", "low", "high"))
        )
        for row in rows.to_dict("records")
    }


def spell_number(value: float, digits: int) -> str:
    """Spell a number from 0 on with so many figures, never as a power of ten."""
    if math.isinf(value):
        return "∞"
    shown = 0.0 if value < TRACE else value
    return np.format_float_positional(shown, digits, unique=False, fractional=False, trim="-")


def tabulate_models(study: ChartedStudy) -> str:
    """Tabulate the models that were fitted, and say of which lines none is drawn, and why."""
    fits = study.fits[study.fits["fit"].isin(LAWS)]
    groups = fits[fits["reason"] == ""].groupby([*LINE, "fit"], sort=False)
    rows = [spell_fit(study, group) for _, group in groups]
    head = ("implementation", "model", "σ", "κ", "most speed-up at", "worker counts", "")
    text = "\n" + words.table(head, rows, texts=(0, 1, 6)) if rows else ""
    return text + "".join(f"\n{sentence[0].upper()}{sentence[1:]}.\n" for sentence in list_refusals(study))


def spell_fit(study: ChartedStudy, rows: pd.DataFrame) -> list[str]:
    """Spell one model of `tabulate_models` from its rows of fits.csv."""
    first, spelled = rows.iloc[0], spell_parameters(rows, 3)
    peak = spelled.get("peak_workers", "")
    return [
        name_line(study, first),
        LAWS[str(first["fit"])],
        spelled["sigma"],
        spelled.get("kappa", ""),
        f"{peak} workers" if peak else "",
        str(first["points"]),
        "drawn" if first["chosen"] else "",
    ]


def name_line(study: ChartedStudy, row: pd.Series[float], *, short: bool = False) -> str:
    """Name what a model was fitted to, as the other tables do; `short` leaves the workload out."""
    name = study.label(str(row["language"]), str(row["model"]), str(row["runtime"]))
    return name if short else f"{row['workload']}: {name}"


def list_refusals(study: ChartedStudy) -> list[str]:
    """Say of which lines no model is drawn: one sentence a reason, without names where it is all of them."""
    fits = study.fits[study.fits["fit"].isin(LAWS)]
    refused = fits[~fits.groupby(LINE)["chosen"].transform("any") & (fits["reason"] != "")]
    alone = fits["workload"].nunique() == 1
    sentences = []
    for reason, rows in refused.drop_duplicates(LINE).groupby("reason", sort=False):
        names = dict.fromkeys(name_line(study, row, short=alone) for _, row in rows.iterrows())
        of = "" if len(rows) == len(fits.drop_duplicates(LINE)) else f" of {', '.join(names)}"
        sentences.append(f"no scaling model{of}: {reason}")
    return sentences
