"""All runners against each other: what they take, what they refuse, how they fail, what they leave behind."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import psutil
import pytest

from harness.fixtures import load
from tests.runners import CHOSEN

ROOT = Path(__file__).resolve().parent.parent
CONCURRENT = {"python": "threads", "go": "pool", "cpp": "threads"}
# The workloads that have a pool in Go; a goroutine for each worker is what others have.
POOLED = {path.parent.name for path in ROOT.glob("go/*/pool.go")}

Words = tuple[str, ...]


@dataclass(frozen=True)
class Program:
    """A runner, and the language of its sources."""

    name: str
    language: str
    command: Words

    def run(self, *words: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Run it to its end; `threads` is what the language calls its concurrent model."""
        model = CONCURRENT[self.language]
        if model == "pool" and words and words[0] not in POOLED:
            model = "goroutines"
        words = tuple(model if word == "threads" else word for word in words)
        return subprocess.run(
            [*self.command, *words], capture_output=True, text=True, check=False, cwd=ROOT, timeout=timeout
        )


def find_programs() -> list[Program]:
    """List the runners: the one of each language, typical further Pythons, and flavours that are built."""
    script = str(ROOT / "python/runner.py")
    pythons = sorted(each.command[0] for each in CHOSEN if each.language == "python")
    found = [
        Program(f"python-{path.split('/')[-3]}", "python", (str(ROOT / path), script)) for path in pythons
    ]
    for flavour in ("go", "cpp", "cpp-asan", "cpp-tsan", "go-race"):
        path = ROOT / "build" / flavour / "runner"
        if path.exists() or flavour in CONCURRENT:
            found.append(Program(flavour, flavour.split("-")[0], (str(path),)))
    return found


PROGRAMS = find_programs()
PLAIN = [program for program in PROGRAMS if program.name in {"python-.venv", "go", "cpp"}]
PYTHONS = [program for program in PROGRAMS if program.language == "python"]

every_program = pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
every_python = pytest.mark.parametrize("program", PYTHONS, ids=lambda program: program.name)


@pytest.fixture(scope="module", autouse=True)
def _built() -> None:
    """Fail clearly where a runner was not built."""
    for program in PROGRAMS:
        if not Path(program.command[0]).exists():
            pytest.fail(f"{program.name} runner missing: run 'make build'")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Where a load server answers; it ends when its standard input closes."""
    server = ROOT / "build/go/server"
    if not server.exists():
        pytest.fail("load server missing: run 'make build'")
    with subprocess.Popen([server], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdin
        assert running.stdout
        yield running.stdout.readline().strip()
        running.stdin.close()


@pytest.fixture(scope="module")
def nobody() -> Iterator[str]:
    """Where nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


class Line(NamedTuple):
    """A command line, the status that is expected, and what standard error must say."""

    words: Words
    status: int
    said: str


PRIMES = ("primes", "threads", "--limit", "100", "--units", "4")
ALONE = ("primes", "sequential", "--limit", "100", "--units", "4")
FETCH = ("fetch", "threads", "--requests", "2", "--delay-ms", "0", "--timeout-ms", "900")
TIMELINE = ("timeline", "threads", "--duration-ms", "2", "--gap-us", "200")
COUNTER = ("counter", "sequential", "--increments", "10", "--mode", "locked")
SLEEP = ("sleep", "threads", "--tasks", "2", "--delay-ms", "2000")  # half of it is for both to begin
HASH = ("hash", "threads", "--count", "3", "--size", "8", "--units", "2")
MANDELBROT = ("mandelbrot", "threads", "--size", "5", "--iterations", "9")
NQUEENS = ("nqueens", "threads", "--n", "5")
SERVER = ("--url", "http://127.0.0.1:1")
WORKLOADS = ", ".join(sorted(path.stem for path in (ROOT / "harness/workloads").glob("*.toml")))
VALID_PRIMES = "expected one of --workers, --limit, --units"


def change(words: Words, name: str, *values: str) -> Words:
    """Give an argument another value, or none."""
    i = words.index(name)
    return (*words[: i + 1], *values, *words[i + 2 :])


