"""Pictures: tables and declared charts become what the drawings take; no number is made here."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from msgspec.structs import replace

from harness.errors import HarnessError
from harness.estimates import Estimate
from harness.paths import show
from harness.plan import declarations as declared
from harness.plan.declarations import Declarations
from harness.plan.expressions import evaluate
from harness.tell.charts import DRAWINGS, render
from harness.tell.charts.chart import Axis, Chart, Floats, Look, Mark, Panel, Reference, Series
from harness.tell.findings import spell_title
from harness.tell.spell import spell_count, spell_interval, spell_quantity
from harness.tell.view import IMPLEMENTATION, Row, View, order_name

THEMES = ("light", "dark")


def draw(view: View) -> Iterator[tuple[str, bytes]]:
    """Draw every chart of a study, light and dark: file names with their contents."""
    for name, chart in view.study.charts.items():
        prepared = prepare(view, chart)
        for theme in THEMES:
            pictures = render(prepared, make_look(view.declarations, theme))
            yield f"charts/{name}-{theme}.svg", pictures["svg"]
            if theme == "light":
                yield f"charts/{name}.png", pictures["png"]


def draw_tight(view: View, name: str, where: str, width: float, *, together: bool) -> dict[str, str]:
    """Draw one chart without its words, so wide, of only the cases for which `where` holds too: an address a theme.

    For pages that state the finding themselves; `together` puts what has panels of its own into one.
    Raises HarnessError where the study has no such chart.
    """
    if name not in view.study.charts:
        raise HarnessError(
            f"expected a chart of study {view.name}: {', '.join(view.study.charts)}; got {name!r}"
        )
    chart = view.study.charts[name]
    if where:
        chart = replace(chart, where=f"({chart.where}) and ({where})")
    if together:
        chart = replace(chart, panels="")
    prepared = prepare(view, chart)._replace(title="", subtitle="")
    looks = {theme: make_look(view.declarations, theme)._replace(width=width) for theme in THEMES}
    return {theme: embed(render(prepared, look, ["svg"])["svg"]) for theme, look in looks.items()}


def embed(picture: bytes) -> str:
    """Write an SVG as an address that needs no file."""
    return f"data:image/svg+xml;base64,{base64.b64encode(picture).decode()}"


def make_look(declarations: Declarations, theme: str) -> Look:
    """Gather colours, markers and dashes."""
    return Look(
        theme="dark" if theme == "dark" else "light",
        colours={name: each.colours[theme] for name, each in declarations.languages.items()},
        markers={name: each.marker for name, each in declarations.models.items()},
        dashes={name: each.dash for name, each in declarations.models.items()},
    )


def prepare(view: View, chart: declared.Chart) -> Chart:
    """Prepare one chart: its panels, and its words."""
    if chart.drawing not in DRAWINGS:
        there = ", ".join(DRAWINGS)
        raise HarnessError(
            f"{show(view.folder.path)}: expected a drawing of {there}, got {chart.drawing[:40]!r}"
        )
    rows = view.select(chart.where)
    panels = SHAPES[DRAWINGS[chart.drawing].takes](view, chart, rows)
    ringed = any(any(series.ringed) for row in panels for panel in row for series in panel.series)
    foot = [chart.foot, "ring: doubtful, the report says why" if ringed else ""]
    title = spell_title(view, chart.finding)
    question = "" if title == view.study.question else f"{view.study.question} "
    return Chart(
        title=title,
        subtitle=f"{question}{view.machine}; {view.rounds}",
        drawing=chart.drawing,
        x=make_axis(chart.x)._replace(names=shorten(list_names(view, chart, rows))),
        rows=panels,
        foot="; ".join(each for each in foot if each),
    )


def make_axis(axis: declared.Axis) -> Axis:
    """Turn a declared axis into a drawn one."""
    return Axis(axis.label, axis.kind, axis.log)


def list_names(view: View, chart: declared.Chart, rows: pd.DataFrame) -> tuple[str, ...]:
    """List what stands along the x axis where it is not numbers, releases in their order; else nothing."""
    if chart.x.quantity not in rows or pd.api.types.is_numeric_dtype(rows[chart.x.quantity]):
        return ()
    found = {str(value) for value in rows[chart.x.quantity].dropna()}
    if chart.x.quantity == "runtime":  # those that do without a lock come last: they are a line of their own
        unlocked = set(rows["runtime"][~has_lock(view, rows)])
        return tuple(sorted(found, key=lambda name: (name in unlocked, order_name(name))))
    return tuple(sorted(found, key=order_name))


def shorten(names: tuple[str, ...]) -> tuple[str, ...]:
    """Leave out what all names begin with, up to a hyphen: `cpython-3.13t` becomes `3.13t`."""
    stems = {name.rpartition("-")[0] for name in names}
    return tuple(name.rpartition("-")[2] for name in names) if len(stems) == 1 else names


def has_lock(view: View, rows: pd.DataFrame) -> pd.Series:
    """Tell of each case whether its runtime is one in which one lock lets one thread run at a time."""
    locks = {name: language.lock for name, language in view.declarations.languages.items()}
    found = [
        bool(re.fullmatch(locks[language], runtime))
        for language, runtime in zip(rows["language"], rows["runtime"], strict=True)
    ]
    return pd.Series(found, index=rows.index, dtype=bool)


def split(view: View, chart: declared.Chart, rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Split cases into panels, each with its title."""
    if not chart.panels:
        yield "", rows
        return
    named = {"workload", "language", "runtime", "model"}  # these are in order already
    for value, mine in rows.groupby(chart.panels, sort=chart.panels not in named):
        key = str(undo_float(value))
        yield chart.titles.get(key) or name_panel(view, chart.panels, value, mine), mine


