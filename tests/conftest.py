"""Fixtures: a checkout of fake languages, and a clock that runs its programs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from harness.fixtures import Fixtures
from harness.measure import Clock
from harness.processes import Supervisor
from tests.tree import Tree

settings.register_profile("stable", derandomize=True, deadline=None, database=None)
settings.load_profile("stable")


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """What TMPDIR is for the harnesses of a test: apart from the lock and the folders of real runs."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.fixture
def tree(tmp_path: Path, scratch: Path) -> Iterator[Tree]:
    """A checkout of fake languages; what is started in it has ended when the test has."""
    tree = Tree(tmp_path / "tree", scratch)
    yield tree
    tree.stop()


@pytest.fixture
def clock(tree: Tree) -> Iterator[Clock]:
    """What the cases of the tree are run with."""
    with Supervisor(tree.root) as supervisor, Fixtures() as fixtures:
        yield Clock(supervisor, fixtures)
