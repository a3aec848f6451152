"""Index: what a run found, as one page that needs no other file: findings, decisions, sources side by side, studies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import jinja2
import msgspec
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from harness.analyse.marks import RULES
from harness.paths import HARNESS
from harness.store.folder import Run
from harness.tell import tables
from harness.tell.decide import show_decisions
from harness.tell.findings import Told, spell_title, tell
from harness.tell.inline import Charts, trust
from harness.tell.reader import Reader, make_reader
from harness.tell.report import list_listed, make_benchmark_blocks, spell_calibration
from harness.tell.spell import spell_count
from harness.tell.theme import write_theme
from harness.tell.view import View

PAGES = HARNESS / "tell" / "pages"
MARKDOWN = (
    MarkdownIt("commonmark", {"html": False})
    .enable("table")
    .disable(["link", "image", "autolink", "reference"])
)
"""Texts of a run hold no HTML and lead nowhere."""
BESIDE = {
    "slides.html": "slides",
    "slides.pdf": "slides as PDF",
    "notes.pdf": "the talk with its notes",
    "report.md": "report.md",
}
"""What else a run folder may hold for people to read."""
FILES = ("summary.csv", "comparisons.csv", "fits.csv", "marks.csv", "probes.csv", "plan.json")
SHORT = 12
"""Up to how many rows a table stands open."""
FINE = {"ok", "skipped"}


class Finding(NamedTuple):
    """A finding, in the list of all."""

    title: Markup
    text: Markup
    more: bool
    """Whether the text says more than the title."""


class Picture(NamedTuple):
    """A chart."""

    title: str
    drawing: Markup
    """Empty where it was not drawn."""
    files: list[tuple[str, str]]
    """Each one's label and address."""


class Numbers(NamedTuple):
    """The table of one workload."""

    workload: str
    description: str
    rows: int
    table: Markup
    work: Markup
    """Which work, on which runtimes, in how many rounds."""


class Fold(NamedTuple):
    """A part of a study that is read only on demand."""

    summary: str
    number: int
    """How many items, or rows, there are to see."""
    content: Markup


class Part(NamedTuple):
    """One study's part of the page."""

    name: str
    title: str
    question: str
    findings: list[Finding]
    pictures: list[Picture]
    reading: Markup
    numbers: list[Numbers]
    folds: list[Fold]
    rounds: str
    files: list[tuple[str, str]]


class Count(NamedTuple):
    """How many cases of a study were measured, and what became of the others."""

    name: str
    title: str
    measured: int
    failed: int
    skipped: int
    doubtful: int


def write_index(run: Run, views: Sequence[View]) -> str:
    """Write a run's page, to stand in its folder; only its links to tables and pictures need what is beside it."""
    declarations = views[0].declarations if views else run.frozen.declarations
    charts = Charts()
    studies = [describe_study(view, charts) for view in views]
    reader = make_reader(declarations, views)
    return read_template().render(
        run=run.path.name,
        labels=[language.label for language in declarations.languages.values()],
        languages=list_decided(views, reader),
        facts=list_facts(views),
        beside=list_files(run.path, ".", BESIDE),
        decisions=write_decisions(views),
        reader=reader,
        sources=write_json(reader),
        studies=studies,
        short=SHORT,
        counts=[count(view) for view in views],
        absent=[(view, render(tables.list_absent(view))) for view in views],
        doubtful=[(view, render(tables.list_marks(view))) for view in views],
        environment=list(flatten(views[0].environment)) if views else [],
        benchmarks=list_benchmarks(run.path),
        marks={name.replace("_", " "): rule.meaning for name, rule in RULES.items()},
        style=trust(write_theme(declarations) + charts.write_colours() + read_pages("base.css", "index.css")),
        script=trust(read_pages("index.js")),
        shared=charts.write_shared(),
    )


def read_template() -> jinja2.Template:
    """Read the page's template; it escapes all that is not said to be HTML."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(PAGES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("index.html")


def read_pages(*names: str) -> str:
    """Read files that become part of the page."""
    return "".join((PAGES / name).read_text(encoding="utf-8") for name in names)


def write_json(value: object) -> Markup:
    """Write data so that nothing in them ends the script element that holds them."""
    text = json.dumps(msgspec.to_builtins(value), ensure_ascii=False, separators=(",", ":"))
    return trust(text.replace("<", "\\u003c"))


# Markdown.


def render(text: str, label: str = "") -> Markup:
    """Turn Markdown into HTML; its tables have headings, scroll where they are too wide, and are called `label`."""
    tokens = MARKDOWN.parse(text)
    set_headings(tokens)
    page = str(MARKDOWN.renderer.render(tokens, MARKDOWN.options, {}))
    opening = f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(label)}"><table class="sortable">'
    return trust(page.replace("<table>", opening).replace("</table>", "</table></div>").strip())


def set_headings(tokens: Sequence[Token]) -> None:
    """Make the first cell of every row its heading, and say of each heading what it heads."""
    first = False
    for token in tokens:
        if token.type == "tr_open":
            first = True
        elif token.type == "th_open":
            token.attrSet("scope", "col")
            first = False
        elif token.type in {"td_open", "td_close"} and first:
            token.tag = "th"
            token.attrSet("scope", "row")
            first = token.type == "td_open"


def render_inline(text: str) -> Markup:
    """Turn one line of Markdown into HTML."""
    return trust(str(MARKDOWN.renderInline(" ".join(text.split()))))


def count_items(text: str) -> int:
    """Count the items of a list, or the rows of a table."""
    lines = text.splitlines()
    return sum(line.startswith("- ") for line in lines) or max(
        0, sum(line.startswith("|") for line in lines) - 2
    )


# The run.


def list_facts(views: Sequence[View]) -> list[tuple[str, str]]:
    """List what to know of a run before its numbers."""
    if not views:
        return []
    sessions = [session for view in views for session in view.plan.sessions]
    began = min(session.began_at for session in sessions)
    ended = max(session.ended_at or session.began_at for session in sessions)
    most = max(session.number for session in sessions)
    when = f"{spell_moment(began)} to {spell_moment(ended)} UTC"
    return [
        ("machine", views[0].machine),
        ("parallel speed", spell_calibration(views[0].calibration)),
        (
            "measured",
            f"{when}, each study in up to {most} sessions, apart from one another" if most > 1 else when,
        ),
        ("rounds", spell_rounds(views)),
    ]


def spell_moment(text: str) -> str:
    """Spell a date and time to the minute."""
    return text[:16].replace("T", " ")


def spell_rounds(views: Sequence[View]) -> str:
    """Say how often cases were timed."""
    counts = [
        int(number) for view in views if view.study.timed for number in view.measured["timed_rounds"].dropna()
    ]
    if not counts:
        return "nothing timed"
    cases = spell_count(len(counts), "case")
    low, high = min(counts), max(counts)
    return (
        f"{cases} timed in {low} rounds each"
        if low == high
        else f"{cases} timed in {low} to {high} rounds each"
    )


def list_findings(view: View) -> list[Finding]:
    """List what a study found."""
    told = [tell(view, name) for name in list_listed(view)]
    return [Finding(render_inline(each.title), render(each.text), says_more(each)) for each in told if each]


def says_more(told: Told) -> bool:
    """Tell whether a finding's text is not just its title."""
    return told.text != f"{told.title}."