def refuse_number(text: str, said: str) -> Iterator[Line]:
    """Refuse a value wherever a number from 1 is expected, in the first place and in the last."""
    yield Line(change(PRIMES, "--units", text), 2, f"primes threads: argument --units: expected {said}")
    yield Line((*PRIMES, "--workers", text), 2, f"primes threads: argument --workers: expected {said}")
    yield Line(
        change((*FETCH, *SERVER), "--requests", text),
        2,
        f"fetch threads: argument --requests: expected {said}",
    )


WHOLE = (
    "many",
    "1e3",
    "+5",
    " 5",
    "5 ",
    "５",
    "٣",
    "²",
    "0x10",
    "1_000",
    "1,000",
    "",
    "-5",
    "-0",
    "-",
    "1.0",
)
NO_URLS = (
    "",
    "x",
    "http://",
    "http://:80",
    "http://127.0.0.1",
    "http://127.0.0.1:",
    "http://127.0.0.1:port",
    "http://127.0.0.1:123456",
    "http://127.0.0.1:1x",
    "http://127.0.0.1/x:1",
    "https://127.0.0.1:1",
    "http://a@127.0.0.1:1",
    "http://127.0.0.1:1?x",
    "http://127.0.0.1:1/a b",
    "http://127.0.0.1:1/a\nb",
    "http://127.0.0.1:1/é",
    "HTTP://127.0.0.1:1",
    "127.0.0.1:1",
    "-",
)


