"""Report: what a run found, as a page of Markdown beside its charts; every number in it is computed.

The same blocks can be spliced into another page, so that what stands there is always some run's:

    <!-- begin NAME -->
    ... replaced ...
    <!-- end -->

NAME is `finding/STUDY/NAME`, `title/STUDY/NAME`, `chart/STUDY/NAME`, `tables/STUDY`, `use/STUDY`, `findings`,
`decisions`, or `benchmarks/NAME`, for a table that a benchmark of the harness wrote.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from harness.errors import HarnessError
from harness.machine.calibrate import Calibration
from harness.tell import tables
from harness.tell.decide import tabulate_decisions
from harness.tell.findings import spell_title, tell
from harness.tell.view import View

BLOCK = re.compile(r"(?P<begin><!-- begin (?P<name>\S+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL)


def write_report(run: str, views: Sequence[View]) -> str:
    """Write a run's own page: the findings first, then each study."""
    parts = [f"# Run {run}\n"]
    if views:
        parts.append(f"{tables.escape(views[0].machine)}. {spell_calibration(views[0].calibration)}\n")
        parts.append(list_findings(views))
        parts.append(f"## What to choose\n\n{tabulate_decisions(views)}")
    parts += [write_study(view, PurePosixPath(view.name)) for view in views]
    return "\n".join(parts)


def list_findings(views: Sequence[View]) -> str:
    """List what all studies found."""
    told = [tell(view, name) for view in views for name in list_listed(view)]
    return "".join(f"- {' '.join(each.text.split())}\n" for each in told if each)


def list_listed(view: View) -> list[str]:
    """List the findings that stand among those of a run."""
    return [name for name, finding in view.study.findings.items() if finding.listed]


def write_study(view: View, folder: PurePosixPath) -> str:
    """Write one study's part of the page; `folder` is its own as seen from there."""
    study = view.study
    parts = [f"## {study.short or study.question}\n"]
    parts += [f"{told.text}\n" for name in list_listed(view) if (told := tell(view, name))]
    parts += [write_picture(view, name, folder) for name in study.charts]
    parts.append(tables.tabulate(view))
    parts.append(tables.fold("How to read it", study.reading))
    parts.append(tables.fold("What each case used", tables.tabulate_use(view)))
    parts.append(tables.fold("Fitted", tables.list_fits(view)))
    parts.append(tables.fold("Doubtful", tables.list_marks(view)))
    parts.append(tables.fold("Not measured", tables.list_absent(view)))
    parts.append(tables.fold("Sessions", tables.tell_sessions(view)))
    return "\n".join(part for part in parts if part)


def write_picture(view: View, name: str, folder: PurePosixPath) -> str:
    """Show a chart, in the colours of the page that it is on."""
    title = (
        tables.escape(spell_title(view, view.study.charts[name].finding))
        .replace('"', "&quot;")
        .replace("\\", "")
    )
    dark, light = (f"{folder}/charts/{name}-{theme}.svg" for theme in ("dark", "light"))
    return (
        f'<picture><source media="(prefers-color-scheme: dark)" srcset="{dark}">'
        f'<img alt="{title}" src="{light}"></picture>\n'
    )


def spell_calibration(calibration: Calibration) -> str:
    """Say what parallel speed the machine gave before the run."""
    speeds = [
        f"{each.median:.2f}× on {each.threads} threads"
        for each in calibration.parallel_speed
        if each.threads > 1
    ]
    if not speeds:
        return "The machine's parallel speed was not calibrated."
    told = ", ".join(speeds).replace("×", "× the work of one", 1)
    return (
        f"Independent native threads did {told}; "
        f"the clock's step is {calibration.clock_step_ns} ns; other programs kept "
        f"{calibration.busy_cores:.2f} cores busy."
    )


def make_blocks(folder: PurePosixPath, views: Sequence[View]) -> dict[str, str]:
    """Make every block that can be spliced; `folder` is the run folder as seen from the page."""
    blocks = {"findings": list_findings(views), "decisions": tabulate_decisions(views)}
    for view in views:
        blocks[f"tables/{view.name}"] = tables.tabulate(view)
        blocks[f"use/{view.name}"] = tables.tabulate_use(view)
        blocks[f"marks/{view.name}"] = tables.list_marks(view)
        blocks[f"fits/{view.name}"] = tables.list_fits(view)
        blocks[f"sessions/{view.name}"] = tables.tell_sessions(view)
        blocks[f"measured/{view.name}"] = (
            f"Measured on {view.machine}, with {view.versions}: {view.rounds}.\n"
        )
        for name in view.study.charts:
            blocks[f"chart/{view.name}/{name}"] = write_picture(view, name, folder / view.name)
        for name in view.study.findings:
            if told := tell(view, name):
                blocks[f"finding/{view.name}/{name}"] = f"{told.text}\n"
                blocks[f"title/{view.name}/{name}"] = f"{told.title}\n"
    return blocks


def make_benchmark_blocks(folder: Path) -> dict[str, str]:
    """Make a block of each table in a run folder's `benchmarks/`, e.g. `benchmarks/null`."""
    blocks = {}
    for path in sorted((folder / "benchmarks").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            head, *rows = csv.reader(file)
        texts = [i for i in range(len(head)) if not all(row[i][:1].isdigit() for row in rows)]
        blocks[f"benchmarks/{path.stem}"] = tables.table(head, rows, texts=texts)
    return blocks


def splice(page: str, blocks: Mapping[str, str]) -> str:
    """Replace the blocks of a page; raises HarnessError for one that the run has not."""

    def replace(match: re.Match[str]) -> str:
        if match["name"] not in blocks:
            valid = ", ".join(sorted(blocks))
            raise HarnessError(f"block '{match['name']}': expected one of {valid}: the run has no such study")
        return match["begin"] + blocks[match["name"]] + match["end"]

    return BLOCK.sub(replace, page)
