"""Reports: blocks are replaced whole, and what stands in our own pages is the reference run's."""

from __future__ import annotations

import gzip
import os
from pathlib import Path, PurePosixPath

import pytest

from harness.declare import ROOT
from harness.errors import HarnessError
from harness.report import BLOCK, make_benchmark_blocks, make_blocks, splice, write_report
from harness.runs import RESULTS, Run
from harness.stages import list_studies, read_table

REFERENCES = sorted(path.parent for path in (RESULTS / "reference").glob("*/plan.json"))
PAGES = [ROOT / "README.md", ROOT / "METHODOLOGY.md"]


def read_reference(folder: Path) -> dict[str, str]:
    """Make the blocks of a committed run, as seen from the top folder."""
    run = Run(folder)
    studies = list_studies(run, read_table(Run(folder), "summary.csv"))
    relative = PurePosixPath(os.path.relpath(folder, ROOT))
    return {
        **make_blocks(relative, studies, read_table(Run(folder), "runs.csv")),
        **make_benchmark_blocks(folder),
    }


def test_a_benchmark_s_table_is_a_block(tmp_path: Path) -> None:
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "speed.csv").write_text('verb,seconds\n"collate, twice",1.5\nchart,2\n')
    assert make_benchmark_blocks(tmp_path) == {
        "benchmarks/speed": "| verb | seconds |\n| --- | ---: |\n| collate, twice | 1.5 |\n| chart | 2 |\n"
    }
    assert make_benchmark_blocks(tmp_path / "benchmarks") == {}


def test_blocks_are_replaced_and_the_rest_is_kept() -> None:
    page = "before\n<!-- begin a -->\nold\n<!-- end -->\nbetween\n<!-- begin b -->\n<!-- end -->\nafter\n"
    expected = (
        "before\n<!-- begin a -->\nnew\n<!-- end -->\nbetween\n<!-- begin b -->\n1\n2\n<!-- end -->\nafter\n"
    )
    blocks = {"a": "new\n", "b": "1\n2\n"}
    assert splice(page, blocks) == expected
    assert splice(expected, blocks) == expected


def test_an_unknown_block_is_a_clear_message() -> None:
    with pytest.raises(HarnessError, match="block 'c': expected one of a, b"):
        splice("<!-- begin c -->\n<!-- end -->\n", {"b": "", "a": ""})


def test_there_is_a_reference_run() -> None:
    assert REFERENCES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_number_spliced_into_our_pages_is_the_reference_runs(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert BLOCK.search(text), f"{page.name} has no block"
    assert splice(text, read_reference(REFERENCES[0])) == text


@pytest.mark.parametrize("folder", REFERENCES, ids=lambda folder: folder.name)
def test_a_reference_has_no_failure_no_large_file_and_no_trace_of_its_machine(folder: Path) -> None:
    statuses = set(read_table(Run(folder), "summary.csv")["status"])
    assert statuses <= {"ok", "skipped"}
    for path in folder.rglob("*"):
        if path.is_file():
            assert path.stat().st_size <= 1024 * 1024, path.name
            data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            assert str(ROOT).encode() not in data, path.name


@pytest.mark.parametrize("folder", REFERENCES, ids=lambda folder: folder.name)
def test_a_report_shows_every_study_and_names_what_is_absent(folder: Path) -> None:
    run = Run(folder)
    studies = list_studies(run, read_table(Run(folder), "summary.csv"))
    text = write_report(run.plan.run, studies, read_table(Run(folder), "runs.csv"))
    for study in studies:
        assert study.question in text
        assert f"charts/{study.name}.svg" in text
        assert all(sentence in text for sentence in study.absent)
