"""Names at the ends of lines and notes beside points, where nothing is in their way; places are pixels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from harness.tell.charts import page, style
from harness.tell.charts.chart import Floats, Look
from harness.tell.charts.page import Box

WIDEST = 132.0  # of a name at a line's end, before it is broken
LEADER = 14.0  # space for the hairlines to names that were moved
SAMPLE = 12.0  # space for the marker before a name
MOVED = 3.0  # less is not seen
BESIDE = LEADER + SAMPLE + 4  # all that is between the axes and a name
DISTANCES = (2.0, 6.0, 12.0, 20.0, 32.0, 48.0, 72.0, 110.0)
TOWARDS = ((0, -1), (0, 1), (1, -1), (-1, -1), (1, 1), (-1, 1), (1, 0), (-1, 0))
POINT = 6.0  # half of what a marker covers
CROSSING = 6.0  # what covering a bit of a line costs, in pixels of distance


class End(NamedTuple):
    """A name at the end of a line that leaves a panel at the right."""

    text: str
    y: float
    colour: str
    marker: str = ""
    dash: str | None = None
    """Shown before the name where there is no marker."""
    tied: bool = True
    """Whether the line reaches the edge, so that a hairline may lead on to a name that was moved."""
    hollow: bool = False


def width_of(texts: Iterable[str]) -> float:
    """Give the space that names need at the right of a panel."""
    return max((style.extent(style.wrap(text, WIDEST))[0] for text in texts), default=0.0) + BESIDE


def height_of(texts: Iterable[str]) -> float:
    """Give the height of names one above the other."""
    return sum(height_with_gap(style.wrap(text, WIDEST)) for text in texts)


def height_with_gap(text: str) -> float:
    """Give the height of a name; names of several lines need space to be told apart."""
    return style.extent(text)[1] + (6.0 if "\n" in text else 1.0)


def write_ends(figure: Figure, look: Look, box: Box, ends: Sequence[End]) -> None:
    """Write names at the right of a panel, moved apart, each with the marker of its line."""
    ordered = sorted(ends, key=lambda each: each.y)
    texts = [style.wrap(each.text, WIDEST) for each in ordered]
    heights = [height_with_gap(text) for text in texts]
    places = spread([each.y for each in ordered], heights, box.top - 6, box.bottom + 6)
    left = box.right + LEADER
    for end, text, y in zip(ordered, texts, places, strict=True):
        if end.tied and abs(y - end.y) > MOVED:
            grey = style.INKS[look.theme].grey
            rule(figure, [box.right + 2, left - 1], [end.y, y], color=grey, linewidth=0.5, label="leader")
        if end.dash is not None:
            dash = style.dash_of(end.dash)
            rule(
                figure, [left, left + SAMPLE], [y, y], color=end.colour, linestyle=dash, linewidth=style.THIN
            )
        fill = style.fill_of(look, end.colour, hollow=end.hollow)
        rule(
            figure,
            [left + SAMPLE / 2],
            [y],
            marker=end.marker,
            color=end.colour,
            markerfacecolor=fill,
            linestyle="none",
        )
        page.write(figure, left + SAMPLE + 4, y, text, colour=end.colour, down="center")


def rule(figure: Figure, x: Sequence[float], y: Sequence[float], **look: object) -> None:
    """Draw a line or a marker anywhere on the page."""
    figure.add_artist(Line2D(x, y, transform=page.pixels(figure), **look))  # type: ignore[arg-type]


def spread(wanted: Sequence[float], heights: Sequence[float], low: float, high: float) -> list[float]:
    """Move the middles of ascending texts apart by their heights, each as little as may be.

    Texts that collide form a block around the mean of where they wanted to be (isotonic regression of
    the places less the heights above them); then all are pushed between `low` and `high`.
    """
    sizes = np.array(heights, dtype=float)
    offsets = np.cumsum(sizes) - sizes / 2
    blocks: list[list[float]] = []
    for start in np.array(wanted, dtype=float) - offsets:
        blocks.append([start])
        while len(blocks) > 1 and np.mean(blocks[-2]) > np.mean(blocks[-1]):
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    starts = np.array([np.mean(block) for block in blocks for _ in block])
    places = np.clip(starts, low, max(low, high - sizes.sum())) + offsets
    return [float(each) for each in places]


class Place(NamedTuple):
    """Where a text may stand: its upper left corner and its size, and what is wrong with it, in pixels."""

    cost: float
    x: float
    y: float
    width: float
    height: float


class Placer:
    """Finds free places for texts inside a panel: never on a text or a point, rarely on a line."""

    def __init__(self, box: Box) -> None:
        self.box = box
        self.lines = np.empty((0, 2))
        self.points = np.empty((0, 2))
        self.texts: list[Place] = []

    def avoid_line(self, places: Floats) -> None:
        """Keep texts off a line, as far as there is space."""
        self.lines = np.vstack([self.lines, follow(places)])

    def avoid_points(self, places: Floats) -> None:
        """Keep texts off points."""
        self.points = np.vstack([self.points, places])

    def find(self, anchors: Floats, width: float, height: float) -> Place | None:
        """Find a place for a text near one of the anchors; None where nothing near is free."""
        best, least = None, float(np.inf)
        for anchor in anchors:
            for x, y, distance in candidates(self.box, anchor, width, height):
                cost = distance + self.price(x, y, width, height) if distance < least else least
                if cost < least:
                    best, least = Place(cost, float(x), float(y), width, height), cost
        return best

    def take(self, place: Place) -> None:
        """Keep other texts off a place."""
        self.texts.append(place)

    def price(self, x: float, y: float, width: float, height: float) -> float:
        """Say what a place costs: infinitely much where it is not free."""
        box = self.box
        inside = (
            box.left + 2 <= x and x + width <= box.right - 2 and box.top <= y and y + height <= box.bottom - 2
        )
        free = all(
            x + width + 4 < text.x
            or text.x + text.width + 4 < x
            or y + height + 1 < text.y
            or text.y + text.height + 1 < y
            for text in self.texts
        )
        if not inside or not free or covered(self.points, x, y, width, height, POINT):
            return float(np.inf)
        return CROSSING * covered(self.lines, x, y, width, height, 1.0)


def candidates(box: Box, anchor: Floats, width: float, height: float) -> Iterator[tuple[float, float, float]]:
    """Propose corners for a text around an anchor, nearest first, moved off the edges, with distances."""
    for distance in DISTANCES:
        for right, down in TOWARDS:
            x = anchor[0] - width / 2 + right * (width / 2 + POINT + distance)
            y = anchor[1] - height / 2 + down * (height / 2 + POINT + distance)
            yield min(max(x, box.left + 2), box.right - width - 2), y, distance + 2 * abs(right)


def covered(points: Floats, x: float, y: float, width: float, height: float, around: float) -> int:
    """Count the points that a text would cover."""
    near = (points > (x - around, y - around)) & (points < (x + width + around, y + height + around))
    return int(near.all(axis=1).sum())


def follow(places: Floats, step: float = 4.0) -> Floats:
    """Give points along a line, a few pixels apart."""
    if len(places) < 2:
        return places
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(places, axis=0).T))])
    at = np.linspace(0, along[-1], int(min(along[-1], 4000) / step) + 2)
    return np.column_stack([np.interp(at, along, places[:, axis]) for axis in (0, 1)])
