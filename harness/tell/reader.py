"""Reader: the sources of a run's workloads, in their common steps, beside what was measured of each."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from pathlib import Path

import msgspec
import pandas as pd
from pygments.lexers import find_lexer_class_for_filename

from harness.paths import ROOT
from harness.plan.declarations import Declarations
from harness.store.folder import digest_workload
from harness.tell.sources import STEP, colour_lines, list_sources, read_source
from harness.tell.spell import spell_count, spell_interval, spell_quantity
from harness.tell.tables import list_quantities, name_quantity, spell_measured
from harness.tell.view import Row, View

KERNEL = "kernel"
NOTICE = re.compile(r'\A(?:"""(.*?)"""|((?://[^\n]*\n)+))', re.DOTALL)
"""The sentence with which every source opens."""
LEADING = re.compile(r"\A((?:<span[^>]*>)*) +")
PLAIN = re.compile(r'<span class="(?:w|p|n|nx|o)">([^<]*)</span>')
"""A token that looks like plain text."""
FUNCTION = re.compile(r"(?:[\w:<>,&*]+ )+(?:\([^)]*\) )?(\w+)\(")
"""The first line of a function at the left edge, in any of the languages."""
HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
Values = tuple[object, ...]


class Part(msgspec.Struct, frozen=True):
    """A part of a source: from one comment that names a step to the next; in a kernel, a function."""

    name: str
    """The same in every language; empty for what stands before the first."""
    begin: int
    """The number of its first line."""
    lines: list[tuple[int, str]]
    """Each line's indentation, and the rest of it as HTML."""


class Source(msgspec.Struct, frozen=True):
    """One source, as it stands in this repository."""

    path: str
    language: str
    label: str
    """E.g. `Go goroutine pool`."""
    model: str
    """Empty where it is none."""
    notice: str
    parts: list[Part]


class Measured(msgspec.Struct, frozen=True):
    """What was measured of one implementation."""

    value: float
    low: float | None
    high: float | None
    text: str
    interval: str
    ran: str
    """On how many workers, on which runtime."""
    compared: str
    """Its ratio to what it is compared with, and the verdict; empty where it is not."""
    doubts: str
    note: str


class Setting(msgspec.Struct, frozen=True):
    """One study's arguments with which implementations were measured."""

    name: str
    study: str
    title: str
    label: str
    """What tells it from the other settings of its study."""
    quantity: str
    better: str
    usual: bool
    """Whether what tells it from others is as the workload declares it where nobody says otherwise."""
    figures: dict[str, Measured]
    """By the name of the source."""


class Work(msgspec.Struct, frozen=True):
    """One workload."""

    name: str
    title: str
    usual: list[str]
    """The names of the sources that are shown first."""
    setting: str
    """The name of the setting that is shown first."""
    settings: list[Setting]
    changed: bool
    """Whether its sources are not those any more that were measured."""


class Reader(msgspec.Struct, frozen=True):
    """All there is to read and to compare."""

    languages: dict[str, str]
    workloads: list[Work]
    sources: dict[str, Source]


def make_reader(declarations: Declarations, views: Sequence[View]) -> Reader:
    """Make it of every workload that has sources here; what was measured comes first, as the studies name it."""
    measured = [case.workload for view in views for case in view.plan.cases if case.status == "planned"]
    sources: dict[str, Source] = {}
    workloads = []
    for name in dict.fromkeys([*measured, *declarations.workloads]):
        mine = dict(list_named(declarations, name))
        if mine:
            sources |= mine
            workloads.append(make_work(declarations, name, mine, views))
    labels = {name: language.label for name, language in declarations.languages.items()}
    return Reader(labels, workloads, sources)


def make_work(
    declarations: Declarations, name: str, sources: Mapping[str, Source], views: Sequence[View]
) -> Work:
    """Make one workload's part."""
    settings = [each for view in views for each in list_settings(view, name)]
    settings = [each for each in settings if each.figures.keys() & sources.keys()]
    return Work(
        name=name,
        title=declarations.workloads[name].description,
        usual=list(choose_usual(declarations, sources)),
        setting=choose_setting(settings).name if settings else "",
        settings=settings,
        changed=any(has_changed(view, name) for view in views),
    )


def choose_setting(settings: Sequence[Setting]) -> Setting:
    """Choose what is shown first: the usual one of the first study, or of another one; else what has most figures."""
    first = [each for each in settings if each.study == settings[0].study]
    usual = [each for each in first if each.usual]
    if first[0].label and not usual:
        usual = [each for each in settings if each.usual]
    return max(usual or first, key=lambda each: len(each.figures))


def choose_usual(declarations: Declarations, sources: Mapping[str, Source]) -> Iterator[str]:
    """Choose a source of every language: its first model that works with others."""
    for name, language in declarations.languages.items():
        mine = [each for each, source in sources.items() if source.language == name and source.model]
        concurrent = [each for each in mine if sources[each].model != language.baseline]
        yield from (concurrent or mine)[:1]


