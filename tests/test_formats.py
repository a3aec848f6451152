"""results/README.md names every column of every table of a run folder, and no other."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from harness import pipeline
from harness.paths import ROOT
from harness.plan.check import declare
from harness.plan.check_workloads import list_quantities
from harness.store.folder import Run
from harness.store.records import STATUSES

PAGE = (ROOT / "results" / "README.md").read_text(encoding="utf-8")
REFERENCE = min((ROOT / "results" / "reference").glob("*/run.json")).parent
BOTH = "Both `runs.csv` and `summary.csv`"
OF_RUNS = "`runs.csv`"

pytestmark = pytest.mark.xdist_group("tables")  # one of pytest's processes makes them, not each


def list_documented(heading: str) -> set[str]:
    """List the columns that a section of the page has, those in angle brackets left out."""
    section = PAGE.split(f"### {heading}\n", 1)[1].split("\n#", 1)[0]
    cells = re.findall(r"^\| (`[^|]*?`) \|", section, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([a-z0-9_]+)`", cell)}


def list_own() -> set[str]:
    """List the columns that workloads and fixtures add."""
    workloads = declare().workloads.values()
    return {name for each in workloads for name in [*list_quantities(each), *each.arguments]}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The committed results, unpacked, with all their tables."""
    source, folder = REFERENCE, tmp_path_factory.mktemp("run")
    for path in source.rglob("*.json*"):
        target = folder / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    made = Run(folder)
    pipeline.write_runs(made)
    pipeline.write_summary(made)
    return made


def read(run: Run, name: str) -> set[str]:
    """Read the columns of a table, of all studies together."""
    return {column for folder in run.studies for column in pd.read_csv(folder.path / name, nrows=1).columns}


def test_runs(run: Run) -> None:
    documented = list_documented(BOTH) | list_documented(OF_RUNS)
    assert read(run, "runs.csv") - list_own() == documented - list_own()


def test_summary(run: Run) -> None:
    columns = read(run, "summary.csv")
    quantities = {name.removesuffix("_median") for name in columns if name.endswith("_median")}
    plain = {name for name in columns if not re.search(r"_(median|low|high)$", name)}
    documented = list_documented(BOTH) | list_documented("`summary.csv`")
    assert plain - list_own() == documented - list_own()
    assert quantities <= list_documented(OF_RUNS) | list_own()


@pytest.mark.parametrize("name", ["comparisons", "fits", "marks"])
def test_other_tables(run: Run, name: str) -> None:
    assert read(run, f"{name}.csv") == list_documented(f"`{name}.csv`")


def test_series_and_probes(run: Run) -> None:
    documented = list_documented("`series.csv` and `probes.csv`")
    assert read(run, "series.csv") | read(run, "probes.csv") == documented


def test_statuses() -> None:
    listed = re.search(r"\| `status` \|[^\n]*", PAGE)
    assert listed
    named = set(re.findall(r"`([a-z_]+)`", listed[0])) - {"status"}
    assert named == {*STATUSES, "unmeasured"}
