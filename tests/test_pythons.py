"""harness/setup/pythons.py against fake Pythons: what is found, made, kept, redone, reported."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from harness.setup import pythons

# A Python as far as this module needs one: it says what it is, makes a virtual environment that
# is a copy of itself, and keeps a list of what pip was asked for. FAILS names a verb that fails.
FAKE_PYTHON = """#!/bin/sh
case "$1 $2" in
"-I -c") printf '%s\\n' {implementation} {series} {version} "{executable}" ;;
"-m {fails}") echo "first line"; echo "no {fails} today"; exit 1 ;;
"-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
"-m pip") echo "$@" >> "${{0%/bin/*}}/pip.log" ;;
*) exit 64 ;;
esac
"""

FAKE_UV = """#!/bin/sh
echo "$@" >> "{log}"
case "$1" in
venv) mkdir -p "$5/bin" && cp "$4" "$5/bin/python" ;;
python) echo '[{{"path": "{managed}"}}]' ;;
esac
"""


class Machine:
    """A machine with a checkout and nothing on it but the fake programs that a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "checkout"
        self.bin = folder / "bin"
        self.home = folder / "home"
        self.uv_log = folder / "uv.log"
        for path in (self.root, self.bin, self.home):
            path.mkdir()
        for name in ("mkdir", "cp"):
            self.bin.joinpath(name).symlink_to(shutil.which(name) or name)
        for name in ("requirements.txt", "requirements-dev.txt", "requirements-python.txt"):
            (self.root / name).write_text(f"package-of-{name}==1\n")

    def script(self, path: Path, text: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return path

    def python(
        self,
        series: str,
        *,
        path: Path | None = None,
        implementation: str = "cpython",
        version: str = "",
        fails: str = "nothing",
    ) -> Path:
        path = path or self.bin / f"python{series}"
        text = FAKE_PYTHON.format(
            implementation=implementation,
            series=series,
            version=version or f"{series.rstrip('t')}.1",
            executable=path,
            fails=fails,
        )
        return self.script(path, text)

    def uv(self, managed: Path) -> None:
        self.script(self.bin / "uv", FAKE_UV.format(log=self.uv_log, managed=managed))

    def asked_of_pip(self, environment: str) -> list[str]:
        return (self.root / environment / "pip.log").read_text().splitlines()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine whose running Python is a 3.11."""
    machine = Machine(tmp_path)
    monkeypatch.setattr(pythons, "ROOT", machine.root)
    monkeypatch.setattr(pythons, "PLACES", ("~/.pyenv/versions/*/bin/python",))
    monkeypatch.setattr(sys, "executable", str(machine.python("3.11")))
    monkeypatch.setenv("PATH", str(machine.bin))
    monkeypatch.setenv("HOME", str(machine.home))
    return machine


def tags() -> list[str]:
    return [python.tag for python in pythons.discover()]


def test_discovery_is_sorted_by_age_and_knows_free_threaded_builds(machine: Machine) -> None:
    for series in ("3.14", "3.13t", "3.13", "3.8"):
        machine.python(series)
    expected = ["cpython-3.8", "cpython-3.11", "cpython-3.13", "cpython-3.13t", "cpython-3.14"]
    assert tags() == expected


def test_discovery_leaves_out_what_is_no_cpython_of_3_8_or_later(machine: Machine) -> None:
    machine.python("3.7")
    machine.python("3.10", implementation="pypy")
    machine.script(machine.bin / "python3.9", "#!/bin/sh\necho 'pyenv: not found' >&2\nexit 127\n")
    machine.script(machine.bin / "python3.12", "#!/bin/sh\necho garbage\n")
    machine.script(machine.bin / "python3.13", "not a program at all")
    machine.python("3.14", path=machine.bin / "python3.14-config")
    assert tags() == ["cpython-3.11"]


def test_discovery_looks_beyond_path_and_takes_the_first_of_a_tag(machine: Machine) -> None:
    first = machine.python("3.12")
    for version in ("3.12.9", "3.9.1"):
        series = version.rpartition(".")[0]
        path = machine.home / ".pyenv" / "versions" / version / "bin" / "python"
        machine.python(series, path=path, version=version)
    found = {python.tag: python for python in pythons.discover()}
    assert list(found) == ["cpython-3.9", "cpython-3.11", "cpython-3.12"]
    assert found["cpython-3.12"].executable == str(first)


def test_discovery_asks_uv_for_the_pythons_it_manages(machine: Machine) -> None:
    machine.uv(machine.python("3.14t", path=machine.home / "uv" / "python3.14t"))
    assert tags() == ["cpython-3.11", "cpython-3.14t"]


def test_main_is_made_once(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    assert pythons.main(["main"]) == 0
    assert capsys.readouterr().out == ".venv: cpython 3.11.1\n"
    [asked] = machine.asked_of_pip(".venv")
    names = ("requirements.txt", "requirements-dev.txt", "requirements-python.txt")
    assert asked.endswith(" ".join(f"-r {machine.root}/{name}" for name in names))
    assert pythons.main(["main"]) == 0
    assert capsys.readouterr().out == ".venv is up to date\n"
    assert machine.asked_of_pip(".venv") == [asked]


@pytest.mark.parametrize("cause", ["requirements", "python", "interrupted"])
def test_main_is_made_anew_when_something_changed(
    machine: Machine, capsys: pytest.CaptureFixture[str], cause: str
) -> None:
    pythons.main(["main"])
    leftover = machine.root / ".venv" / "leftover"
    leftover.touch()
    if cause == "requirements":
        (machine.root / "requirements-dev.txt").write_text("another==2\n")
    elif cause == "python":
        machine.python("3.11", version="3.11.9")
    else:
        (machine.root / ".venv" / "made-from.sha256").unlink()
    capsys.readouterr()
    assert pythons.main(["main"]) == 0
    assert capsys.readouterr().out.startswith(".venv: cpython 3.11.")
    assert not leftover.exists()


@pytest.mark.parametrize("fails", ["venv", "pip"])
def test_main_that_fails_says_why_and_is_not_taken_for_done(
    machine: Machine, capsys: pytest.CaptureFixture[str], fails: str
) -> None:
    machine.python("3.11", fails=fails)
    assert pythons.main(["main"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert f"no {fails} today" in printed.err
    assert "got exit code 1" in printed.err
    machine.python("3.11")
    assert pythons.main(["main"]) == 0
    assert capsys.readouterr().out == ".venv: cpython 3.11.1\n"


def test_missing_requirement_file_is_named(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    (machine.root / "requirements-dev.txt").unlink()
    assert pythons.main(["main"]) == 1
    assert capsys.readouterr().err.startswith("expected requirements-dev.txt, got no such file")


def test_uv_is_used_where_it_is_there(machine: Machine) -> None:
    machine.uv(machine.bin / "python3.11")
    assert pythons.main(["main"]) == 0
    assert not (machine.root / ".venv" / "pip.log").exists()
    created, installed = machine.uv_log.read_text().splitlines()
    assert created == f"venv --quiet --python {machine.bin}/python3.11 {machine.root}/.venv"
    assert installed.startswith(f"pip install --python {machine.root}/.venv/bin/python --quiet -r ")


def test_pythons_makes_one_for_each_other_python(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.python("3.8")
    machine.python("3.13t")
    assert pythons.main(["pythons"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "build/pythons/cpython-3.8: cpython 3.8.1",
        "build/pythons/cpython-3.13t: cpython 3.13.1",
    ]
    [asked] = machine.asked_of_pip("build/pythons/cpython-3.13t")
    assert asked.endswith(f"-r {machine.root}/requirements-python.txt")
    assert pythons.main(["pythons"]) == 0
    assert capsys.readouterr().out == "2 environments in build/pythons are up to date\n"
    assert machine.asked_of_pip("build/pythons/cpython-3.13t") == [asked]


def test_pythons_leaves_out_the_python_of_the_main_environment(machine: Machine) -> None:
    machine.python("3.12")
    machine.python("3.12", path=machine.root / ".venv" / "bin" / "python")
    assert pythons.main(["pythons"]) == 0
    made = [path.name for path in (machine.root / "build" / "pythons").iterdir()]
    assert made == ["cpython-3.11"]


def test_pythons_goes_on_where_requirements_do_not_install(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.python("3.8", fails="pip")
    machine.python("3.9", fails="venv")
    machine.python("3.10")
    for _ in range(2):
        assert pythons.main(["pythons"]) == 0
        first, second, *rest = capsys.readouterr().out.splitlines()
        assert first == (
            "build/pythons/cpython-3.8: cpython 3.8.1: without requirements-python.txt: no pip today"
        )
        assert second.endswith("left out, no environment can be made: no venv today")
    assert rest == [], "what did install is not done again"
    made = sorted(path.name for path in (machine.root / "build" / "pythons").iterdir())
    assert made == ["cpython-3.10", "cpython-3.8"]
    assert (machine.root / "build/pythons/cpython-3.8/bin/python").exists()


def test_pythons_removes_the_environment_of_a_python_that_is_gone(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = machine.python("3.9")
    pythons.main(["pythons"])
    gone.unlink()
    capsys.readouterr()
    assert pythons.main(["pythons"]) == 0
    assert capsys.readouterr().out.startswith("build/pythons/cpython-3.9: removed")
    assert not (machine.root / "build" / "pythons" / "cpython-3.9").exists()


def test_what_was_added_is_there_again_when_main_is_made_anew(machine: Machine) -> None:
    assert pythons.main(["add", "tool==1"]) == 0
    assert machine.asked_of_pip(".venv") == ["-m pip install --quiet tool==1"]
    for content in ("first==1\n", "second==2\n"):
        (machine.root / "requirements.txt").write_text(content)
        assert pythons.main(["main"]) == 0
        [asked] = machine.asked_of_pip(".venv")
        assert asked.endswith(f"-r {machine.root}/.venv/requirements-added.txt")
        assert (machine.root / ".venv/requirements-added.txt").read_text() == "tool==1\n"


def test_what_could_not_be_added_is_not_asked_for_again(machine: Machine) -> None:
    machine.python("3.11", fails="pip")
    assert pythons.main(["add", "tool==1"]) == 1
    machine.python("3.11")
    assert pythons.main(["main"]) == 0
    assert "requirements-added" not in machine.asked_of_pip(".venv")[0]
