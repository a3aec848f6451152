"""harness/setup/pythons.py against fake Pythons: what is found, fetched, made, kept, redone, reported.

And debian_pythons.py against a fake apt.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from harness.setup import debian_pythons, pythons

# A Python as far as this module needs one: it says what it is, makes a virtual environment that
# is a copy of itself, and keeps a list of what pip was asked for. FAILS names a verb that fails.
FAKE_PYTHON = """#!/bin/sh
case "$1 $2" in
"-I -c") printf '%s\\n' {implementation} {series} {version} "{executable}" ;;
"-m {fails}") echo "first line"; echo "no {fails} today"; exit 1 ;;
"-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
"-m pip") echo "$@" >> "${{0%/bin/*}}/pip.log" ;;
"-S -c") echo compiled >> "${{0%/bin/*}}/compile.log" ;;
"-I -W") printf '%s' "{gil}" ;;
*"program.py ") ;;
*) exit 64 ;;
esac
"""

# Installs 3.14 at most.
FAKE_UV = """#!/bin/sh
echo "$@" >> "{log}"
case "$1 $2" in
venv*) mkdir -p "$5/bin" && cp "$4" "$5/bin/python" ;;
"python install") mkdir -p "{data}" && cp "{managed}" "{data}/python3.14"; echo "no such download"; exit 1 ;;
"python list") echo '[{{"path": "{managed}"}}]' ;;
esac
"""


REQUIREMENTS = ("requirements.txt", "requirements-dev.txt", "requirements-python.txt")


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
        for name in (*REQUIREMENTS, "requirements-assets.txt"):
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
        gil: str = "",
    ) -> Path:
        path = path or self.bin / f"python{series}"
        text = FAKE_PYTHON.format(
            implementation=implementation,
            series=series,
            version=version or f"{series.rstrip('t')}.1",
            executable=path,
            fails=fails,
            gil=gil,
        )
        return self.script(path, text)

    def uv(self, managed: Path) -> None:
        data = self.home / ".local/share/uv/python/cpython-3.14/bin"
        self.script(self.bin / "uv", FAKE_UV.format(log=self.uv_log, managed=managed, data=data))

    def asked_of_pip(self, environment: str) -> list[str]:
        return (self.root / environment / "pip.log").read_text().splitlines()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine whose running Python is a 3.11."""
    machine = Machine(tmp_path)
    monkeypatch.setattr(pythons, "ROOT", machine.root)
    places = [place for place in pythons.PLACES if place.startswith(("~", "{data}"))]
    monkeypatch.setattr(pythons, "PLACES", places)
    monkeypatch.setattr(pythons, "WANTED", ())
    monkeypatch.setattr(pythons, "is_debian", lambda: False)
    monkeypatch.delenv("PYTHONS", raising=False)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
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


@pytest.mark.parametrize("data", ["", "elsewhere"])
def test_discovery_finds_those_that_were_got_for_it(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, data: str
) -> None:
    folder = machine.home / (data or ".local/share")
    monkeypatch.setenv("XDG_DATA_HOME", str(folder) if data else "")
    prefix = folder / "side-by-side" / "pythons" / "cpython-3.13t"
    machine.python("3.13t", path=prefix / "bin" / "python3.13t")
    assert tags() == ["cpython-3.11", "cpython-3.13t"]


