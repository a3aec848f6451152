"""Report: what a run found, as a page of Markdown beside its charts; every number in it is computed.

The same blocks can be spliced into another page, so that what stands there is always some run's:

    <!-- begin NAME -->
    ... replaced ...
    <!-- end -->

NAME is a study's, for its tables; `NAME.svg` for its picture; `share`, for the harness's own share of the
measuring time; or `benchmarks/NAME`, for a table that a benchmark of the harness wrote.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

import pandas as pd

from harness.calibrate import Calibration
from harness.charts import describe, words
from harness.charts.study import ChartedStudy
from harness.cost import spell_share
from harness.errors import HarnessError

BLOCK = re.compile(r"(?P<begin><!-- begin (?P<name>\S+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL)


def write_report(run: str, studies: Sequence[ChartedStudy], runs: pd.DataFrame) -> str:
    """Write a run's own page."""
    parts = [f"# Run {run}\n"]
    if studies:
        calibration = spell_calibration(studies[0].calibration)
        parts.append(f"{studies[0].machine}. {tell_share(runs)} {calibration}\n")
    for study in studies:
        parts.append(f"## {study.question}\n\n![{study.name}](charts/{study.name}.svg)\n")
        parts.append(describe(study))
        sentences = [*study.uncertain, *study.absent, *spell_marks(study)]
        parts.append("".join(f"- {sentence}\n" for sentence in sentences))
    return "\n".join(parts)


def spell_calibration(calibration: Calibration) -> str:
    """Say what parallel speed the machine gave before the run."""
    speeds = [f"{each.threads}: {each.median:.2f}" for each in calibration.parallel_speed]
    if not speeds:
        return "The machine's parallel speed was not calibrated."
    return (
        f"Native threads that share nothing got so many times the work of one: {', '.join(speeds)}; "
        f"the clock's step: {calibration.clock_step_ns} ns; other programs kept "
        f"{calibration.busy_cores:.2f} cores busy."
    )


def spell_marks(study: ChartedStudy) -> list[str]:
    """Say what the plausibility rules found, each with its figures."""
    return [f"doubtful ({row.rule}): {row.case}: {row.sentence}" for row in study.marks.itertuples()]


def tell_share(runs: pd.DataFrame) -> str:
    """Say in a sentence what share of the measuring time was the harness's own."""
    share = spell_share(runs)
    return f"{share[0].upper()}{share[1:]}."


def make_blocks(
    folder: PurePosixPath, studies: Sequence[ChartedStudy], runs: pd.DataFrame
) -> Mapping[str, str]:
    """Make every block that can be spliced; `folder` is the run folder as seen from the page."""
    blocks = {"share": tell_share(runs) + "\n"}
    for study in studies:
        blocks[study.name] = describe(study)
        blocks[f"{study.name}.svg"] = f"![{study.question}]({folder}/charts/{study.name}.svg)\n"
    return blocks


def make_benchmark_blocks(folder: Path) -> Mapping[str, str]:
    """Make a block of each table in a run folder's `benchmarks/`, e.g. `benchmarks/million`."""
    blocks = {}
    for path in sorted((folder / "benchmarks").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            head, *rows = csv.reader(file)
        texts = [i for i in range(len(head)) if not all(row[i][:1].isdigit() for row in rows)]
        blocks[f"benchmarks/{path.stem}"] = words.table(head, rows, texts=texts)
    return blocks


def splice(page: str, blocks: Mapping[str, str]) -> str:
    """Replace the blocks of a page; raises HarnessError for one that the run has not."""

    def replace(match: re.Match[str]) -> str:
        if match["name"] not in blocks:
            valid = ", ".join(sorted(blocks))
            raise HarnessError(f"block '{match['name']}': expected one of {valid}: the run has no such study")
        return match["begin"] + blocks[match["name"]] + match["end"]

    return BLOCK.sub(replace, page)