def name_panel(view: View, by: str, value: object, rows: pd.DataFrame) -> str:
    """Name a panel by what its cases have in common."""
    first = dict(rows.iloc[0])
    if by == "workload":
        workload = view.declarations.workloads[str(value)]
        return f"{value}: {workload.short or workload.description}"
    if by in {"language", "runtime"}:
        return view.label_runtime(first)
    if by == "model":
        return view.label_model(first)
    if by == "workers":
        return spell_count(int(str(value)), "worker")
    words = spell_place(value)
    stem, _, unit = by.rpartition("_")
    return f"{stem.replace('_', ' ')} {words} {unit}" if unit in {"ms", "us", "ns", "s"} else f"{by} {words}"


def prepare_lines(view: View, chart: declared.Chart, rows: pd.DataFrame) -> list[list[Panel]]:
    """Prepare a row of panels for each y axis: a line an implementation."""
    names = list_names(view, chart, rows)
    return [
        [prepare_panel(view, chart, number, title, mine, names) for title, mine in split(view, chart, rows)]
        for number in range(len(chart.y))
    ]


def prepare_panel(
    view: View, chart: declared.Chart, number: int, title: str, rows: pd.DataFrame, names: tuple[str, ...]
) -> Panel:
    """Prepare one panel of lines."""
    axis = chart.y[number]
    along = [name for name in IMPLEMENTATION if name != chart.x.quantity]
    keys = [*along, has_lock(view, rows)] if names else along
    groups = [mine for _, mine in rows.groupby(keys, sort=False)]
    series = [make_line(view, chart, axis, mine, names, notes=number == 0) for mine in groups]
    references = [
        make_ideal(view, chart, ideal, rows, names)
        for ideal in chart.ideals
        if ideal.panel == number and len(rows)
    ]
    references += [fitted for mine in groups for fitted in make_fitted(view, chart, axis, mine)]
    marks = [Mark(mark.value, mark.label) for mark in chart.marks]
    return Panel(title, series, references, marks, make_axis(axis))


