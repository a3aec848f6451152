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
import platform
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OLDEST = (3, 8)
PATIENCE_S = 30

# The series that 'make pythons' wants, free-threaded ones with a "t"; others that are found are used too.
WANTED = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.14t")

# What debian_pythons.py gets where there is no uv. Debian has no free-threaded 3.14.
ON_DEBIAN = ("3.13", "3.13t", "3.14", "3.15")

# Where interpreters are that need not be on PATH; {data} is data_home().
PLACES = (
    "~/.pyenv/versions/*/bin/python",
    "{data}/uv/python/*/bin/python3.*",
    "{data}/side-by-side/pythons/*/bin/python3*",
    "/opt/python*/bin/python3*",
    "/usr/local/bin/python3.*",
)

NAME = re.compile(r"python(3(\.\d+t?)?)?")

# Asked of every candidate, so it has to run on any Python. A virtual environment names its base.
PROBE = """
import platform, sys, sysconfig
free = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
print(sys.implementation.name)
print("%d.%d%s" % (sys.version_info[0], sys.version_info[1], free))
print(platform.python_version())
print(getattr(sys, "_base_executable", None) or sys.executable)
"""

# Asked of a free-threaded environment: an extension module that is not made for it turns the GIL
# on, with a warning that names it.
IMPORT = """
import importlib, sys, warnings
with warnings.catch_warnings(record=True) as caught:
    for name in sys.argv[1:]:
        importlib.import_module(name)
print(*(each.message for each in caught if "GIL" in str(each.message)), sep="\\n")
"""

# Asked of every environment: a standard library that came without bytecode, as one that is only unpacked does, would be
# compiled anew by each process that is not allowed to write it down (PYTHONDONTWRITEBYTECODE).
COMPILE = """
import compileall, re, sysconfig
apart = re.compile("/(test|tests|idlelib|lib2to3|site-packages|dist-packages)/")
compileall.compile_dir(sysconfig.get_path("stdlib"), quiet=2, rx=apart, workers=0)
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
    assets: tuple[Path, ...] = ()
    """requirement files of packages that are installed without what they depend on"""

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
        contents = (file.read_text() for file in (*self.requirements, *self.assets))
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
        run(self.interpreter, "-S", "-c", COMPILE)

    def install(self, *arguments: str | Path) -> None:
        """Into this environment, whichever is active."""
        if uv := shutil.which("uv"):
            words = (uv, "pip", "install", "--compile-bytecode", "--python")
            installer: tuple[str | Path, ...] = (*words, self.interpreter)
        else:
            installer = (self.interpreter, "-m", "pip", "install")
        run(*installer, "--quiet", *arguments)

    def install_requirements(self) -> None:
        self.install(*(word for file in self.requirements for word in ("-r", file)))
        if self.assets:
            self.install("--no-deps", *(word for file in self.assets for word in ("-r", file)))
        self.stamp.write_text(self.fingerprint())

    def turns_gil_on(self) -> str:
        """Python's own words on it where the build is free-threaded and its packages undo that."""
        if not self.python.series.endswith("t"):
            return ""
        contents = "".join(file.read_text() for file in self.requirements)
        names = re.findall(r"^(\w+)==", contents, re.MULTILINE)
        return output_of(self.interpreter, "-I", "-W", "always", "-c", IMPORT, *names).strip()

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}: {self.python.implementation} {self.python.version}"