def has_changed(view: View, workload: str) -> bool:
    """Tell whether a workload is not any more what a study measured: its sources, or its declaration."""
    plan = view.plan
    if workload not in plan.sources:
        return False
    versions = view.environment.get("runtimes")
    known: Mapping[str, str] = versions if isinstance(versions, dict) else {}
    used = {str(known.get(case.runtime, "")) for case in plan.cases if case.workload == workload}
    try:
        return digest_workload(view.declarations, workload, used) != plan.sources[workload]
    except OSError:
        return True


# Sources.


def list_named(declarations: Declarations, workload: str) -> Iterator[tuple[str, Source]]:
    """List a workload's sources by name, `WORKLOAD/LANGUAGE/STEM`: the models of a language first, in their order."""
    for name, language in declarations.languages.items():
        models = list(language.models)
        paths = [path for path in list_sources(ROOT / language.folder / workload) if is_ours(path)]
        paths.sort(key=lambda path: (rank(path.stem, models), path.name))
        for path in paths:
            model = path.stem if path.stem in models else ""
            what = language.models.get(path.stem) or (KERNEL if path.stem == KERNEL else path.name)
            yield (
                f"{workload}/{name}/{path.stem}",
                make_source(path.relative_to(ROOT).as_posix(), name, f"{language.label} {what}", model),
            )


def rank(stem: str, models: Sequence[str]) -> int:
    """Say where a source stands among those of its language: models, kernel, what else there is."""
    return models.index(stem) if stem in models else len(models) + (stem != KERNEL)


def is_ours(path: Path) -> bool:
    """Tell whether a file is a source of this repository: declarations of a run folder may name any folder."""
    return path.resolve().is_relative_to(ROOT) and find_lexer_class_for_filename(path.name) is not None


def make_source(path: str, language: str, label: str, model: str) -> Source:
    """Read a source, and divide it."""
    code = read_source(path).expandtabs(4).rstrip()
    begins = find_steps(code) if model else find_functions(code)
    return Source(path, language, label, model, find_notice(code), list(divide(path, code, begins)))


def find_notice(code: str) -> str:
    """Return the sentence that a source opens with, without the name of what it is."""
    found = NOTICE.match(f"{code}\n")
    if not found:
        return ""
    text = " ".join(re.sub(r"^//", "", found[1] or found[2], flags=re.MULTILINE).split())
    said = re.sub(r"^[\w-]+, [\w-]+: ", "", text)
    return said[:1].upper() + said[1:]


def find_steps(code: str) -> dict[int, str]:
    """Find the comments that name steps: where each stands, and what it says."""
    lines = enumerate(code.split("\n"))
    return {number: match[1] for number, line in lines if (match := STEP.match(line))}


def find_functions(code: str) -> dict[int, str]:
    """Find the functions: where each begins, with what is said of it, and its name as all languages would have it."""
    lines = code.split("\n")
    found = {}
    for number, line in enumerate(lines):
        if match := FUNCTION.match(line):
            above = takewhile(lambda text: text[:1].strip() and text[0] != "}", reversed(lines[:number]))
            found[number - len(list(above))] = HUMP.sub("_", match[1]).lower()
    return found


def divide(path: str, code: str, begins: Mapping[int, str]) -> Iterator[Part]:
    """Divide a source where its parts begin, every line with its number."""
    plain = code.split("\n")
    coloured = [PLAIN.sub(r"\1", line) for line in (*colour_lines(path, code), *[""] * len(plain))]
    lines = [
        (len(text) - len(text.lstrip()), LEADING.sub(r"\1", line))
        for text, line in zip(plain, coloured, strict=False)
    ]
    starts, names = [0, *begins], ["", *begins.values()]
    for name, begin, end in zip(names, starts, [*begins, len(plain)], strict=True):
        yield Part(name, begin + 1, lines[begin:end])


# Figures.


def list_settings(view: View, workload: str) -> Iterator[Setting]:
    """List the settings with which a study measured a workload, each language on its default runtime."""
    if workload not in set(view.measured["workload"]):
        return
    rows = view.select("true")
    rows = rows[
        (rows["workload"] == workload) & (rows["runtime"] == rows["language"].map(view.default_runtimes))
    ]
    quantity = choose_quantity(view, rows) if len(rows) else ""
    if not quantity:
        return
    telling = view.list_telling(rows)
    for values in list_values(view, rows, telling):
        chosen = {name: value for name, value in zip(telling, values, strict=True) if value is not None}
        label = ", ".join(
            f"{name.replace('_', ' ')} = {spell_plain(value)}" for name, value in chosen.items()
        )
        mine = [row for row in rows.to_dict("records") if has_setting(view, row, chosen)]
        yield Setting(
            name=f"{view.name}:{label.replace(' ', '')}",
            study=view.name,
            title=view.study.short or view.study.question,
            label=label,
            quantity=find_label(view, quantity),
            better=find_better(view, workload, quantity),
            usual=is_usual(view, workload, chosen),
            figures=spell_figures(view, mine, quantity),
        )