def list_lines() -> list[Line]:
    """List command lines with one mistake each, and some without."""
    return [
        *(
            Line(words, 2, "expected a workload and a model; usage: runner WORKLOAD MODEL [--workers N]")
            for words in [
                *[(), ("primes",), ("-h",), ("--help",), ("--help", "primes"), ("--list", "x"), ("",)],
                *[("--version", "--list"), ("-", "x"), ("--", "primes", "threads"), ("-list",)],
            ]
        ),
        Line(("prime", "threads"), 2, f"no workload 'prime': expected one of {WORKLOADS}"),
        Line(("", ""), 2, f"no workload '': expected one of {WORKLOADS}"),
        Line(("../primes", "threads"), 2, f"no workload '../primes': expected one of {WORKLOADS}"),
        Line(("Primes", "threads"), 2, f"no workload 'Primes': expected one of {WORKLOADS}"),
        Line(("primes\nfetch", "threads"), 2, f"no workload 'primes fetch': expected one of {WORKLOADS}"),
        Line(("primes", "fibers"), 2, "no model of primes 'fibers': expected one of "),
        Line(("primes", ""), 2, "no model of primes '': expected one of "),
        Line(("primes", "kernel"), 2, "no model of primes 'kernel': expected one of "),
        Line(("primes", "--limit"), 2, "no model of primes '--limit': expected one of "),
        Line(("fetch", "sequential\n"), 2, "no model of fetch 'sequential '"),
        # what is no pair --ARGUMENT VALUE
        *(
            Line((*PRIMES, word, *rest), 2, f"primes threads: expected --ARGUMENT VALUE, got '{word}'")
            for word, rest in [
                *[("extra", ()), ("extra", ("words",)), ("", ()), ("", ("",)), ("-h", ()), ("-5", ())],
                *[("-workers", ("2",)), ("-workers=2", ()), ("--workers=2", ()), ("--workers=", ())],
                *[
                    ("--=2", ()),
                    ("--", ()),
                    ("--", ("2",)),
                    ("-", ()),
                    ("—workers", ("2",)),
                    ("workers=2", ()),
                ],
            ]
        ),
        Line((*PRIMES, "--workers"), 2, "argument --workers: expected a value"),
        Line((*PRIMES, "--help"), 2, "argument --help: expected a value"),
        Line(("primes", "threads", "--limit", "--units", "4"), 2, "argument --limit: expected a value"),
        Line((*FETCH, "--url", "--"), 2, "argument --url: expected a value"),
        # names
        Line((*PRIMES, "--limit", "100"), 2, "argument --limit: expected once, got twice"),
        Line((*PRIMES, "--workers", "1", "--workers", "2"), 2, "--workers: expected once, got twice"),
        Line((*PRIMES, "--colour", "3"), 2, f"primes threads: no argument '--colour': {VALID_PRIMES}"),
        Line((*PRIMES, "---workers", "3"), 2, f"no argument '---workers': {VALID_PRIMES}"),
        Line((*PRIMES, "--Workers", "3"), 2, f"no argument '--Workers': {VALID_PRIMES}"),
        Line((*PRIMES, "-- workers", "3"), 2, f"no argument '-- workers': {VALID_PRIMES}"),
        Line((*PRIMES, "--work", "3"), 2, f"no argument '--work': {VALID_PRIMES}"),
        Line((*PRIMES, "--b", "3", "--a", "4"), 2, f"no argument '--b': {VALID_PRIMES}"),
        Line(("primes", "threads", "--lim", "10", "--units", "4"), 2, f"no argument '--lim': {VALID_PRIMES}"),
        Line(
            (*FETCH, *SERVER, "--delay_ms", "0"), 2, "no argument '--delay_ms': expected one of --workers, "
        ),
        Line((*FETCH, *SERVER, "--help", "me"), 2, "--workers, --url, --requests, --delay-ms, --timeout-ms"),
        # what is missing
        Line(
            ("primes", "threads"), 2, "primes threads: the following arguments are required: --limit, --units"
        ),
        Line(("primes", "sequential", "--units", "4"), 2, "arguments are required: --limit"),
        Line((*FETCH,), 2, "fetch threads: the following arguments are required: --url"),
        Line(("fetch", "sequential", "--workers", "x"), 2, "--url, --requests, --delay-ms, --timeout-ms"),
        # values
        *(line for text in WHOLE for line in refuse_number(text, f"a whole number from 0, got '{text}'")),
        *(line for text in ("0", "000") for line in refuse_number(text, f"at least 1, got {text}")),
        *(
            line
            for text in ("1000001", str(2**53 - 1), str(2**53), str(2**63), str(2**64 + 1), "9" * 5000)
            for line in refuse_number(text, f"at most 1000000, got {text}")
        ),
        Line(change(PRIMES, "--limit", "100000001"), 2, "--limit: expected at most 100000000, got 100000001"),
        Line(change(PRIMES, "--limit", "1\n2"), 2, "expected a whole number from 0, got '1 2'"),
        Line(change((*FETCH, *SERVER), "--delay-ms", "60001"), 2, "at most 60000, got 60001"),
        Line(change((*FETCH, *SERVER), "--timeout-ms", "600001"), 2, "at most 600000, got 600001"),
        Line(change((*FETCH, *SERVER), "--timeout-ms", "0"), 2, "--timeout-ms: expected at least 1, got 0"),
        *(
            Line(
                (*FETCH, "--url", text),
                2,
                "argument --url: expected http://ADDRESS:PORT[/PREFIX], got '" + text.replace("\n", " "),
            )
            for text in NO_URLS
        ),
        Line((*ALONE, "--workers", "2"), 2, "primes sequential: argument --workers: expected 1, got 2"),
        Line(
            (*ALONE, "--workers", "0"), 2, "primes sequential: argument --workers: expected at least 1, got 0"
        ),
        # the first of several mistakes: pairs, names, what is missing, values in the order of the declaration
        Line(("primes", "threads", "--units", "x", "--limit", "y"), 2, "--limit: expected a whole number"),
        Line(("primes", "threads", "--units", "x", "--lim", "y"), 2, "no argument '--lim'"),
        Line((*ALONE, "--workers", "2", "--units", "0"), 2, "argument --units: expected once, got twice"),
        # failed units
        Line(SLEEP, 1, "runner: sleep threads: "),  # one worker for two tasks
        Line((*FETCH, *SERVER), 1, "runner: fetch threads: "),
        Line((*FETCH, "--url", "http://127.0.0.1:1/" + "x" * 100_000), 1, "runner: fetch threads: "),
        Line((*FETCH, "--url", "http://127.0.0.1:99999"), 1, "runner: fetch threads: "),
        Line(("fetch", "sequential", *FETCH[2:], *SERVER, "--workers", "1"), 1, "runner: fetch sequential: "),
        # what is right
        Line(PRIMES, 0, ""),
        Line(ALONE, 0, ""),
        Line((*ALONE, "--workers", "1"), 0, ""),
        Line((*PRIMES, "--workers", "3"), 0, ""),
        Line((*TIMELINE, "--workers", "2"), 0, ""),
        Line(COUNTER, 0, ""),
        Line((*HASH, "--workers", "3"), 0, ""),
        Line(change(HASH, "--count", "0"), 0, ""),
        Line((*MANDELBROT, "--workers", "2"), 0, ""),
        Line(change(MANDELBROT, "--size", "1"), 0, ""),
        Line((*NQUEENS, "--workers", "9"), 0, ""),
        Line(change(NQUEENS, "--n", "3"), 0, ""),
        Line((*SLEEP, "--workers", "2"), 0, ""),
        Line(("primes", "threads", "--workers", "3", "--units", "4", "--limit", "100"), 0, ""),
        Line(change(PRIMES, "--limit", "0"), 0, ""),
        Line(change(PRIMES, "--limit", "0" * 5000 + "50"), 0, ""),
    ]


