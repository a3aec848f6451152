"""Every runner that the tests try: as built, under every sanitizer, on every Python found."""

from __future__ import annotations

import json
import os
import re
import subprocess
from functools import cache
from typing import NamedTuple

from harness.paths import ROOT
from harness.plan.check import declare

STRICT = ["-X", "dev", "-W", "error"]  # Python's own checks on, and every warning an error
FLAVOURS = ("build/cpp-asan/runner", "build/cpp-tsan/runner", "build/go-race/runner")
TIME_LIMIT_S = 120
PROMPT = {"GORACE": "atexit_sleep_ms=0"}  # the race detector's report is written before the end anyway
SLOW = re.compile(r"^Executing <.+ took [\d.]+ seconds\n", re.MULTILINE)  # asyncio, of a busy machine


class Program(NamedTuple):
    """A runner, and the language whose sources it was made from."""

    language: str
    command: tuple[str, ...]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run it in the top folder, as the harness does; what asyncio's own checks say of slowness is left out."""
        finished = subprocess.run(
            [*self.command, *words],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT_S,
            env={**os.environ, **PROMPT},
            check=False,
        )
        finished.stderr = SLOW.sub("", finished.stderr)
        return finished

    @property
    def name(self) -> str:
        """A short name for a test's id."""
        return "-".join(part for word in self.command for part in word.split("/")[:3]).removeprefix("build-")


def find_programs() -> list[Program]:
    """List the runners; the flavours that `make test` builds are listed whether they are there or not."""
    programs = []
    for name, language in declare().languages.items():
        for pattern in language.runners:
            for path in sorted(ROOT.glob(pattern[0])):
                words = [str(path.relative_to(ROOT)), *pattern[1:]]
                programs.append(Program(name, tuple(words[:1] + (STRICT if pattern[1:] else []) + words[1:])))
        prefix = f"build/{name}-"
        programs.extend(Program(name, (path,)) for path in FLAVOURS if path.startswith(prefix))
    return programs


@cache
def list_implementations(program: Program) -> list[tuple[str, str]]:
    """Ask a runner what it has; raises CalledProcessError if it does not answer."""
    finished = program.run("--list")
    finished.check_returncode()
    return [(workload, model) for workload, model in (line.split() for line in finished.stdout.splitlines())]


@cache
def list_packages(program: Program) -> frozenset[str]:
    """Ask a Python which of the packages it has that workloads may need; other languages have theirs built in."""
    words = declare().languages[program.language].packages
    if not words:
        return frozenset()
    finished = subprocess.run([program.command[0], *words], cwd=ROOT, capture_output=True, check=True)
    return frozenset(json.loads(finished.stdout))


PROGRAMS = find_programs()
IMPLEMENTATIONS = [
    (program, workload, model)
    for program in PROGRAMS
    if (ROOT / program.command[0]).exists()
    for workload, model in list_implementations(program)
]
IDS = [f"{program.name}-{workload}-{model}" for program, workload, model in IMPLEMENTATIONS]


def choose_typical(programs: list[Program], *, ends: bool = True) -> set[Program]:
    """Of the Pythons the default one, those without a GIL, the oldest and the newest; of the others every build."""
    pythons = [each for each in programs if each.language == "python"]
    found = {each: re.search(r"-3\.(\d+)(t?)/", each.command[0]) for each in pythons}
    releases = sorted((int(match[1]), each) for each, match in found.items() if match and not match[2])
    free = {each for each, match in found.items() if match and match[2]}
    outer = {each for _, each in releases[:1] + releases[-1:]} if ends else set()
    return {*pythons[:1], *outer, *free, *(each for each in programs if each.language != "python")}


CHOSEN = choose_typical(PROGRAMS)
THOROUGH = choose_typical(PROGRAMS, ends=False)
"""Those that get every vector; of the others one is enough to see what their release does not have."""
TYPICAL = [(program, workload, model) for program, workload, model in IMPLEMENTATIONS if program in CHOSEN]
"""Where tests try what the vectors, which run everywhere, do not show: failures, mostly."""