def choose_quantity(view: View, rows: pd.DataFrame) -> str:
    """Choose what implementations are compared by: what is judged, or units per second where their work differs."""
    shown = [axis.quantity for chart in view.study.charts.values() for axis in chart.y]
    known = list_quantities(view, rows)
    if not view.study.timed:
        return next((name for name in known if name in shown), "")
    differs = set(view.list_varied(rows)) - set(view.list_telling(rows)) - {"workers", "copy"}
    judged = view.declarations.workloads[str(rows["workload"].iloc[0])].judged
    rate = "throughput_per_s"
    shared = [name for name in differs if rows.groupby("language")[name].nunique().gt(0).sum() > 1]
    if judged.speed and shared and rows[f"{rate}_median"].notna().any():
        return rate
    return judged.quantity if judged.quantity in known else ""


def list_values(view: View, rows: pd.DataFrame, names: Sequence[str]) -> list[Values]:
    """List the values that tell settings apart; None stands for any, where a language has no such argument."""
    baselines = {name: language.baseline for name, language in view.declarations.languages.items()}
    others = rows[rows["model"] != rows["language"].map(baselines)]
    found = dict.fromkeys(
        tuple(None if pd.isna(value) else value for value in row)
        for row in (others if len(others) else rows)[list(names)].itertuples(index=False, name=None)
    )
    return sorted(
        (mine for mine in found if not any(covers(other, mine) for other in found if other != mine)),
        key=lambda values: [
            (isinstance(each, str), each if isinstance(each, str) else float(str(each or 0)))
            for each in values
        ],
    )


def is_usual(view: View, workload: str, chosen: Mapping[str, object]) -> bool:
    """Tell whether arguments are those that a workload declares as usual, on as many workers as there are cores."""
    arguments = view.declarations.workloads[workload].arguments
    usual = {
        name: arguments[name].default
        for name in chosen
        if name in arguments and arguments[name].default is not None
    }
    workers = chosen.get("workers", view.plan.cores) == view.plan.cores
    return bool(usual) and workers and all(chosen[name] == value for name, value in usual.items())


def covers(one: Values, other: Values) -> bool:
    """Tell whether values say the same and more."""
    return all(theirs is None or mine == theirs for mine, theirs in zip(one, other, strict=True))


def has_setting(view: View, row: Row, chosen: Mapping[str, object]) -> bool:
    """Tell whether a case belongs to a setting; what works alone has but one number of workers."""
    alone = row["model"] == view.declarations.languages[row["language"]].baseline
    return all(
        pd.isna(row[name]) or row[name] == value or (alone and name == "workers")
        for name, value in chosen.items()
    )


def spell_figures(view: View, rows: Sequence[Row], quantity: str) -> dict[str, Measured]:
    """Spell what was measured of each implementation, by the name of its source; the first case counts."""
    figures: dict[str, Measured] = {}
    for row in rows:
        if not math.isnan(view.estimate(row, quantity).median):
            name = f"{row['workload']}/{row['language']}/{row['model']}"
            figures.setdefault(name, spell_figure(view, row, quantity))
    return figures


def spell_figure(view: View, row: Row, quantity: str) -> Measured:
    """Spell what was measured of a case."""
    found = view.estimate(row, quantity)
    return Measured(
        value=found.median,
        low=None if math.isnan(found.low) else found.low,
        high=None if math.isnan(found.high) else found.high,
        text=spell_measured(quantity, found) + (" per second" if quantity.endswith("_per_s") else ""),
        interval=spell_interval(quantity, found),
        ran=f"{spell_count(int(row['workers']), 'worker')}, {row['runtime']}",
        compared=spell_comparison(view, row),
        doubts=", ".join(each.replace("_", " ") for each in str(row["marks"]).split()),
        note=str(row["note"]),
    )


def spell_comparison(view: View, row: Row) -> str:
    """Spell a case's ratio to what it is compared with, and the verdict; empty where it is not."""
    compared = view.find_comparison(str(row["case"]))
    if not compared:
        return ""
    ratio = view.compare(str(row["case"]))
    figure = f"{spell_quantity('ratio', ratio.median)} {spell_interval('ratio', ratio)}"
    return f"{figure} {view.name_comparison(compared)}: {compared['words']}"


def spell_plain(value: object) -> str:
    """Spell a value of an argument."""
    return value if isinstance(value, str) else f"{float(str(value)):,.0f}"


def find_label(view: View, quantity: str) -> str:
    """Name a quantity as the charts do."""
    axes = [axis for chart in view.study.charts.values() for axis in (*chart.y, chart.x)]
    return next((axis.label for axis in axes if axis.quantity == quantity), name_quantity(quantity))


def find_better(view: View, workload: str, quantity: str) -> str:
    """Say which way a quantity is better."""
    judged = view.declarations.workloads[workload].judged
    if quantity == judged.quantity:
        return judged.better
    return "higher" if quantity.endswith("_per_s") else "lower"
