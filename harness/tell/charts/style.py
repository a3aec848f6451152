"""The look of all charts: inks of both themes, colours and dashes by name, texts that are clean and measured.

Lengths are pixels of a page at 100 % (96 an inch) unless they say points (72 an inch).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib.style as mpl_style
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from harness.tell.charts.chart import Look

SHEET = Path(__file__).with_name("style.mplstyle")
PIXELS_PER_POINT = 96 / 72
SIZE = 9.0  # points; 12 pixels
SMALL = 8.5
TITLE = 13.0
LINE = 1.6  # points wide
THIN = 1.0
RING = 11.0  # points across
SPACING = 1.35  # between lines, as matplotlib counts it
LEADING = 1.25  # from one line of a text to the next, in sizes of the font, as it comes out
BEFORE_UNIT = re.compile(r"(?<=\d) (?=(?:[nµm]?s|[KMG]iB|[BMG%×])(?!\w))")  # no line ends here
UNPRINTABLE = frozenset({"Cc", "Cn", "Cs"})
"""Unicode categories without a picture: control characters, what is not assigned, halves of pairs."""


class Ink(NamedTuple):
    """The colours of a theme that belong to no language."""

    page: str
    text: str
    grey: str
    """Texts of second rank, references, rings."""
    grid: str
    """Lines behind the data; not for texts."""


INKS = {
    "light": Ink(page="#FFFFFF", text="#1F2328", grey="#59636E", grid="#D8DEE4"),
    "dark": Ink(page="#0D1117", text="#E6EDF3", grey="#9198A1", grid="#2F363E"),
}


@contextmanager
def applied(look: Look) -> Iterator[None]:
    """Use this look, and only here."""
    ink = INKS[look.theme]
    inks = {
        "text.color": ink.text,
        "axes.edgecolor": ink.grey,
        "grid.color": ink.grid,
        "xtick.color": ink.grey,
        "ytick.color": ink.grey,
    }
    with mpl_style.context([SHEET, inks]):
        yield


def colour_of(look: Look, language: str) -> str:
    """Give the colour of a language; grey for none."""
    return look.colours.get(language, INKS[look.theme].grey)


def fill_of(look: Look, colour: str, *, hollow: bool) -> str:
    """Give what a marker is filled with: its own colour, or that of the page."""
    return INKS[look.theme].page if hollow else colour


def tint(look: Look, language: str, part: float) -> tuple[float, float, float]:
    """Mix a language's colour into that of the page; `part` 1 is the language's alone."""
    colours = (INKS[look.theme].page, colour_of(look, language))
    page, own = ([int(each[place : place + 2], 16) / 255 for place in (1, 3, 5)] for each in colours)
    red, green, blue = (there + (here - there) * part for there, here in zip(page, own, strict=True))
    return red, green, blue


def dash_of(pattern: str) -> Any:  # noqa: ANN401 - matplotlib's line style is a union that its own stubs spell differently
    """Turn lengths on and off in points, e.g. `6 2`, into a line style of matplotlib."""
    lengths = [float(each) for each in pattern.split()]
    return (0, lengths) if lengths else "solid"


def clean(text: str) -> str:
    """Leave out what no font can show and no SVG may hold."""
    return "".join(each for each in text if each == "\n" or unicodedata.category(each) not in UNPRINTABLE)


@lru_cache(maxsize=4096)
def measure(text: str, size: float = SIZE, *, bold: bool = False) -> float:
    """Give the width of one line of text."""
    font = FontProperties(family="DejaVu Sans", size=size, weight="bold" if bold else "normal")
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(width) * PIXELS_PER_POINT


def extent(text: str, size: float = SIZE, *, bold: bool = False) -> tuple[float, float]:
    """Give the width and height of a text of several lines."""
    lines = text.split("\n")
    height = len(lines) * size * LEADING * PIXELS_PER_POINT if text else 0.0
    return max(measure(line, size, bold=bold) for line in lines), height


def wrap(text: str, width: float, size: float = SIZE, *, bold: bool = False) -> str:
    """Clean a text and break it into lines that fit; only a word that is too long by itself is cut."""
    lines = [""]
    whole = BEFORE_UNIT.sub("\N{NO-BREAK SPACE}", clean(text).strip())
    for word in re.split(r"[ \n]+", whole):
        longer = f"{lines[-1]} {word}".strip()
        if measure(longer, size, bold=bold) <= width:
            lines[-1] = longer
        else:
            lines += cut(word, width, size, bold=bold)
    return "\n".join(lines).strip("\n")


def cut(word: str, width: float, size: float, *, bold: bool) -> list[str]:
    """Cut a word into pieces that fit."""
    pieces = [""]
    for letter in word:
        if pieces[-1] and measure(pieces[-1] + letter, size, bold=bold) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces
