"""environment: what the figures depend on, and nothing that says whose machine it is."""

from __future__ import annotations

import getpass
import json
import platform
from pathlib import Path

import pytest

from harness import environment
from harness.declare import ROOT
from harness.plan import Runner, read_quota

RUNNERS = [
    Runner("fake", [str(Path.home() / "bin" / "runner")], "fake 1.2.3", "fake-1"),
    Runner("gone", ["gone"], problem="gone runner missing"),
]


def test_it_names_the_machine_and_every_toolchain_that_is_there() -> None:
    described = environment.describe(RUNNERS)
    assert described["runtimes"] == {"fake-1": "fake 1.2.3"}
    assert described["kernel"] == platform.release()
    assert described["processor"]
    tools, packages = described["tools"], described["packages"]
    assert isinstance(tools, dict)
    assert tools["hyperfine"].startswith("hyperfine ")
    assert isinstance(packages, dict)
    assert all(packages.values())


@pytest.mark.parametrize("secret", [str(Path.home()) + "/", str(ROOT), f"/{getpass.getuser()}"])
def test_no_path_and_no_user_name_is_in_it(secret: str) -> None:
    assert secret not in json.dumps(environment.describe(RUNNERS))


def test_what_is_not_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert environment.ask_version("hyperfine") is None
    assert environment.ask_git("rev-parse", "HEAD") is None
    assert environment.find_version("no-such-package") is None


@pytest.mark.parametrize(("text", "quota"), [("max 100000\n", None), ("150000 100000\n", 1.5)])
def test_the_quota_of_the_cgroup_is_in_processors(
    monkeypatch: pytest.MonkeyPatch, text: str, quota: float | None
) -> None:
    monkeypatch.setattr(Path, "exists", lambda _: True)
    monkeypatch.setattr(Path, "read_text", lambda _: text)
    assert read_quota() == quota
