"""Sources: the programs that were measured, cut by a marker, coloured, and divided into their common steps."""

from __future__ import annotations

import difflib
import html
import re
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_for_filename

from harness.errors import HarnessError
from harness.paths import ROOT

FORMAT = HtmlFormatter(nowrap=True)
DOCSTRING = re.compile(r'^\s*"""(?:[^"]|"(?!""))*"""\n', re.MULTILINE)
LINTER = re.compile(r"# noqa: [A-Z0-9]+ - ")
STEP = re.compile(r"\s+(?:#|//) ([A-Z][^.]*\.)$")
"""A comment that names a step: one sentence alone on its line, the same in every language."""


def read_source(path: str) -> str:
    """Read a source of this repository by its path from the top; raises HarnessError where there is none."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except OSError as error:
        raise HarnessError(f"snippet: expected a source {path}: {error.strerror}") from None


def cut(path: str, marker: str) -> str:
    """Cut the block that begins with the line that holds `marker`: that line, and all that is indented below it.

    Raises HarnessError where no line, or more than one, holds the marker: a snippet is never nearly right.
    """
    lines = read_source(path).splitlines()
    found = [number for number, line in enumerate(lines) if marker in line]
    if len(found) != 1:
        raise HarnessError(f"snippet: expected one line of {path} with {marker!r}, got {len(found)}")
    begin = found[0]
    depth = indent(lines[begin])
    end = begin + 1
    while end < len(lines) and (
        not lines[end].strip() or indent(lines[end]) > depth or closes(lines[end], depth)
    ):
        end += 1
        if closes(lines[end - 1], depth) and lines[end - 1][-1] not in ":{":
            break
    return textwrap.dedent("\n".join(lines[begin:end])).rstrip().expandtabs(4)


def cut_step(path: str, name: str) -> str:
    """Cut one step, its comment included; raises HarnessError where the source has none of that name, or several."""
    found = [step.code for step in divide(read_source(path)) if step.name == name]
    if len(found) != 1:
        raise HarnessError(f"snippet: expected one step {name!r} in {path}, got {len(found)}")
    return textwrap.dedent(found[0]).expandtabs(4)


def indent(line: str) -> int:
    """Return how far a line is indented, in columns."""
    return len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip())


def closes(line: str, depth: int) -> bool:
    """Tell whether a line closes the block that was opened at a depth."""
    return indent(line) == depth and line.lstrip()[:1] in {"}", ")", "]"}


def colour(path: str, code: str) -> str:
    """Turn code into HTML in which each token says what it is; what a comment says to a linter is left out."""
    code = LINTER.sub("# ", code)
    return highlight(code, get_lexer_for_filename(path, stripnl=False), FORMAT).rstrip("\n")


def colour_lines(path: str, code: str) -> list[str]:
    """Turn code into HTML, line by line: a token of several lines is closed at the end of each."""
    return colour(path, code).split("\n") if code else []


class Step(NamedTuple):
    """A part of a source: from one comment that names a step to the next."""

    name: str
    """Empty for what stands before the first."""
    code: str


def divide(code: str) -> list[Step]:
    """Divide a source into its steps, in their order."""
    steps: list[tuple[str, list[str]]] = [("", [])]
    for line in code.rstrip().split("\n"):
        if found := STEP.match(line):
            steps.append((found[1], []))
        steps[-1][1].append(line)
    return [Step(name, "\n".join(lines).rstrip()) for name, lines in steps if "".join(lines).strip()]


def compare(before: str, after: str) -> Iterator[tuple[str, str]]:
    """Compare two sources line by line: each line of either, with ` `, `-` or `+`."""
    lines = (before.splitlines(), after.splitlines())
    for line in difflib.ndiff(*lines, charjunk=None):
        if line[0] != "?":
            yield line[0], line[2:]


def cut_parts(path: str, markers: Sequence[str], step: str) -> str:
    """Cut the blocks that markers begin, or one step."""
    return cut_step(path, step) if step else "\n\n".join(cut(path, marker) for marker in markers)


def show_code(path: str, *markers: str, step: str = "", bare: bool = False) -> str:
    """Show the blocks of a source that markers begin, or one of its steps, as HTML; `bare` without docstrings."""
    code = cut_parts(path, markers, step)
    return frame(path, colour(path, DOCSTRING.sub("", code) if bare else code))


def show_difference(before: str, after: str, *markers: str, step: str = "") -> str:
    """Show what changes from one source to another in the same blocks or step, docstrings apart, as HTML."""
    codes = [DOCSTRING.sub("", cut_parts(path, markers, step)) for path in (before, after)]
    coloured = [iter(colour_lines(path, code)) for path, code in zip((before, after), codes, strict=True)]
    kinds = {" ": "same", "-": "gone", "+": "new"}
    lines = []
    for sign, _ in compare(*codes):
        old = next(coloured[0]) if sign in " -" else ""
        new = next(coloured[1]) if sign in " +" else ""
        lines.append(f'<span class="line {kinds[sign]}"><i>{sign}</i>{old if sign == "-" else new}</span>')
    return frame(f"{before} → {after}", "".join(lines))


def frame(caption: str, code: str) -> str:
    """Put coloured code under its caption."""
    return (
        f'<figure class="code"><figcaption>{html.escape(caption)}</figcaption>'
        f'<pre tabindex="0"><code>{code}</code></pre></figure>'
    )


def list_sources(folder: Path) -> list[Path]:
    """List the sources of one workload in one language."""
    return sorted(path for path in folder.glob("*") if path.is_file() and path.suffix != ".pyc")
