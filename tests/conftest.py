"""Fixtures: a checkout of fake languages, and what its programs are run with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

import harness.fixtures
from harness.fixtures import Fixtures
from harness.run.attempt import Bench
from harness.run.processes import Supervisor
from tests.samples import FAKE
from tests.tree import Tree

settings.register_profile("stable", derandomize=True, deadline=None, database=None)
settings.load_profile("stable")

harness.fixtures.__path__.append(str(FAKE / "harness" / "fixtures"))  # that of the fakes is there, too


class SameCommand(dict[str, list[str]]):
    """The runner of the fakes, whatever the case."""

    def __missing__(self, _: str) -> list[str]:
        return ["bin/python", "-IS", "fake/runner.py"]


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
def bench(tree: Tree) -> Iterator[Bench]:
    """What the cases of the tree are run with."""
    with Supervisor(tree.root) as supervisor, Fixtures() as fixtures:
        yield Bench(supervisor, fixtures, tree.declare().workloads, SameCommand(), 2)
