"""Report: what a run found, as a page of Markdown beside its charts; every number in it is computed.

The same blocks can be spliced into another page, so that what stands there is always some run's:

    <!-- begin NAME -->
    ... replaced ...
    <!-- end -->

NAME is a study's, for its tables; `NAME.svg` for its picture; or `share`, for the harness's own share
of the measuring time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

import pandas as pd

from harness.charts import describe
from harness.charts.study import ChartedStudy
from harness.cost import share_of_harness
from harness.errors import HarnessError

BLOCK = re.compile(r"(?P<begin><!-- begin (?P<name>\S+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL)


def write_report(run: str, studies: Sequence[ChartedStudy], runs: pd.DataFrame) -> str:
    """Write a run's own page."""
    parts = [f"# Run {run}\n", f"{studies[0].machine}. {spell_share(runs)}\n" if studies else ""]
    for study in studies:
        parts.append(f"## {study.question}\n\n![{study.name}](charts/{study.name}.svg)\n")
        parts.append(describe(study))
        parts.append("".join(f"- {sentence}\n" for sentence in study.absent))
    return "\n".join(parts)


def spell_share(runs: pd.DataFrame) -> str:
    """Say what share of the measuring time was the harness's own."""
    return f"The harness's own share of the measuring time: {share_of_harness(runs):.1%}."


def make_blocks(
    folder: PurePosixPath, studies: Sequence[ChartedStudy], runs: pd.DataFrame
) -> Mapping[str, str]:
    """Make every block that can be spliced; `folder` is the run folder as seen from the page."""
    blocks = {"share": spell_share(runs) + "\n"}
    for study in studies:
        blocks[study.name] = describe(study)
        blocks[f"{study.name}.svg"] = f"![{study.question}]({folder}/charts/{study.name}.svg)\n"
    return blocks


def splice(page: str, blocks: Mapping[str, str]) -> str:
    """Replace the blocks of a page; raises HarnessError for one that the run has not."""

    def replace(match: re.Match[str]) -> str:
        if match["name"] not in blocks:
            valid = ", ".join(sorted(blocks))
            raise HarnessError(f"block '{match['name']}': expected one of {valid}: the run has no such study")
        return match["begin"] + blocks[match["name"]] + match["end"]

    return BLOCK.sub(replace, page)
