"""crawl: every client against a crawler of another kind; what must not be followed, and what fails, is told."""

from __future__ import annotations

import hashlib
import json
import re
import socket
import subprocess
from collections.abc import Iterator
from html import unescape
from urllib.request import urlopen

import pytest

from harness.fixtures.server import Fixture
from harness.plan.check import declare
from harness.plan.declarations import Value, Vector
from tests.runners import FLAVOURS, PROGRAMS, TYPICAL, Program

DECLARATIONS = declare()
CRAWL = DECLARATIONS.workloads["crawl"]
BASELINES = {name: language.baseline for name, language in DECLARATIONS.languages.items()}
DEFAULTS = [next(each for each in PROGRAMS if each.language == language) for language in BASELINES]
CLIENTS = [  # the other Pythons try the vectors only
    (program, model)
    for program, workload, model in TYPICAL
    if workload == "crawl" and (program in DEFAULTS or program.command[0] in FLAVOURS)
]
IDS = [f"{program.name}-{model}" for program, model in CLIENTS]
KEPT = 6


@pytest.fixture(scope="module")
def server() -> Iterator[Fixture]:
    """One load server for all tests of this file."""
    with Fixture() as running:
        yield running


def crawl(
    program: Program,
    model: str,
    url: str,
    *,
    workers: int = 3,
    pages: int = 12,
    delay_ms: int = 5,
    page_bytes: int = 900,
    timeout_ms: int = 60_000,
) -> subprocess.CompletedProcess[str]:
    """Crawl a site; the baseline has one worker. That it was slow, which asyncio's own checks say, is left out."""
    finished = program.run(
        *("crawl", model, "--workers", str(count_workers(program, model, workers)), "--url", url),
        *("--pages", str(pages), "--delay-ms", str(delay_ms), "--page-bytes", str(page_bytes)),
        *("--timeout-ms", str(timeout_ms)),
    )
    finished.stderr = re.sub("^Executing <.* seconds\n", "", finished.stderr, flags=re.MULTILINE)
    return finished


def count_workers(program: Program, model: str, workers: int) -> int:
    return 1 if model == BASELINES[program.language] else workers


def read_page(url: str, pages: int, page_bytes: int, page: int) -> bytes:
    with urlopen(f"{url}/site/{pages}/0/{page_bytes}/{page}") as response:
        body: bytes = response.read()
    return body


def list_links(body: bytes) -> list[str]:
    """What is written in the tags outside of comments, with entities resolved; no parser, but for this site enough."""
    text = re.sub("<!--.*?-->", "", body.decode(), flags=re.DOTALL)
    return [unescape(link) for _, link in re.findall(r"""<a [^>]*href=(["'])(.*?)\1""", text)]


def follow(url: str, pages: int, page_bytes: int) -> tuple[int, int]:
    """The result for a site, and how many of its pages were found; depth first, by number instead of address."""
    joined = 0
    seen: set[int] = set()
    waiting = [0]
    while waiting:
        page = waiting.pop()
        if page in seen:
            continue
        seen.add(page)
        body = read_page(url, pages, page_bytes, page)
        joined ^= int(hashlib.sha256(body).hexdigest()[: 2 * KEPT], 16)
        ways = (
            re.fullmatch(rf"(?:\./|\.\./{page_bytes}/)?(\d+)(?:#\w+)?", link) for link in list_links(body)
        )
        waiting += [int(way[1]) for way in ways if way]
    return int.from_bytes(joined.to_bytes(KEPT, "big"), "little"), len(seen)


EXPECTED = [*CRAWL.vectors, *CRAWL.sizes.values()]


def choose(vector: Vector) -> dict[str, Value]:
    return CRAWL.choose_arguments("", vector.arguments)


@pytest.mark.parametrize("vector", EXPECTED, ids=lambda vector: str(choose(vector)))
def test_results_are_those_of_another_crawler(vector: Vector, server: Fixture) -> None:
    arguments = choose(vector)
    pages, page_bytes = int(arguments["pages"]), int(arguments["page_bytes"])
    assert follow(server.value, pages, page_bytes) == (vector.result, pages)


def test_a_page_is_as_large_as_it_was_asked_for(server: Fixture) -> None:
    assert 300 < len(read_page(server.value, 200, 1, 7)) < 600
    for wanted in (600, 601, 750, 2_000, 20_000, 1_000_000):
        assert len(read_page(server.value, 200, wanted, 7)) == wanted


def test_a_page_has_links_that_must_not_be_followed(server: Fixture) -> None:
    body = read_page(server.value, 30, 2_000, 3)
    links = list_links(body)
    assert sum(link.startswith("http://") for link in links) == 1
    assert b"gone" in body
    assert "gone" not in links
    assert b"&#46;" in body
    assert len(links) == 7


@pytest.mark.parametrize(("program", "model"), CLIENTS, ids=IDS)
def test_each_page_is_asked_for_once_and_never_more_at_once_than_workers(
    program: Program, model: str, server: Fixture
) -> None:
    for pages in (15, 30):
        server.before()
        workers = count_workers(program, model, 4)
        finished = crawl(program, model, server.value, workers=workers, pages=pages, delay_ms=30)
        assert (finished.returncode, finished.stderr) == (0, "")
        report = json.loads(finished.stdout)
        assert (report["result"], report["units"]) == follow_quietly(server, pages)
        seen = server.after()
        assert seen["requests"] == pages
        assert seen["in_flight_peak"] <= workers
        assert seen["connections_peak"] <= workers + 1  # and the one of this test


def follow_quietly(server: Fixture, pages: int) -> tuple[int, int]:
    """Follow the same site on a server of its own, so that the requests are not counted."""
    with Fixture() as other:
        assert other.value != server.value
        return follow(other.value, pages, 900)


@pytest.mark.parametrize("kind", ["error", "reset", "truncate", "hang"])
@pytest.mark.parametrize(("program", "model"), CLIENTS, ids=IDS)
def test_a_fault_is_reported_and_never_a_result(
    program: Program, model: str, kind: str, server: Fixture
) -> None:
    timeout_ms = 400 if kind == "hang" else 60_000
    finished = crawl(program, model, f"{server.value}/fault/{kind}/7", timeout_ms=timeout_ms)
    assert (finished.returncode, finished.stdout) == (1, "")
    assert finished.stderr.startswith(f"runner: crawl {model}: ")
    assert finished.stderr.count("\n") == 1
    if kind == "error":
        assert "expected status 200, got 500" in finished.stderr


@pytest.mark.parametrize(("program", "model"), CLIENTS, ids=IDS)
def test_after_a_fault_the_others_are_not_crawled(program: Program, model: str, server: Fixture) -> None:
    server.before()
    finished = crawl(program, model, f"{server.value}/fault/error/1", pages=5_000, delay_ms=20)
    assert finished.returncode == 1
    assert server.after()["requests"] < 200


@pytest.mark.parametrize(("program", "model"), CLIENTS, ids=IDS)
def test_no_server_is_reported(program: Program, model: str) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound, but nobody listens
        finished = crawl(program, model, f"http://127.0.0.1:{closed.getsockname()[1]}")
    assert (finished.returncode, finished.stdout) == (1, "")
    assert finished.stderr.count("\n") == 1
