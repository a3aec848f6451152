"""Make the virtual environments: with uv where it is there, with pip where it is not.

An environment is a function of one Python and its requirement files: a stamp in it holds the
hash of both, and where that is not the hash of today the environment is made anew. A set-up
that was interrupted has no stamp, so the next run repeats it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OLDEST = (3, 8)
PATIENCE_S = 30

# Where interpreters are that need not be on PATH.
PLACES = (
    "~/.pyenv/versions/*/bin/python",
    "/opt/python*/bin/python3.*",
    "/usr/local/bin/python3.*",
)

# Asked of every candidate, so it has to run on any Python. A virtual environment names its base.
PROBE = """
import platform, sys, sysconfig
free = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
print(sys.implementation.name)
print("%d.%d%s" % (sys.version_info[0], sys.version_info[1], free))
print(platform.python_version())
print(getattr(sys, "_base_executable", None) or sys.executable)
"""


class SetUpError(Exception):
    """An environment could not be made; the message says why and what to do."""


@dataclass(frozen=True)
class Python:
    """One interpreter of this machine."""

    implementation: str
    series: str
    """what makes it another runtime: "3.13", or "3.13t" for the free-threaded build"""
    version: str
    executable: str

    @property
    def tag(self) -> str:
        return f"{self.implementation}-{self.series}"

    @property
    def age(self) -> tuple[int, int]:
        major, minor = self.series.rstrip("t").split(".")
        return int(major), int(minor)


@dataclass(frozen=True)
class Environment:
    """A virtual environment, by what it is made from."""

    path: Path
    python: Python
    requirements: tuple[Path, ...]

    @property
    def stamp(self) -> Path:
        return self.path / "made-from.sha256"

    @property
    def interpreter(self) -> Path:
        return self.path / "bin" / "python"

    def fingerprint(self) -> str:
        """The paths count too: an environment does not survive that it or its Python moves."""
        executable = Path(self.python.executable).resolve()
        origin = (self.path, executable, self.python.tag, self.python.version)
        contents = (file.read_text() for file in self.requirements)
        return hashlib.sha256("\0".join([*map(str, origin), *contents]).encode()).hexdigest()

    def is_up_to_date(self) -> bool:
        return self.stamp.is_file() and self.stamp.read_text() == self.fingerprint()

    def create(self) -> None:
        """An empty environment; of what was there before, only requirement files survive."""
        kept = {file: file.read_text() for file in self.requirements if self.path in file.parents}
        shutil.rmtree(self.path, ignore_errors=True)
        if uv := shutil.which("uv"):
            run(uv, "venv", "--quiet", "--python", self.python.executable, self.path)
        else:
            run(self.python.executable, "-m", "venv", self.path)
        for file, content in kept.items():
            file.write_text(content)

    def install(self, *arguments: str | Path) -> None:
        """Into this environment, whichever is active."""
        if uv := shutil.which("uv"):
            installer: tuple[str | Path, ...] = (uv, "pip", "install", "--python", self.interpreter)
        else:
            installer = (self.interpreter, "-m", "pip", "install")
        run(*installer, "--quiet", *arguments)

    def install_requirements(self) -> None:
        self.install(*(word for file in self.requirements for word in ("-r", file)))
        self.stamp.write_text(self.fingerprint())

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}: {self.python.implementation} {self.python.version}"


def run(*command: str | Path) -> None:
    """Run a command quietly; what it printed becomes the error where it fails."""
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        words = " ".join(map(str, command))
        raise SetUpError(
            f"{done.stdout.strip()}\n"
            f"expected '{words}' to succeed, got exit code {done.returncode}: "
            "see above, then run it again"
        )


def output_of(*command: str | Path) -> str:
    """What a command prints, or nothing where it does not run, fails or hangs."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE_S).stdout
    except (OSError, ValueError, subprocess.SubprocessError):
        return ""


def probe(candidate: str | Path) -> Python | None:
    """The interpreter behind a path, if there is one: a pyenv shim may stand for nothing."""
    match output_of(candidate, "-I", "-c", PROBE).splitlines():
        case [implementation, series, version, executable] if re.fullmatch(r"\d+\.\d+t?", series):
            return Python(implementation, series, version, executable)
    return None


def candidates() -> Iterator[Path]:
    """Every file that may be a Python, PATH first."""
    for folder in os.get_exec_path():
        yield from sorted(Path(folder).glob("python3.*"))
    for place in PLACES:
        yield from sorted(Path("/").glob(str(Path(place).expanduser()).lstrip("/")))
    if uv := shutil.which("uv"):
        listed = output_of(uv, "python", "list", "--only-installed", "--output-format", "json")
        yield from (Path(entry["path"]) for entry in json.loads(listed or "[]"))