LINES = list_lines()

PIECES = (
    *("primes", "fetch", "sequential", "threads", "--limit", "--units", "--url", "--requests", "--workers"),
    *(
        "0",
        "1",
        "7",
        "-1",
        "",
        "--",
        "=",
        "--limit=3",
        "-x",
        "x",
        "\t",
        "1000001",
        "http://127.0.0.1:1",
        "--list",
    ),
)


def mutate(count: int) -> list[Words]:
    """Derive command lines from those of the table: drop, double, swap, replace, insert, cut."""
    dice = random.Random(20_240_601)
    lines = [
        line for line in LINES if line.words[:1] != ("sleep",)
    ]  # whose fate may depend on how fast it is
    seeds = [line.words for line in lines if len(line.words) > 2 and sum(map(len, line.words)) < 200]
    failed = [line.words for line in LINES if line.status == 1 and line.words in seeds]
    right = [line.words for line in LINES if line.status == 0 and line.words in seeds]
    found: dict[Words, None] = {}
    while len(found) < count:
        words = list(dice.choice(dice.choice((seeds, failed, right))))
        for _ in range(dice.randint(1, 2)):
            i = dice.randrange(len(words))
            match dice.randrange(6):
                case 0 if len(words) > 1:
                    del words[i]
                case 1:
                    words.insert(i, words[i])
                case 2:
                    j = dice.randrange(len(words))
                    words[i], words[j] = words[j], words[i]
                case 3:
                    words[i] = dice.choice(PIECES)
                case 4:
                    words.insert(i, dice.choice(PIECES))
                case _:
                    words[i] = words[i][: dice.randrange(len(words[i]) + 1)]
        found[tuple(words)] = None
    return list(found)


class Seen(NamedTuple):
    """What all runners must agree in."""

    status: int
    result: object
    said: str


def observe(program: Program, words: Words) -> Seen:
    """Run a command line; what only one language can say is left out."""
    finished = program.run(*words)
    if finished.returncode == 0 and words in {("--list",), ("--version",)}:
        return Seen(0, None, "")
    if finished.returncode == 0:
        assert (finished.stderr, finished.stdout.count("\n")) == ("", 1)
        report = json.loads(finished.stdout)
        return Seen(0, (report["workload"], report["workers"], report["result"], report["units"]), "")
    assert finished.stdout == "", finished
    assert finished.stderr.count("\n") == 1, finished
    assert finished.stderr.startswith("runner: "), finished
    assert finished.returncode in {1, 2}, finished
    said = (
        finished.stderr.strip("\n")
        .replace(CONCURRENT[program.language], "threads")
        .replace("goroutines", "threads")
    )
    if finished.returncode == 1:  # each library has its own words for what went wrong
        said = ": ".join(said.split(": ")[:2]) + ": "
    elif "no model of" in said:
        said = said.partition("expected one of")[0]
    return Seen(finished.returncode, None, said)