def run(*command: str | Path, folder: Path | None = None) -> None:
    """Run a command quietly, here or in a folder; what it printed becomes the error where it fails."""
    done = subprocess.run(
        command,
        cwd=folder,
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


def data_home() -> Path:
    """Where this user's programs keep what is not the checkout's."""
    return Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser()


def probe(candidate: str | Path) -> Python | None:
    """The interpreter behind a path, if there is one: a pyenv shim may stand for nothing."""
    match output_of(candidate, "-I", "-c", PROBE).splitlines():
        case [implementation, series, version, executable] if re.fullmatch(r"\d+\.\d+t?", series):
            return Python(implementation, series, version, executable)
    return None


def interpreters(folder: Path) -> list[Path]:
    """Those in a folder, in its bin, and in the installations that are in it."""
    patterns = ("python*", "bin/python*", "*/bin/python*")
    return [
        file for pattern in patterns for file in sorted(folder.glob(pattern)) if NAME.fullmatch(file.name)
    ]


def named() -> list[Python]:
    """What the user says to use, in PYTHONS=: paths of interpreters, or of folders of them."""
    pythons: list[Python] = []
    for word in shlex.split(os.environ.get("PYTHONS", "")):
        path = Path(word).expanduser()
        files = interpreters(path) if path.is_dir() else [Path(shutil.which(path) or path)]
        usable = usable_of(file.resolve() for file in files)
        if not usable:
            oldest = ".".join(map(str, OLDEST))
            got = "no such file" if not path.exists() else "a folder without" if path.is_dir() else "none"
            raise SetUpError(
                f"expected a CPython of {oldest} or newer in PYTHONS, got '{word}', which is {got}: "
                "name the path of an interpreter, such as /opt/python3.14/bin/python3.14, or of a folder of them"
            )
        pythons += usable
    return pythons


def candidates() -> Iterator[Path]:
    """Every file that may be a Python, PATH first."""
    for folder in os.get_exec_path():
        yield from sorted(Path(folder).glob("python3.*"))
    for place in PLACES:
        path = Path(place.format(data=data_home())).expanduser()
        yield from sorted(Path("/").glob(str(path).lstrip("/")))
    if uv := shutil.which("uv"):
        listed = output_of(uv, "python", "list", "--only-installed", "--output-format", "json")
        yield from (Path(entry["path"]) for entry in json.loads(listed or "[]"))
    # One that was named before is not gone only because it is not named again.
    yield from sorted((ROOT / "build" / "pythons").glob("*/bin/python"))


def usable_of(files: Iterable[Path]) -> list[Python]:
    """The CPythons among them, once each, that are there and not too old."""
    pythons = filter(None, map(probe, dict.fromkeys(files)))
    return [
        python
        for python in pythons
        if python.implementation == "cpython" and python.age >= OLDEST and Path(python.executable).exists()
    ]


def discover() -> list[Python]:
    """One Python a tag, the first that is found, oldest first; those that are named come before all."""
    files = (file.resolve() for file in candidates() if NAME.fullmatch(file.name))
    found: dict[str, Python] = {}
    for python in [*named(), *usable_of(files)]:
        found.setdefault(python.tag, python)
    return sorted(found.values(), key=lambda python: (python.age, python.series))


def missing(found: Iterable[Python]) -> list[str]:
    """The series that are wanted and not found."""
    there = {python.series for python in found}
    return [series for series in WANTED if series not in there]


def discover_and_fetch() -> list[Python]:
    """What is found, after uv, where it is there, has got what was missing; what still is, is said."""
    found = discover()
    uv = shutil.which("uv")
    if uv and (lacking := missing(found)):
        print(f"getting with uv what is missing: {', '.join(lacking)}", flush=True)
        try:
            run(uv, "python", "install", *lacking)
        except SetUpError as error:
            print(f"uv did not get all of it: {last_words(error)}")
        found = discover()
    for series in missing(found):
        print(f"{series} is missing: {how_to_get(series)}", flush=True)
    if is_debian() and not any(python.series.endswith("t") for python in found):
        print(f"none is free-threaded: {how_to_get('3.13t')}", flush=True)
    return found


def how_to_get(series: str) -> str:
    """The command to type on this machine."""
    if series in ON_DEBIAN and is_debian():
        return f"'python3 -m harness.setup.debian_pythons {series}' gets it"
    return f"'uv python install {series}' gets it, or name one in PYTHONS="


def is_debian() -> bool:
    try:
        return platform.freedesktop_os_release()["ID"] == "debian"
    except OSError:
        return False


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


def describe_main() -> Environment:
    """`.venv`, with what was added to it."""
    files = requirement_files("requirements.txt", "requirements-dev.txt", "requirements-python.txt")
    if added().is_file():
        files = (*files, added())
    return Environment(ROOT / ".venv", running(), files, requirement_files("requirements-assets.txt"))


def make_main() -> None:
    """`.venv`, for the harness: everything stands on it, so it is there or the set-up fails."""
    environment = describe_main()
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
    if main.tag in {python.tag for python in named()}:
        print(f"PYTHONS= names a {main.tag}: left out, .venv is one")
    environments = [
        Environment(ROOT / "build" / "pythons" / python.tag, python, files)
        for python in discover_and_fetch()
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
        if path.is_dir() and path not in wanted:
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
    if gil := environment.turns_gil_on():
        return f"{environment}: its GIL does not stay off: {gil}"
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


def add_extra(name: str) -> None:
    """Put an optional extra into `.venv` as it is, and have it there when `.venv` is made anew."""
    (file,) = requirement_files(f"requirements-{name}.txt")
    environment = describe_main()
    if not environment.is_up_to_date():
        raise SetUpError("expected .venv to be up to date, it is not: run 'make setup' first")
    environment.install("-r", file)
    known = added().read_text().split() if added().is_file() else []
    pins = re.findall(r"^[^#\s]+", file.read_text(), re.MULTILINE)
    newest = {requirement.partition("==")[0]: requirement for requirement in [*known, *pins]}
    added().write_text("".join(f"{requirement}\n" for requirement in newest.values()))
    environment = describe_main()
    environment.stamp.write_text(environment.fingerprint())
    print(f"{environment}: with {file.name}")


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
    verb = verbs.add_parser("extra", help="put requirements-NAME.txt into .venv and keep it there")
    verb.add_argument("requirements", nargs=1, metavar="NAME")
    verb.set_defaults(make=add_extra)
    asked = parser.parse_args(arguments)
    try:
        asked.make(*asked.requirements)
    except SetUpError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