def discover() -> list[Python]:
    """One Python a tag, the first that is found, oldest first."""
    names = re.compile(r"python(3(\.\d+t?)?)?")
    files = dict.fromkeys(file.resolve() for file in candidates() if names.fullmatch(file.name))
    found: dict[str, Python] = {}
    for python in filter(None, map(probe, files)):
        if python.implementation == "cpython" and python.age >= OLDEST:
            found.setdefault(python.tag, python)
    return sorted(found.values(), key=lambda python: (python.age, python.series))


def running() -> Python:
    """The Python that runs this file."""
    python = probe(sys.executable)
    if python is None:
        raise SetUpError(f"expected {sys.executable} to run, got nothing: run it by its full path")
    return python


def requirement_files(*names: str) -> tuple[Path, ...]:
    """Those files, in the root of the checkout."""
    files = tuple(ROOT / name for name in names)
    for file in files:
        if not file.is_file():
            raise SetUpError(f"expected {file.name}, got no such file: run 'git restore {file.name}'")
    return files


def added() -> Path:
    """The list of what `add` put into `.venv`; in there, so that it is never wrong about it."""
    return ROOT / ".venv" / "requirements-added.txt"


def make_main() -> None:
    """`.venv`, for the harness: everything stands on it, so it is there or the set-up fails."""
    files = requirement_files("requirements.txt", "requirements-dev.txt", "requirements-python.txt")
    if added().is_file():
        files = (*files, added())
    environment = Environment(ROOT / ".venv", running(), files)
    if environment.is_up_to_date():
        print(".venv is up to date")
        return
    environment.create()
    environment.install_requirements()
    print(environment)


def make_pythons() -> None:
    """One environment for each other CPython; one that stays without requirements is no failure."""
    files = requirement_files("requirements-python.txt")
    main = probe(ROOT / ".venv" / "bin" / "python") or running()
    environments = [
        Environment(ROOT / "build" / "pythons" / python.tag, python, files)
        for python in discover()
        if python.tag != main.tag
    ]
    remove_all_but(environments)
    outdated = [environment for environment in environments if not environment.is_up_to_date()]
    for environment in outdated:
        print(make_or_explain(environment), flush=True)
    if not outdated:
        print(f"{len(environments)} environments in build/pythons are up to date")


def remove_all_but(environments: Sequence[Environment]) -> None:
    """One whose Python is gone, or is now that of `.venv`, would be a runtime that is not there."""
    wanted = {environment.path for environment in environments}
    for path in sorted((ROOT / "build" / "pythons").glob("*")):
        if path not in wanted:
            shutil.rmtree(path)
            print(f"{path.relative_to(ROOT)}: removed, no python of this machine needs it")


def make_or_explain(environment: Environment) -> str:
    """The line that says what became of it. What failed has no stamp and is tried again."""
    try:
        environment.create()
    except SetUpError as error:
        shutil.rmtree(environment.path, ignore_errors=True)
        return f"{environment}: left out, no environment can be made: {last_words(error)}"
    try:
        environment.install_requirements()
    except SetUpError as error:
        names = ", ".join(file.name for file in environment.requirements)
        return f"{environment}: without {names}: {last_words(error)}"
    return str(environment)


def last_words(error: SetUpError) -> str:
    """The last line that the failed command printed itself, or else which command it was."""
    *output, command = str(error).splitlines()
    return next((line.strip() for line in reversed(output) if line.strip()), command)


def add(*requirements: str) -> None:
    """Put packages into `.venv` now, and whenever it is made anew."""
    print(f"making .venv with {', '.join(requirements)}", flush=True)
    known = added().read_text().split() if added().is_file() else []
    wanted = list(dict.fromkeys([*known, *requirements]))
    environment = Environment(ROOT / ".venv", running(), ())
    environment.create()
    environment.install(*wanted)
    added().write_text("".join(f"{requirement}\n" for requirement in wanted))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="make the virtual environments")
    parser.set_defaults(requirements=[])
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    verb = verbs.add_parser("main", help="the harness's own, .venv")
    verb.set_defaults(make=make_main)
    verb = verbs.add_parser("pythons", help="one for each other CPython, in build/pythons")
    verb.set_defaults(make=make_pythons)
    verb = verbs.add_parser("add", help="put packages into .venv and keep them there")
    verb.add_argument("requirements", nargs="+", metavar="REQUIREMENT")
    verb.set_defaults(make=add)
    asked = parser.parse_args(arguments)
    try:
        asked.make(*asked.requirements)
    except SetUpError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