def locate(view: View, axis: declared.Axis, row: Row, names: tuple[str, ...]) -> float:
    """Return a case's place along the x axis."""
    if names:
        return float(names.index(str(row[axis.quantity])))
    return view.estimate(row, axis.quantity).median * axis.scale


def make_line(
    view: View,
    chart: declared.Chart,
    axis: declared.Axis,
    rows: pd.DataFrame,
    names: tuple[str, ...],
    *,
    notes: bool,
) -> Series:
    """Prepare the line of one implementation."""
    points = sorted(rows.to_dict("records"), key=lambda row: locate(view, chart.x, row, names))
    first = points[0]
    x = [locate(view, chart.x, row, names) for row in points]
    y = [view.estimate(row, axis.quantity) for row in points]
    label = view.label_model(first) if chart.panels in {"language", "runtime"} else view.label(first)
    if names:  # the runtimes may be what stands along the axis
        language = view.declarations.languages[first["language"]]
        label = f"{language.label} {view.label_model(first)}"
        label += f", no {language.lock_name}" if language.lock and not has_lock(view, rows).any() else ""
    fitted = view.find_fit(first)
    for fit in view.study.fits:
        if fit.law == "slope" and fit.parameter in fitted.index:
            label += f" {spell_slope(fit, float(fitted['value'][fit.parameter]))}"
    if axis.kind == "ratio":
        label += f" {spell_quantity('ratio', y[-1].median)}"
    series = make_series(
        label, first, x, y, axis.scale, points, [str(row["note"]) if notes else "" for row in points]
    )
    lock = view.declarations.languages[first["language"]].lock
    return series._replace(hollow=bool(lock) and not has_lock(view, rows).any())


def spell_slope(fit: declared.Fit, value: float) -> str:
    """Spell what one more of something weighs, e.g. `32.7 KiB each`."""
    return f"{spell_quantity(fit.parameter, value)} each"


def make_series(
    label: str,
    row: Row,
    x: list[float],
    y: list[Estimate],
    scale: float,
    points: Sequence[Row],
    notes: list[str],
) -> Series:
    """Put together the points of one implementation."""
    middle, low, high = (
        np.array([getattr(each, end) for each in y], dtype=float) * scale for end in Estimate._fields
    )
    ringed = tuple(bool(each["marks"]) for each in points)
    return Series(label, row["language"], row["model"], np.array(x), middle, low, high, ringed, tuple(notes))


def make_ideal(
    view: View, chart: declared.Chart, ideal: declared.Ideal, rows: pd.DataFrame, names: tuple[str, ...]
) -> Reference:
    """Prepare the line of what would be ideal, at every place of the x axis that a case has."""
    points: dict[float, float] = {}
    for row in rows.to_dict("records"):
        x = locate(view, chart.x, row, names)
        points[x] = float(str(evaluate(ideal.y, {**view.list_values(row), "x": x})))
    places = sorted(points)
    return Reference(ideal.label, np.array(places), np.array([points[each] for each in places]), ideal.dash)


def make_fitted(
    view: View, chart: declared.Chart, axis: declared.Axis, rows: pd.DataFrame
) -> Iterator[Reference]:
    """Prepare the lines that were fitted to one implementation."""
    fitted = view.find_fit(dict(rows.iloc[0]))
    language = str(rows["language"].iloc[0])
    for fit in view.study.fits:
        if (fit.x, fit.y) != (chart.x.quantity, axis.quantity):
            continue
        if fit.law == "slope" and fit.parameter in fitted.index:
            x = np.geomspace(fitted["first"].min(), fitted["last"].max(), 60)
            values = fitted["value"]
            y = (float(values["intercept"]) + float(values[fit.parameter]) * x) * axis.scale
            kept = y > 0
            yield Reference("", x[kept] * chart.x.scale, y[kept], "", language)
        elif fit.law == "usl" and "sigma" in fitted.index:
            x = np.linspace(fitted["first"].min(), 2 * fitted["last"].max(), 60)
            sigma, kappa = float(fitted["value"]["sigma"]), float(fitted["value"]["kappa"])
            yield Reference("", x, x / (1 + sigma * (x - 1) + kappa * x * (x - 1)), "", language)


