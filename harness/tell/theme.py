"""Theme: the colours of pages, light and dark, from the same places as those of the charts."""

from __future__ import annotations

from collections.abc import Iterator

from harness.plan.declarations import Declarations
from harness.tell.charts.style import INKS

CODE = {
    "light": {
        "keyword": "#8250DF",
        "string": "#0A5C2B",
        "number": "#0550AE",
        "name": "#953800",
        "comment": "#59636E",
    },
    "dark": {
        "keyword": "#D2A8FF",
        "string": "#7EE787",
        "number": "#79C0FF",
        "name": "#FFB77A",
        "comment": "#9198A1",
    },
}
"""Colours of tokens; each has a contrast of at least 4.5 : 1 on its page's surface."""
SURFACES = {
    "light": {"surface": "#F6F8FA", "new": "#DAFBE1", "gone": "#FFEBE9"},
    "dark": {"surface": "#161B22", "new": "#12361F", "gone": "#4A1B20"},
}


def write_theme(declarations: Declarations) -> str:
    """Write the colours as CSS variables: light, unless the screen or the reader asks for dark; print is light."""
    light, dark = (";".join(list_colours(declarations, theme)) for theme in ("light", "dark"))
    return (
        f":root{{color-scheme:light;{light}}}\n"
        f"@media screen{{:root[data-theme=dark]{{color-scheme:dark;{dark}}}}}\n"
        "@media screen and (prefers-color-scheme:dark){:root:not([data-theme=light])"
        f"{{color-scheme:dark;{dark}}}}}\n"
        ".dark-only{display:none}\n"
        "@media screen{[data-theme=dark] .dark-only{display:revert}[data-theme=dark] .light-only{display:none}}\n"
        "@media screen and (prefers-color-scheme:dark){"
        ":root:not([data-theme=light]) .dark-only{display:revert}"
        ":root:not([data-theme=light]) .light-only{display:none}}\n"
    )


def list_colours(declarations: Declarations, theme: str) -> Iterator[str]:
    """List the variables of one theme."""
    ink = INKS[theme]
    yield from (f"--{name}:{value}" for name, value in ink._asdict().items())
    yield from (f"--code-{name}:{value}" for name, value in CODE[theme].items())
    yield from (f"--{name}:{value}" for name, value in SURFACES[theme].items())
    yield from (f"--{name}:{language.colours[theme]}" for name, language in declarations.languages.items())