def compare(lines: list[Words], programs: list[Program]) -> list[Seen]:
    """Run every command line with every runner, two at a time, and hold the answers against each other."""
    with ThreadPoolExecutor(2) as pool:
        seen = {
            program: list(pool.map(lambda words, p=program: observe(p, words), lines)) for program in programs
        }
    first = seen[programs[0]]
    for program, others in seen.items():
        for words, expected, got in zip(lines, first, others, strict=True):
            assert got == expected, f"{program.name} differs from {programs[0].name}: {words}"
    return first


def test_the_table_is_answered_alike_by_all() -> None:
    seen = compare([line.words for line in LINES], PLAIN)
    for line, each in zip(LINES, seen, strict=True):
        assert each.status == line.status, line.words
        expected = line.said.partition("expected one of" if "no model of" in line.said else "\0")[0]
        assert expected in each.said, line.words


def test_what_is_derived_from_the_table_is_answered_alike_by_all() -> None:
    statuses = [each.status for each in compare(mutate(240), PLAIN)]
    assert {0, 1, 2} == set(statuses)


@every_program
def test_every_build_and_typical_pythons_answer_a_part_of_the_table(program: Program) -> None:
    compare([line.words for line in LINES[::12]], [PLAIN[0], program])


@every_program
def test_valid_names_are_listed(program: Program) -> None:
    listed = program.run("--list").stdout.split("\n")[:-1]
    models = [line.split()[1] for line in listed if line.startswith("primes ")]
    assert "sequential" in models
    assert CONCURRENT[program.language] in models
    assert all(model in program.run("primes", "fibers").stderr for model in models)


def test_every_python_model_takes_what_its_kernel_reads() -> None:
    """The names that a kernel reads are the parameters of each model's `run`, and `workers`."""
    script = """
import ast, pathlib, sys
for kernel in pathlib.Path("python").glob("*/kernel.py"):
    read = next(n for n in ast.parse(kernel.read_text()).body if getattr(n, "name", "") == "read_arguments")
    names = [key.value for n in ast.walk(read) if isinstance(n, ast.Dict) for key in n.keys]
    for model in kernel.parent.glob("*.py"):
        for n in ast.parse(model.read_text()).body:
            if getattr(n, "name", "") == "run":
                assert [a.arg for a in n.args.args] == [*names, "workers"], model
                print(model)
"""
    finished = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert finished.returncode == 0, finished.stderr
    assert len(finished.stdout.splitlines()) >= 9


CHOICES = [
    (("--mode", "racy", "--name", "x"), ""),
    (("--mode", "lock", "--name", "x"), "w m: argument --mode: expected one of racy, locked, got 'lock'"),
    (("--mode", "", "--name", "x"), "w m: argument --mode: expected one of racy, locked, got ''"),
    (("--mode", "racy", "--name", ""), "w m: argument --name: expected a text, got ''"),
    (("--name", "x"), "w m: the following arguments are required: --mode"),
]

IN_PYTHON = """
import sys
from options import Options, UsageError
try:
    options = Options("w m", sys.argv[1:])
    options.natural("workers", 1, 1), options.choice("mode", "racy", "locked"), options.text("name")
    options.finish()
except UsageError as error:
    print(error, end="")
"""

IN_CPP = """
#include <iostream>
#include "options.hpp"
int main(const int count, const char* const words[]) {
  try {
    Options options("w m", std::vector<std::string>(words + 1, words + count));
    options.natural("workers", 1, 1);
    options.choice("mode", {"racy", "locked"});
    options.text("name");
    options.finish();
  } catch (const UsageError& error) {
    std::cout << error.what();
  }
}
"""


@pytest.mark.parametrize("language", ["python", "cpp"])
def test_choices_and_texts(language: str, tmp_path: Path) -> None:
    """No workload has one yet; go/contract/options_test.go is the same for Go."""
    command = [sys.executable, "-c", IN_PYTHON]
    if language == "cpp":
        (tmp_path / "main.cpp").write_text(IN_CPP)
        flags = ["-std=c++20", "-Wall", "-Wextra", "-Werror", f"-I{ROOT / 'cpp'}"]
        command = [str(tmp_path / "main")]
        subprocess.run(["g++", *flags, tmp_path / "main.cpp", "-o", command[0]], check=True)
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "python")}
    for words, expected in CHOICES:
        assert subprocess.check_output([*command, *words], text=True, env=environment) == expected


