"""The committed reference, opened once for all tests of a process; they stay together in one."""

from __future__ import annotations

from functools import cache

import pytest

from harness.store.folder import RESULTS, Run
from harness.tell.view import View

REFERENCE = min((RESULTS / "reference").glob("*/run.json")).parent

reads_reference = pytest.mark.xdist_group("reference")
"""To open it, and to make its pages, takes long: done by one of pytest's processes, not by each."""


@cache
def open_views() -> tuple[View, ...]:
    """Every study of the reference, ready to be told."""
    run = Run(REFERENCE)
    return tuple(View(folder, run.frozen) for folder in run.studies)
