"""What a drawing is given: panels of plain numbers and texts; it knows no study, no workload, no file."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Kind = Literal["time", "bytes", "count", "ratio", "share", "number"]
NOTHING: Floats = np.array([], dtype=float)


class Axis(NamedTuple):
    """One axis of a panel."""

    label: str
    """What it shows, with the unit where `kind` does not spell it at every tick."""
    kind: Kind = "number"
    """How its values are spelled: `time` in seconds, `bytes` in bytes, `share` from 0 to 1."""
    log: bool = False
    names: tuple[str, ...] = ()
    """What stands at 0, 1, 2 …, where its values are names."""


class Series(NamedTuple):
    """One implementation in one panel: a line, a row of dots, a bar, a lane, a distribution, some cells."""

    label: str
    """Its name, e.g. `Python asyncio`; written at the line's end, or before the row."""
    language: str
    """Its colour; empty for grey."""
    model: str
    """Its marker and its dash; empty for a plain line."""
    x: Floats
    """lines: places; dots, bars: the values; lanes: where segments begin; ecdf: all values; heat: columns."""
    y: Floats = NOTHING
    """lines: values; lanes: where segments end; heat: rows; dots: a second value of each row, a grey tick."""
    low: Floats = NOTHING
    """The lower ends of the intervals of the values, NaN where there is none."""
    high: Floats = NOTHING
    ringed: tuple[bool, ...] = ()
    """Which points are doubtful."""
    notes: tuple[str, ...] = ()
    """What is printed at a point, in a cell, at a row's end, e.g. `480 of 1,000`; empty for nothing."""
    hollow: bool = False
    """lines: whether its markers are, to tell a build without a lock from one that has it."""


class Reference(NamedTuple):
    """A grey line behind the series: an ideal, a limit, a fitted model."""

    label: str
    x: Floats
    y: Floats
    dash: str = "4 2"
    language: str = ""
    """The colour of what it was fitted to; empty for grey."""


class Mark(NamedTuple):
    """A value of one axis that is marked across the panel."""

    value: float
    label: str
    across: Literal["x", "y"] = "x"


class Panel(NamedTuple):
    """One set of axes."""

    title: str
    series: list[Series]
    references: list[Reference] = []
    marks: list[Mark] = []
    y: Axis = Axis("")
    columns: tuple[str, ...] = ()
    """heat: the names of x = 0, 1, 2 …, from left to right."""
    rows: tuple[str, ...] = ()
    """heat: the names of y = 0, 1, 2 …, from top to bottom."""


class Chart(NamedTuple):
    """A whole picture: a title that states the finding, and rows of panels."""

    title: str
    subtitle: str
    """The question, units and machine."""
    drawing: str
    """The module of this package that draws it."""
    x: Axis
    rows: list[list[Panel]]
    """Panels of one row share their y axis; a single row is wrapped into a grid where it is too wide."""
    foot: str = ""
    """One short line below: what rings and references mean, where there are any."""


class Look(NamedTuple):
    """Colours, markers and dashes, by name; one for light pages, one for dark ones."""

    theme: Literal["light", "dark"]
    colours: dict[str, str]
    """By language."""
    markers: dict[str, str]
    """By model: matplotlib's."""
    dashes: dict[str, str]
    """By model: lengths on and off in points, empty for a solid line."""
    width: float = 880.0
    """Pixels of the whole picture; its texts are of the same size in each."""