@every_program
def test_a_metric_may_be_an_array(program: Program, url: str) -> None:
    for model, workers in (("sequential", 1), ("threads", 3)):
        words = ("fetch", model, "--url", url, "--requests", "7", "--delay-ms", "5", "--timeout-ms", "30000")
        finished = program.run(*words, "--workers", str(workers))
        assert (finished.returncode, finished.stderr) == (0, "")
        report = json.loads(finished.stdout)
        assert (report["result"], report["units"]) == (28, 7)
        assert list(report["metrics"]) == ["latency_ns"]
        latencies_ns = report["metrics"]["latency_ns"]
        assert len(latencies_ns) == 7
        assert all(isinstance(latency_ns, int) for latency_ns in latencies_ns)
        assert all(5e6 <= latency_ns <= report["elapsed_ns"] for latency_ns in latencies_ns)
        assert sum(latencies_ns) <= workers * report["elapsed_ns"]


class Falling(BaseHTTPRequestHandler):
    """Answers page n after (6 - n) × 150 ms."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        page = self.path.rpartition("/")[2]
        time.sleep((6 - int(page)) * 0.15)
        self.send_response(200)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@every_program
def test_latencies_are_in_the_order_of_the_units(program: Program) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Falling) as server:
        Thread(target=server.serve_forever).start()
        try:
            words = ("fetch", "threads", "--requests", "5", "--delay-ms", "0", "--timeout-ms", "30000")
            finished = program.run(
                *words, "--workers", "5", "--url", f"http://127.0.0.1:{server.server_port}"
            )
        finally:
            server.shutdown()
    latencies_ns = json.loads(finished.stdout)["metrics"]["latency_ns"]
    assert latencies_ns == sorted(latencies_ns, reverse=True)


@every_program
@pytest.mark.parametrize("kind", ["error", "reset", "truncate"])
def test_a_failed_unit_is_one_line_of_cause(program: Program, kind: str, url: str) -> None:
    listed = program.run("--list").stdout.split("\n")[:-1]
    for model in [line.split()[1] for line in listed if line.startswith("fetch ")]:
        words = (
            "--requests",
            "9",
            "--delay-ms",
            "1",
            "--timeout-ms",
            "30000",
            "--url",
            f"{url}/fault/{kind}/3",
        )
        workers = "1" if model == "sequential" else "3"
        finished = subprocess.run(
            [*program.command, "fetch", model, *words, "--workers", workers],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert (finished.returncode, finished.stdout, finished.stderr.count("\n")) == (1, "", 1), finished
        assert finished.stderr.startswith(f"runner: fetch {model}: ")
        assert kind != "error" or "500" in finished.stderr


@every_program
@pytest.mark.parametrize("words", [("--list",), ("--version",), ALONE])
def test_a_full_standard_output_is_a_failure(program: Program, words: Words) -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [*program.command, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert ended.returncode == 1
    said = [line for line in ended.stderr.splitlines() if not line.startswith("left out: ")]
    assert [line.lower() for line in said] == [
        "runner: cannot write to standard output: no space left on device"
    ]


@every_program
def test_a_standard_output_that_nobody_reads_is_a_failure(program: Program) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run(
        [*program.command, *ALONE], stdout=writer, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writer)
    assert ended.returncode == 1
    assert ended.stderr.lower() == "runner: cannot write to standard output: broken pipe\n"


@pytest.mark.parametrize(
    "program", [each for each in PROGRAMS if each.language != "go"], ids=lambda program: program.name
)
def test_a_closed_standard_output_is_a_failure(program: Program) -> None:
    """Go's runtime opens /dev/null in its place, so there it cannot be told."""
    words = [*program.command, *ALONE]
    ended = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" >&-', "sh", *words], stderr=subprocess.PIPE, text=True, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr.lower() == "runner: cannot write to standard output: bad file descriptor\n"