def test_named_pythons_win_and_may_be_files_or_folders(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.python("3.12")
    mine = machine.python("3.12", path=machine.home / "my python" / "python-build")
    machine.python("3.14", path=machine.home / "one" / "bin" / "python3.14")
    machine.python("3.7", path=machine.home / "all" / "old" / "bin" / "python3")
    machine.python("3.15", path=machine.home / "all" / "new" / "bin" / "python3")
    machine.python("3.10", path=machine.home / "flat" / "python3.10")
    folders = " ".join(f"{machine.home}/{name}" for name in ("one", "all", "flat"))
    monkeypatch.setenv("PYTHONS", f"'{mine}' {folders}")
    found = {python.series: python.executable for python in pythons.discover()}
    assert list(found) == ["3.10", "3.11", "3.12", "3.14", "3.15"]
    assert found["3.12"] == str(mine)


@pytest.mark.parametrize(
    ("name", "got"),
    [("nowhere/python3.14", "no such file"), ("empty", "a folder without"), ("python3.7", "none")],
)
def test_named_python_that_is_none_is_an_error(
    machine: Machine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    got: str,
) -> None:
    (machine.home / "empty").mkdir()
    machine.python("3.7", path=machine.home / "python3.7")
    monkeypatch.setenv("PYTHONS", f"{machine.home}/{name}")
    assert pythons.main(["pythons"]) == 1
    error = capsys.readouterr().err
    expected = (
        f"expected a CPython of 3.8 or newer in PYTHONS, got '{machine.home}/{name}', which is {got}: name"
    )
    assert error.startswith(expected)


def test_named_python_of_the_main_environment_is_left_out_aloud(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYTHONS", str(machine.bin / "python3.11"))
    assert pythons.main(["pythons"]) == 0
    assert capsys.readouterr().out.startswith("PYTHONS= names a cpython-3.11: left out, .venv is one\n")


def test_named_python_stays_when_it_is_not_named_again(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    named = machine.python("3.15", path=machine.home / "python3.15")
    monkeypatch.setenv("PYTHONS", str(named))
    assert pythons.main(["pythons"]) == 0
    monkeypatch.delenv("PYTHONS")
    capsys.readouterr()
    assert pythons.main(["pythons"]) == 0
    assert capsys.readouterr().out == "1 environments in build/pythons are up to date\n"
    named.unlink()
    assert pythons.main(["pythons"]) == 0
    assert capsys.readouterr().out.startswith("build/pythons/cpython-3.15: removed")


def test_missing_series_are_named_with_what_gets_them(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.python("3.12")
    monkeypatch.setattr(pythons, "WANTED", ("3.8", "3.11", "3.12", "3.14", "3.14t"))
    assert pythons.main(["pythons"]) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if "is missing" in line] == [
        f"{series} is missing: 'uv python install {series}' gets it, or name one in PYTHONS="
        for series in ("3.8", "3.14", "3.14t")
    ]
    monkeypatch.setattr(pythons, "is_debian", lambda: True)
    assert pythons.main(["pythons"]) == 0
    assert capsys.readouterr().out.splitlines()[:4] == [
        "3.8 is missing: 'uv python install 3.8' gets it, or name one in PYTHONS=",
        "3.14 is missing: 'python3 -m harness.setup.debian_pythons 3.14' gets it",
        "3.14t is missing: 'uv python install 3.14t' gets it, or name one in PYTHONS=",
        "none is free-threaded: 'python3 -m harness.setup.debian_pythons 3.13t' gets it",
    ]


def test_uv_gets_what_is_missing_and_need_not_succeed(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.uv(machine.python("3.14", path=machine.home / "hidden"))
    monkeypatch.setattr(pythons, "WANTED", ("3.11", "3.14", "3.14t"))
    assert pythons.main(["pythons"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "getting with uv what is missing: 3.14, 3.14t",
        "uv did not get all of it: no such download",
        "3.14t is missing: 'uv python install 3.14t' gets it, or name one in PYTHONS=",
        "build/pythons/cpython-3.14: cpython 3.14.1",
    ]
    assert "python install 3.14 3.14t" in machine.uv_log.read_text().splitlines()


def test_main_is_made_once(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    assert pythons.main(["main"]) == 0
    assert capsys.readouterr().out == ".venv: cpython 3.11.1\n"
    assert (machine.root / ".venv" / "compile.log").read_text() == "compiled\n"
    asked = machine.asked_of_pip(".venv")
    assert asked[0].endswith(" ".join(f"-r {machine.root}/{name}" for name in REQUIREMENTS))
    assert pythons.main(["main"]) == 0
    assert capsys.readouterr().out == ".venv is up to date\n"
    assert machine.asked_of_pip(".venv") == asked


def test_assets_are_installed_without_their_dependencies(machine: Machine) -> None:
    assert pythons.main(["main"]) == 0
    with_dependencies, without = machine.asked_of_pip(".venv")
    assert "--no-deps" not in with_dependencies
    assert "requirements-assets.txt" not in with_dependencies
    assert without == f"-m pip install --quiet --no-deps -r {machine.root}/requirements-assets.txt"


@pytest.mark.parametrize("cause", ["requirements", "assets", "python", "interrupted"])
def test_main_is_made_anew_when_something_changed(
    machine: Machine, capsys: pytest.CaptureFixture[str], cause: str
) -> None:
    pythons.main(["main"])
    leftover = machine.root / ".venv" / "leftover"
    leftover.touch()
    if cause == "requirements":
        (machine.root / "requirements-dev.txt").write_text("another==2\n")
    elif cause == "assets":
        (machine.root / "requirements-assets.txt").write_text("another==2\n")
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


@pytest.mark.parametrize("name", ["requirements-dev.txt", "requirements-assets.txt"])
def test_missing_requirement_file_is_named(
    machine: Machine, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (machine.root / name).unlink()
    assert pythons.main(["main"]) == 1
    assert capsys.readouterr().err.startswith(f"expected {name}, got no such file")


def test_uv_is_used_where_it_is_there(machine: Machine) -> None:
    machine.uv(machine.bin / "python3.11")
    assert pythons.main(["main"]) == 0
    assert not (machine.root / ".venv" / "pip.log").exists()
    created, installed, assets = machine.uv_log.read_text().splitlines()
    assert created == f"venv --quiet --python {machine.bin}/python3.11 {machine.root}/.venv"
    into = f"pip install --compile-bytecode --python {machine.root}/.venv/bin/python --quiet"
    assert installed.startswith(f"{into} -r ")
    assert assets == f"{into} --no-deps -r {machine.root}/requirements-assets.txt"


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
    ready = machine.root / "build" / "pythons" / "ready"  # it is Make's
    ready.touch()
    assert pythons.main(["pythons"]) == 0
    assert capsys.readouterr().out.startswith("build/pythons/cpython-3.9: removed")
    assert list(ready.parent.iterdir()) == [ready]


def test_pythons_says_when_a_package_turns_the_gil_on(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.python("3.13", gil="not asked of a Python that always has one")
    machine.python("3.13t", gil="enabled to load 'package'")
    assert pythons.main(["pythons"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "build/pythons/cpython-3.13: cpython 3.13.1",
        "build/pythons/cpython-3.13t: cpython 3.13.1: its GIL does not stay off: enabled to load 'package'",
    ]


def test_what_was_added_is_there_again_when_main_is_made_anew(machine: Machine) -> None:
    assert pythons.main(["add", "tool==1"]) == 0
    assert machine.asked_of_pip(".venv") == ["-m pip install --quiet tool==1"]
    for content in ("first==1\n", "second==2\n"):
        (machine.root / "requirements.txt").write_text(content)
        assert pythons.main(["main"]) == 0
        asked = machine.asked_of_pip(".venv")[0]
        assert asked.endswith(f"-r {machine.root}/.venv/requirements-added.txt")
        assert (machine.root / ".venv/requirements-added.txt").read_text() == "tool==1\n"


def test_what_could_not_be_added_is_not_asked_for_again(machine: Machine) -> None:
    machine.python("3.11", fails="pip")
    assert pythons.main(["add", "tool==1"]) == 1
    machine.python("3.11")
    assert pythons.main(["main"]) == 0
    assert "requirements-added" not in machine.asked_of_pip(".venv")[0]


def test_an_extra_is_put_into_main_as_it_is_and_stays_there(machine: Machine) -> None:
    extra = machine.root / "requirements-more.txt"
    assert pythons.main(["main"]) == 0
    for content in ("# why\ntool==1\nother==1\n", "tool==2\n"):
        extra.write_text(content)
        assert pythons.main(["extra", "more"]) == 0
        assert machine.asked_of_pip(".venv")[-1] == f"-m pip install --quiet -r {extra}"
    assert (machine.root / ".venv/requirements-added.txt").read_text() == "tool==2\nother==1\n"
    before = machine.asked_of_pip(".venv")
    assert pythons.main(["main"]) == 0
    assert machine.asked_of_pip(".venv") == before, "it is up to date"
    (machine.root / "requirements.txt").write_text("newer==1\n")
    assert pythons.main(["main"]) == 0
    assert machine.asked_of_pip(".venv")[0].endswith("/.venv/requirements-added.txt")


def test_an_extra_is_not_put_into_an_environment_that_is_not_made(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    (machine.root / "requirements-more.txt").write_text("tool==1\n")
    assert pythons.main(["extra", "more"]) == 1
    assert "run 'make setup' first" in capsys.readouterr().err
    assert pythons.main(["extra", "none"]) == 1
    assert "requirements-none.txt" in capsys.readouterr().err


# As far as debian_pythons.py needs them. What the machine's own apt knows has no suite but its own.
FAKE_APT = """#!/bin/sh
echo "$@" >> "{log}"
case "$*" in
indextargets*)
  echo " stable main http://other.invalid/apt/"
  echo "Debian {release} main http://mirror.invalid/debian/" ;;
*update) cp "${{2%/*}}/sources.list" "{log}.sources" ;;
*--simulate*) printf 'Inst %s (1)\\n' {packages} ;;
*download*python3.13) : > python3.13_1.orig.tar.xz ;;
*download*) shift 4; for name; do : > "$name.deb"; done ;;
esac
"""

# The root that every package brings; its loader runs what it is asked to, here patchelf.
FAKE_DPKG = """#!/bin/sh
mkdir -p "$3/usr/bin" "$3/usr/lib/triplet" "$3/usr/lib/python3.14"
cp "{python}" "$3/usr/bin/python3.14"
cp "{loader}" "$3/usr/lib/triplet/ld-linux.so.2"
echo "WHEEL_PKG_DIR = '/usr/share/python-wheels/'" > "$3/usr/lib/python3.14/_sysconfigdata_x.py"
"""

FAKE_LOADER = """#!/bin/sh
shift 3
echo "patchelf $@" >> "{log}"
"""

# In the place of tar, configure and make: each does its part of a build.
FAKE_TAR = """#!/bin/sh
cp "{configure}" "$4/configure"
"""

FAKE_CONFIGURE = """#!/bin/sh
echo "configure $@" >> "{log}"
"""

FAKE_MAKE = """#!/bin/sh
test "$1" != altinstall || {{ mkdir -p "{prefix}/bin" && cp "{python}" "{prefix}/bin/python3.13t"; }}
"""


class Debian:
    """What stands in for Debian on a machine."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.log = machine.home / "apt.log"
        self.pythons = machine.home / ".local/share/side-by-side/pythons"
        self.apt()
        self.brings("3.14", "3.14")
        machine.script(machine.bin / "cc", "#!/bin/sh\necho int main\n")

    def apt(self, *, release: str = "stable", packages: str = "libc6 python3.14") -> None:
        text = FAKE_APT.format(log=self.log, release=release, packages=packages or "''")
        self.machine.script(self.machine.bin / "apt-get", text)

    def brings(self, asked: str, got: str, *, fails: str = "nothing") -> None:
        """The Python that a package or a build makes."""
        prefix = self.pythons / f"cpython-{asked}"
        made = self.machine.home / "made"
        self.machine.python(got, path=made, fails=fails)
        made.write_text(made.read_text().replace(str(made), f"{prefix}/bin/python{asked}"))
        loader = self.machine.script(self.machine.home / "loader", FAKE_LOADER.format(log=self.log))
        configure = self.machine.script(self.machine.home / "configure", FAKE_CONFIGURE.format(log=self.log))
        for name, text in {
            "dpkg": FAKE_DPKG.format(python=made, loader=loader),
            "tar": FAKE_TAR.format(configure=configure),
            "make": FAKE_MAKE.format(prefix=prefix, python=made),
        }.items():
            self.machine.script(self.machine.bin / name, text)

    def left(self) -> list[str]:
        return sorted(path.name for path in self.pythons.iterdir())


@pytest.fixture
def debian(machine: Machine) -> Debian:
    return Debian(machine)


def test_debian_python_is_unpacked_to_run_in_its_place(
    debian: Debian, capsys: pytest.CaptureFixture[str]
) -> None:
    assert debian_pythons.main(["3.14", "--suite", "newer"]) == 0
    prefix = debian.pythons / "cpython-3.14"
    assert capsys.readouterr().out == f"getting {prefix}\nrun 'make pythons' to use them\n"
    assert (
        (debian.machine.home / "apt.log.sources")
        .read_text()
        .endswith("http://mirror.invalid/debian/ newer main\n")
    )
    log = debian.log.read_text()
    assert " --simulate install python3.14 python3.14-venv patchelf\n" in log
    assert " download libc6 python3.14\n" in log
    assert f"patchelf --force-rpath --set-rpath {prefix}/lib/triplet " in log
    assert f"patchelf --set-interpreter {prefix}/lib/triplet/ld-linux.so.2 " in log
    wheels = (prefix / "lib/python3.14/_sysconfigdata_x.py").read_text()
    assert wheels == f"WHEEL_PKG_DIR = '{prefix}/share/python-wheels/'\n"
    assert debian.left() == ["cpython-3.14"]
    assert tags() == ["cpython-3.11", "cpython-3.14"]
    assert debian_pythons.main(["3.14"]) == 0
    assert capsys.readouterr().out.startswith(f"{prefix} is there; to get it anew, remove it first\n")


def test_free_threaded_debian_python_is_built_from_source(debian: Debian) -> None:
    debian.brings("3.13t", "3.13t")
    assert debian_pythons.main(["3.13t"]) == 0
    assert (debian.machine.home / "apt.log.sources").read_text().startswith("deb-src ")
    log = debian.log.read_text()
    assert " source --download-only python3.13\n" in log
    assert f"configure --prefix={debian.pythons}/cpython-3.13t --disable-gil " in log
    assert debian.left() == ["cpython-3.13t"]
    assert tags() == ["cpython-3.11", "cpython-3.13t"]


@pytest.mark.parametrize(
    ("trouble", "message"),
    [
        ("archive", "expected a Debian archive in apt's sources, got none: get the Pythons with uv"),
        ("package", "expected python3.14 in forky, got none: name another --suite"),
        ("other", "to be a 3.14, got Python(implementation='cpython', series='3.12'"),
        ("venv", "no venv today"),
    ],
)
def test_debian_python_that_fails_leaves_nothing(
    debian: Debian, capsys: pytest.CaptureFixture[str], trouble: str, message: str
) -> None:
    if trouble == "archive":
        debian.apt(release="stable-updates")
    elif trouble == "package":
        debian.apt(packages="")
    elif trouble == "other":
        debian.brings("3.14", "3.12")
    else:
        debian.brings("3.14", "3.14", fails="venv")
    assert debian_pythons.main(["3.14"]) == 1
    assert message in capsys.readouterr().err
    assert debian.left() == []


def test_build_without_headers_names_their_packages(
    debian: Debian, capsys: pytest.CaptureFixture[str]
) -> None:
    debian.machine.script(debian.machine.bin / "cc", "#!/bin/sh\nexit 1\n")
    assert debian_pythons.main(["3.13t"]) == 1
    error = capsys.readouterr().err
    assert "got no header: run 'apt-get install gcc libbz2-dev libffi-dev" in error


def test_debian_python_that_is_no_series_is_a_usage_error(debian: Debian) -> None:
    with pytest.raises(SystemExit) as caught:
        debian_pythons.main(["python3.14"])
    assert caught.value.code == 2
    assert not debian.pythons.exists()
