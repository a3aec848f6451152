"""environment: what the figures depend on, and nothing that says whose machine it is."""

from __future__ import annotations

import getpass
import json
import platform
from pathlib import Path

import pytest

from harness.machine import environment
from harness.machine.cores import read_quota
from harness.paths import ROOT
from harness.plan.runners import Runner

RUNNERS = [
    Runner("fake", [str(Path.home() / "bin" / "runner")], "fake 1.2.3", "fake-1"),
    Runner("gone", ["gone"], problem="gone runner missing"),
]
PACKAGES = {"fake-1": {"aiohttp": "3.9.0"}}


def test_it_names_the_machine_and_every_toolchain_that_is_there() -> None:
    described = environment.describe(RUNNERS, PACKAGES)
    assert described["runtimes"] == {"fake-1": "fake 1.2.3"}
    assert described["runtime_packages"] == PACKAGES
    assert described["kernel"] == platform.release()
    assert described["processor"]
    tools, packages = described["tools"], described["packages"]
    assert isinstance(tools, dict)
    assert tools["hyperfine"].startswith("hyperfine ")
    assert isinstance(packages, dict)
    assert all(packages.values())
    assert "aiohttp" not in packages, "that of the measured runtime counts, not the harness's"


@pytest.mark.parametrize("secret", [str(Path.home()) + "/", str(ROOT), f"/{getpass.getuser()}"])
def test_no_path_and_no_user_name_is_in_it(secret: str) -> None:
    assert secret not in json.dumps(environment.describe(RUNNERS, PACKAGES))


def test_what_is_not_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert environment.ask_version("hyperfine") is None
    assert environment.ask_git("rev-parse", "HEAD") is None
    assert environment.find_version("no-such-package") is None


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_hyperfine_is_the_one_that_doctor_chose(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = script(tmp_path / "a folder" / "hyperfine", 'echo "hyperfine 1.19.0 $1"')
    monkeypatch.setenv("HYPERFINE", f"'{chosen}' --quiet")
    assert environment.find_hyperfine() == [str(chosen), "--quiet"]
    tools = environment.describe(RUNNERS, PACKAGES)["tools"]
    assert isinstance(tools, dict)
    assert tools["hyperfine"] == "hyperfine 1.19.0 --quiet"


@pytest.mark.parametrize("value", [None, "", " "])
def test_hyperfine_is_the_one_on_path_where_nobody_says(
    monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.delenv("HYPERFINE", raising=False)
    if value is not None:
        monkeypatch.setenv("HYPERFINE", value)
    assert environment.find_hyperfine() == ["hyperfine"]


def test_a_program_that_hangs_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "PATIENCE_S", 0.1)
    assert environment.ask_version(str(script(tmp_path / "hangs", "exec sleep 600"))) is None


@pytest.mark.parametrize(("text", "quota"), [("max 100000\n", None), ("150000 100000\n", 1.5)])
def test_the_quota_of_the_cgroup_is_in_processors(
    monkeypatch: pytest.MonkeyPatch, text: str, quota: float | None
) -> None:
    monkeypatch.setattr(Path, "exists", lambda _: True)
    monkeypatch.setattr(Path, "read_text", lambda _: text)
    assert read_quota() == quota
