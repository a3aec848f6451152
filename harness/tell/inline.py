"""Inline: charts as a part of a page, each of them once: colours are variables, what charts share is written once."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

from markupsafe import Markup

NAMESPACE = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"
COLOUR = re.compile(r"#[0-9a-f]{6}\b", re.IGNORECASE)
LONG = re.compile(r"-?\d+\.\d{3,}")
"""A number that is more precise than a hundredth of a point."""
BEGIN = re.compile(r"^<(\w+)")
REFERENCE = re.compile(r"url\(#([^)]+)\)")
DRAWN = frozenset({"svg", "g", "path", "use", "rect", "clipPath"})
LEFT_OUT = frozenset({"defs", "metadata", "style", "title"})
KEPT = frozenset({"clip-path", "d", "height", "style", "transform", "width", "x", "y"})
DROPPED = frozenset({"id", "version", "viewBox"})
PIXELS_PER_POINT = 96 / 72

Element = ET.Element


def trust(text: str) -> Markup:
    """Say that a text is HTML of our own making, in which what came from outside is escaped."""
    return Markup(text)  # noqa: S704 - the one place


class Charts:
    """The charts of one page."""

    def __init__(self) -> None:
        self._shared: dict[str, str] = {}
        """By how it is written: the id of a glyph, a marker or a clip, the same in all charts."""
        self._colours: dict[tuple[str, str], str] = {}
        """By light and dark colour: the name of the variable."""

    def embed(self, light: Path, dark: Path, title: str) -> Markup:
        """Embed a chart that was drawn in both themes; where the two do not fit together, both as they are."""
        try:
            roots = [ET.parse(path).getroot() for path in (light, dark)]  # noqa: S314 - of our own making
            self._colour(*roots)
            return self._write_root(roots[0], title)
        except (ET.ParseError, LookupError, ValueError):
            return embed_picture(light, title, "light") + embed_picture(dark, title, "dark")

    def write_shared(self) -> Markup:
        """Write what charts share; nothing of it is seen where it stands."""
        parts = "".join(BEGIN.sub(rf'<\1 id="{name}"', text, count=1) for text, name in self._shared.items())
        return trust(
            f'<svg class="shared" width="0" height="0" aria-hidden="true"><defs>{parts}</defs></svg>'
        )

    def write_colours(self) -> str:
        """Write the colours as CSS variables of both themes."""
        light, dark = (
            ";".join(f"--{name}:{pair[theme]}" for pair, name in self._colours.items()) for theme in (0, 1)
        )
        return (
            f":root{{{light}}}\n@media screen{{:root[data-theme=dark]{{{dark}}}}}\n"
            f"@media screen and (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}}}\n"
        )

    def _colour(self, light: Element, dark: Element) -> None:
        """Put variables in place of colours; raises ValueError where the two charts differ in more than colours."""
        for mine, other in zip(light.iter(), dark.iter(), strict=True):
            style, colours = mine.get("style", ""), COLOUR.findall(other.get("style", ""))
            if mine.tag != other.tag or len(COLOUR.findall(style)) != len(colours):
                raise ValueError(mine.tag)
            if colours:
                names = map(self._name, COLOUR.findall(style), colours)
                mine.set("style", COLOUR.sub("{}", style).format(*names))

    def _name(self, light: str, dark: str) -> str:
        """Name a colour."""
        return f"var(--{self._colours.setdefault((light, dark), f'ink-{len(self._colours)}')})"

    def _write_root(self, root: Element, title: str) -> Markup:
        """Write a chart, whose definitions go to the shared ones."""
        ids: dict[str, str] = {}
        for each in (each for defs in root.iter(f"{NAMESPACE}defs") for each in defs if "id" in each.attrib):
            text = write_element(each, ids)
            ids[each.attrib["id"]] = self._shared.setdefault(text, f"s{len(self._shared)}")
        width, height = (float(root.attrib[name].removesuffix("pt")) for name in ("width", "height"))
        inside = "".join(write_element(child, ids) for child in root)
        return trust(
            f'<svg role="img" aria-label="{html.escape(title)}" viewBox="0 0 {width:g} {height:g}" '
            f'width="{width * PIXELS_PER_POINT:g}" height="{height * PIXELS_PER_POINT:g}">{inside}</svg>'
        )


def write_element(element: Element, ids: Mapping[str, str]) -> str:
    """Write an element and what is in it; raises ValueError for one that is not known to be a drawing."""
    name = element.tag.removeprefix(NAMESPACE)
    if name in LEFT_OUT:
        return ""
    if name not in DRAWN:
        raise ValueError(name)
    attributes = "".join(list_attributes(element, ids))
    inside = "".join(write_element(child, ids) for child in element)
    if name == "g" and not (attributes and inside):
        return inside
    return f"<{name}{attributes}>{inside}</{name}>" if inside else f"<{name}{attributes} />"


def list_attributes(element: Element, ids: Mapping[str, str]) -> Iterator[str]:
    """List the attributes of an element; raises KeyError for a reference to nothing, ValueError for what is unknown."""
    for name, value in element.attrib.items():
        if name == LINK:
            yield f' href="#{ids[value.removeprefix("#")]}"'
        elif name in KEPT:
            text = REFERENCE.sub(lambda found: f"url(#{ids[found[1]]})", " ".join(value.split()))
            yield f' {name}="{html.escape(shorten(text) if name in {"d", "x", "y"} else text)}"'
        elif name not in DROPPED:
            raise ValueError(name)


def shorten(numbers: str) -> str:
    """Round coordinates to a hundredth of a point."""
    return LONG.sub(lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), numbers)


def embed_picture(path: Path, title: str, theme: str) -> Markup:
    """Embed a chart as a picture that only its own theme shows."""
    data = base64.b64encode(path.read_bytes()).decode()
    return trust(
        f'<img class="{theme}-only" alt="{html.escape(title)}" src="data:image/svg+xml;base64,{data}">'
    )