BESIDE = ("--duration-ms", "50", "--burners", "1")


@pytest.mark.parametrize("program", PLAIN, ids=lambda program: program.name)
def test_a_way_to_count_that_a_language_does_not_have_is_refused(program: Program) -> None:
    mode = "atomic" if program.language == "python" else "racy-call"
    finished = program.run(*change(COUNTER, "--mode", mode))
    assert (finished.returncode, finished.stdout) == (2, "")
    assert "counter sequential: argument --mode: expected one of racy, " in finished.stderr
    assert f", got '{mode}'" in finished.stderr


def test_a_server_to_which_nobody_connects_gives_up() -> None:
    """Takes 10 s, which is how long it waits; so all of them wait at once."""

    def wait(program: Program) -> None:
        port = load.find_port()
        words = ("serve", "threads", "--port", str(port), "--rate", "100", *BESIDE, "--workers", "2")
        more = ("--switch-interval-us", "5000") if program.language == "python" else ()
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(program.run, *words, *more)
            with connect(port):
                finished = running.result()
        assert (finished.returncode, finished.stdout) == (1, "")
        assert f"expected 2 connections to port {port} within 10 s, got 1" in finished.stderr
        assert finished.stderr.count("\n") == 1

    with ThreadPoolExecutor(len(PLAIN)) as pool:
        assert len(list(pool.map(wait, PLAIN))) == len(PLAIN)


def connect(port: int) -> socket.socket:
    """Connect as soon as somebody listens."""
    until = time.monotonic() + 9
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            assert time.monotonic() < until, "expected a server, got none"
            time.sleep(0.02)


@pytest.mark.parametrize("program", PLAIN, ids=lambda program: program.name)
def test_a_message_that_is_cut_short_is_a_failure(program: Program) -> None:
    port = load.find_port()
    words = ("serve", "threads", "--port", str(port), "--rate", "100", *BESIDE)
    more = ("--switch-interval-us", "5000") if program.language == "python" else ()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(program.run, *words, *more)
        with connect(port) as client:
            client.sendall(b"half of it")
            client.shutdown(socket.SHUT_WR)
            finished = running.result()
    assert (finished.returncode, finished.stdout) == (1, "")
    assert "expected a message of 64 bytes, got 10" in finished.stderr


@pytest.mark.parametrize("program", PLAIN, ids=lambda program: program.name)
def test_tasks_that_do_not_wait_at_once_are_a_failure(program: Program) -> None:
    tasks = "100000" if program.language == "go" else "500"  # more than can be begun in a millisecond
    finished = program.run("sleep", "threads", "--tasks", tasks, "--delay-ms", "1", "--workers", tasks)
    assert (finished.returncode, finished.stdout) == (1, "")
    assert (
        f"expected all {tasks} tasks to wait at once, they did not: raise --delay-ms above 1"
        in finished.stderr
    )


@every_python
def test_a_model_burns_in_its_own_way_only(program: Program) -> None:
    words = ("--period-us", "5000", *BESIDE, "--switch-interval-us", "5000", "--burn", "inline")
    finished = program.run("heartbeat", "threads", *words)
    assert (finished.returncode, finished.stdout) == (1, "")
    assert "argument --burn: expected thread, which is all that this model has, got inline" in finished.stderr


@every_python
def test_ten_burned_units_are_as_the_cpp_standard_says(program: Program) -> None:
    """`std::minstd_rand`; the Go tests, and the C++ compiler, hold theirs against the same number."""
    text = "import burner, functools; print(functools.reduce(lambda state, _: burner.burn_unit(state), range(10), 1))"
    finished = subprocess.run(
        [ROOT / program.command[0], "-c", text],
        cwd=ROOT / "python",
        capture_output=True,
        text=True,
        check=True,
    )
    assert finished.stdout == "399268537\n"