def prepare_rows(view: View, chart: declared.Chart, rows: pd.DataFrame) -> list[list[Panel]]:
    """Prepare panels of rows, one a case, the best on top: dots or bars."""
    panels = []
    for title, mine in split(view, chart, rows):
        cases = [
            row for row in mine.to_dict("records") if np.isfinite(view.estimate(row, chart.x.quantity).median)
        ]
        if chart.drawing == "dots":  # the best on top
            sign = -1 if chart.x.quantity == "ratio" else 1
            cases.sort(key=lambda row: sign * view.estimate(row, chart.x.quantity).median)
        varied = view.list_telling(mine)
        marks = [Mark(mark.value, mark.label) for mark in chart.marks]
        series = [make_row(view, chart, row, varied) for row in cases]
        panels.append(Panel(title, series, [], marks))
    return [panels]


def make_row(view: View, chart: declared.Chart, row: Row, varied: list[str]) -> Series:
    """Prepare the row of one case."""
    found = view.estimate(row, chart.x.quantity)
    shown = [name for name in varied if name not in {"workers", chart.panels} and pd.notna(row[name])]
    words = [view.label(row), *(f"{name} {spell_place(row[name])}" for name in shown)]
    if row["workers"] > 1:
        words.insert(1, f"× {row['workers']}")
    note = {"": "", "x": spell_quantity(chart.x.quantity, found.median)}.get(chart.note)
    if note is None:
        ratio = view.compare(str(row["case"]))
        note = f"{spell_quantity('ratio', ratio.median)} {spell_interval('ratio', ratio)}"
    aside = (
        np.array([view.estimate(row, chart.aside).median]) * chart.x.scale if chart.aside else np.array([])
    )
    x, low, high = (np.array([each]) * chart.x.scale for each in found)
    ringed = (bool(row["marks"]),)
    return Series(" ".join(words), row["language"], row["model"], x, aside, low, high, ringed, (note,))


def read_array(view: View, case: str, name: str, run: Mapping[str, int] | None = None) -> Floats:
    """Read a kept array of a case: of all its runs, or of one."""
    mine = view.series[(view.series["case"] == case) & (view.series["name"] == name)]
    for place, number in (run or {}).items():
        mine = mine[mine[place] == number]
    return mine["value"].to_numpy(dtype=float)


def find_typical(view: View, row: Row) -> dict[str, int]:
    """Find the run of a case that is nearest to the median of what its runs are judged by; of equals the first."""
    judged = view.declarations.workloads[row["workload"]].judged.quantity
    timed = (view.runs["case"] == row["case"]) & (view.runs["phase"] == "time")
    runs = view.runs[timed].dropna(subset=[judged])
    nearest = runs.loc[(runs[judged] - view.estimate(row, judged).median).abs().idxmin()]
    return {place: int(nearest[place]) for place in ("session", "round", "repeat")}


def prepare_arrays(view: View, chart: declared.Chart, rows: pd.DataFrame) -> list[list[Panel]]:
    """Prepare the distribution of a kept array, one a case."""
    marks = [Mark(mark.value, mark.label) for mark in chart.marks]
    panels = []
    for title, mine in split(view, chart, rows):
        varied = [name for name in view.list_telling(mine) if name != chart.panels]
        series = []
        for row in mine.to_dict("records"):
            values = read_array(view, str(row["case"]), chart.x.quantity) * chart.x.scale
            words = [view.label(row), *(str(row[name]) for name in varied if pd.notna(row[name]))]
            series.append(Series(" ".join(words), row["language"], row["model"], values))
        panels.append(Panel(title, series, [], marks, Axis("share of all", "share")))
    return [panels]