def write_decisions(views: Sequence[View]) -> Markup:
    """Write the table of decisions, which scrolls where it is too wide."""
    region = '<div class="scroll" role="region" tabindex="0" aria-label="Table: what to choose">'
    return trust(f"{region}{show_decisions(views)}</div>")


def list_decided(views: Sequence[View], reader: Reader) -> dict[str, str]:
    """List the languages between which one can choose, with their labels."""
    measured = {str(name) for view in views for name in view.measured["language"]}
    return {name: label for name, label in reader.languages.items() if name in measured}


def count(view: View) -> Count:
    """Count what became of a study's cases."""
    status = view.summary["status"]
    return Count(
        view.name,
        view.study.short or view.study.question,
        int((status == "ok").sum()),
        int((~status.isin(FINE)).sum()),
        int((status == "skipped").sum()),
        len(view.marks),
    )


def flatten(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Flatten nested values: their names joined by dots, each with its text."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from flatten(each, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list) and any(isinstance(each, Mapping | list) for each in value):
        for number, each in enumerate(value, 1):
            yield from flatten(each, f"{name}.{number}")
    elif isinstance(value, list):
        yield name, ", ".join(map(str, value))
    else:
        yield name, "unknown" if value is None else str(value)


def list_benchmarks(folder: Path) -> dict[str, Markup]:
    """List the tables that benchmarks of the harness wrote, by name."""
    blocks = make_benchmark_blocks(folder)
    names = {name: name.removeprefix("benchmarks/") for name in blocks}
    return {names[name]: render(text, f"Benchmark: {names[name]}") for name, text in blocks.items()}


# A study.


def describe_study(view: View, charts: Charts) -> Part:
    """Describe one study."""
    study = view.study
    return Part(
        name=view.name,
        title=study.short or study.question,
        question=study.question if study.short else "",
        findings=list_findings(view),
        pictures=[describe_chart(view, name, charts) for name in study.charts],
        reading=render(study.reading),
        numbers=list(list_numbers(view)),
        folds=list(list_folds(view)),
        rounds=view.rounds,
        files=list_files(view.folder.path, view.name, {name: name for name in FILES}),
    )


def describe_chart(view: View, name: str, charts: Charts) -> Picture:
    """Describe a chart; its name for those who do not see it is what it found."""
    folder = view.folder.path / "charts"
    light, dark = (folder / f"{name}-{theme}.svg" for theme in ("light", "dark"))
    title = re.sub(r"[*`]", "", spell_title(view, view.study.charts[name].finding))
    drawn = light.exists() and dark.exists()
    labels = {f"{name}.png": "PNG", light.name: "SVG, light", dark.name: "SVG, dark"}
    files = list_files(folder, f"{view.name}/charts", labels)
    return Picture(title, charts.embed(light, dark, title) if drawn else Markup(), files)


def list_files(folder: Path, address: str, labels: Mapping[str, str]) -> list[tuple[str, str]]:
    """List those files of a folder that are there: each one's label, and its address as seen from the page."""
    return [(label, quote(f"{address}/{name}")) for name, label in labels.items() if (folder / name).exists()]


def list_numbers(view: View) -> Iterator[Numbers]:
    """List the tables of a study, one a workload."""
    rows = view.select("true")
    for name in dict.fromkeys(rows["workload"]):
        mine = rows[rows["workload"] == name]
        table = tables.tabulate_workload(view, mine)
        yield Numbers(
            str(name),
            view.declarations.workloads[name].description,
            len(mine),
            render(table, f"{name}: the numbers of the study {view.name}"),
            render(tables.spell_work(view, str(name), mine)),
        )


def list_folds(view: View) -> Iterator[Fold]:
    """List what there is to unfold."""
    parts = {
        "What each case used": tables.tabulate_use(view),
        "Fitted": tables.list_fits(view),
        "Doubtful": tables.list_marks(view),
        "Not measured": tables.list_absent(view),
        "Sessions": tables.tell_sessions(view),
    }
    for summary, text in parts.items():
        if text.strip():
            yield Fold(summary, count_items(text), render(text, f"{summary}: {view.name}"))