@every_python
@pytest.mark.parametrize(
    ("model", "limit", "value"),
    [("threads", resource.RLIMIT_AS, 1 << 30), ("processes", resource.RLIMIT_NOFILE, 40)],
)
def test_workers_that_cannot_be_made_are_a_failure(
    program: Program, model: str, limit: int, value: int
) -> None:
    words = ("primes", model, "--limit", "3000000", "--units", "500", "--workers", "500")
    ended = subprocess.run(
        [*program.command, *words], capture_output=True, text=True, check=False, timeout=60,
        preexec_fn=lambda: resource.setrlimit(limit, (value, value)),
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(f"runner: primes {model}: ")
    assert ended.stderr.count("\n") == 1


def test_threads_that_cannot_be_made_are_a_failure_in_cpp() -> None:
    program = next(each for each in PLAIN if each.language == "cpp")
    ended = subprocess.run(
        [*program.command, *PRIMES[:2], "--limit", "0", "--units", "9", "--workers", "1000"],
        capture_output=True, text=True, check=False, timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (1 << 29, 1 << 29)),
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("runner: primes threads: ")
    assert ended.stderr.count("\n") == 1


def start_workers(
    program: Program, environment: dict[str, str] | None = None
) -> tuple[subprocess.Popen[str], list[psutil.Process]]:
    """Start a runner with six worker processes that have work for a long time."""
    words = ("primes", "processes", "--limit", "100000000", "--units", "64", "--workers", "6")
    started = subprocess.Popen(
        [*program.command, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True, env={**os.environ, **(environment or {})},
    )  # fmt: skip
    until = time.monotonic() + 20
    while time.monotonic() < until:
        children = psutil.Process(started.pid).children(recursive=True)
        if len(children) >= 6 and all(sum(child.cpu_times()[:2]) > 0.01 for child in children[-6:]):
            return started, children
        time.sleep(0.05)
    started.kill()
    pytest.fail("expected 6 worker processes")


@every_python
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_runner_that_is_killed_leaves_no_worker(program: Program, number: int) -> None:
    started, children = start_workers(program)
    os.kill(started.pid, number)
    _, said = started.communicate(timeout=20)  # ends only when the last process that holds them has ended
    assert started.returncode == -number  # 130 in a shell, for an interrupt
    assert said == ""
    _, alive = psutil.wait_procs(children, timeout=5)
    for child in alive:
        child.kill()
    assert alive == []


SLOW_QUESTION = """
import os, time
ask = os.getppid
def answer_late():
    answer = ask()
    time.sleep(1)
    return answer
os.getppid = answer_late
"""


@pytest.mark.parametrize(
    "more", ["", SLOW_QUESTION], ids=["as it is", "killed while workers ask whose they are"]
)
@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_nor_does_it_where_workers_are_not_forked(method: str, more: str, tmp_path: Path) -> None:
    """As from Python 3.14 on, and outside Linux: the interpreter is told so before the runner begins."""
    script = f"import multiprocessing\nmultiprocessing.set_start_method('{method}', force=True)\n{more}"
    (tmp_path / "sitecustomize.py").write_text(script)
    program = next(each for each in PLAIN if each.language == "python")
    started, children = start_workers(program, {"PYTHONPATH": str(tmp_path)})
    assert len(children) > 6, "the workers, and what helps multiprocessing to make them"
    started.kill()
    started.communicate(timeout=20)
    _, alive = psutil.wait_procs(children, timeout=5)
    for child in alive:
        child.kill()
    assert alive == []


@every_python
def test_an_interrupt_from_the_terminal_is_quiet(program: Program) -> None:
    started, children = start_workers(program)
    os.killpg(started.pid, signal.SIGINT)
    assert started.communicate(timeout=20) == ("", "")
    assert started.returncode == -signal.SIGINT
    assert psutil.wait_procs(children, timeout=5)[1] == []


@every_python
def test_a_worker_that_is_killed_is_a_failed_unit(program: Program) -> None:
    started, children = start_workers(program)
    os.kill(children[-1].pid, signal.SIGKILL)
    out, said = started.communicate(timeout=20)
    assert (started.returncode, out, said.count("\n")) == (1, "", 1)
    assert said.startswith("runner: primes processes: ")
    assert "BrokenProcessPool" in said
    assert psutil.wait_procs(children, timeout=5)[1] == []