def prepare_segments(view: View, chart: declared.Chart, rows: pd.DataFrame) -> list[list[Panel]]:
    """Prepare a panel for each case: a lane for each value of `chart.lanes`, from its most typical run."""
    panels = []
    for row in rows.to_dict("records"):
        names = (chart.x.quantity, chart.y[0].quantity, chart.lanes)
        typical = find_typical(view, row)
        begin, length, lane = (read_array(view, str(row["case"]), name, typical) for name in names)
        series = [
            Series(
                f"{int(each) + 1}",
                row["language"],
                row["model"],
                begin[lane == each] * chart.x.scale,
                (begin + length)[lane == each] * chart.x.scale,
            )
            for each in np.unique(lane)
        ]
        caption = re.sub(r"\{(\w+)\}", lambda found: spell_estimate(view, row, found[1]), chart.caption)  # noqa: B023
        panels.append([Panel(": ".join(filter(None, (view.label(row), caption))), series)])
    return panels


def spell_estimate(view: View, row: Row, quantity: str) -> str:
    """Spell the median of a case's quantity."""
    return spell_quantity(quantity, view.estimate(row, quantity).median)


def prepare_cells(view: View, chart: declared.Chart, rows: pd.DataFrame) -> list[list[Panel]]:
    """Prepare cells over two arguments, each with the implementation that is best in it."""
    panels = []
    for title, mine in split(view, chart, rows):
        columns, lines = (order_values(view, mine[axis.quantity]) for axis in (chart.x, chart.y[0]))
        cells: dict[tuple[str, str], list[tuple[int, int, str]]] = {}
        for (x, y), same in mine.groupby([chart.x.quantity, chart.y[0].quantity]):
            best = find_best(view, same)
            text = (
                f"{view.label_model(best)} {spell_quantity('ratio', view.compare(str(best['case'])).median)}"
            )
            place = (columns.index(x), lines.index(y), text.removesuffix(" unknown"))
            cells.setdefault((best["language"], best["model"]), []).append(place)
        series = [
            Series(
                view.declarations.languages[language].models[model],
                language,
                model,
                np.array([float(x) for x, _, _ in found]),
                np.array([float(y) for _, y, _ in found]),
                notes=tuple(text for _, _, text in found),
            )
            for (language, model), found in cells.items()
        ]
        panel = Panel(title, series, y=make_axis(chart.y[0]))
        names = (tuple(spell_category(view, each) for each in values) for values in (columns, lines))
        panels.append(panel._replace(columns=next(names), rows=next(names)))
    return [panels]


def order_values(view: View, values: pd.Series) -> list[Any]:
    """List the values of an axis of categories in their order: languages as they are declared."""
    if values.name == "language":
        return [name for name in view.declarations.languages if name in set(values)]
    return sorted(values.unique())


def spell_category(view: View, value: object) -> str:
    """Spell a value of an axis of categories; a language by its label."""
    language = view.declarations.languages.get(value) if isinstance(value, str) else None
    return language.label if language else spell_place(value)


def spell_place(value: object) -> str:
    """Spell a value of an axis of categories."""
    return value if isinstance(value, str) else f"{undo_float(value):,}"


def undo_float(value: object) -> object:
    """Return a whole number that became a float, as a column is where others of its cases have none."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def find_best(view: View, rows: pd.DataFrame) -> Row:
    """Return the case whose judged quantity is best."""
    judged = view.declarations.workloads[str(rows["workload"].iloc[0])].judged
    sign = 1 if judged.better == "lower" else -1
    return min(rows.to_dict("records"), key=lambda row: sign * view.estimate(row, judged.quantity).median)


SHAPES: dict[str, Callable[[View, declared.Chart, pd.DataFrame], list[list[Panel]]]] = {
    "lines": prepare_lines,
    "rows": prepare_rows,
    "arrays": prepare_arrays,
    "segments": prepare_segments,
    "cells": prepare_cells,
}
"""How data are prepared for a drawing, by the shape that it takes."""
