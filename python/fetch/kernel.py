"""fetch, kernel: one page over HTTP, checked and timed; there is no concurrency in here."""

from __future__ import annotations

import threading
import time
from http.client import HTTPConnection
from typing import Dict, List, NamedTuple, Union
from urllib.parse import urlsplit

from contract import Outcome
from options import Options


def read_arguments(options: Options) -> Dict[str, Union[int, str]]:
    """Take the arguments of the workload off the command line."""
    return {
        "url": options.url("url"),  # where the load server is
        "requests": options.natural("requests", 1, 1_000_000),  # how many pages to get
        "delay_ms": options.natural("delay-ms", 0, 60_000),  # after which the server answers each
        "timeout_ms": options.natural("timeout-ms", 1, 600_000),  # a wait beyond it is an error
    }


class Answer(NamedTuple):
    """What one unit gave."""

    page: int
    """The page number that came back."""

    latency_ns: int
    """From before the request was sent until the whole body was there."""


class Connection(HTTPConnection):
    """A kept-alive connection that is closed with its owner."""

    def __del__(self) -> None:
        self.close()


own = threading.local()  # each worker has a connection of its own, closed when the worker ends


def list_paths(requests: int, delay_ms: int) -> List[str]:
    """Name the pages 1 … `requests`, each answered after `delay_ms`; one page is a unit."""
    return [f"/delay/{delay_ms}/{page}" for page in range(1, requests + 1)]


def connect(url: str, timeout_ms: int) -> None:
    """Give the calling worker its connection to `url`; a wait beyond `timeout_ms` is an error."""
    address = urlsplit(url)
    own.base = address.path
    own.connection = Connection(address.netloc, timeout=timeout_ms / 1000)


def fetch_page(path: str) -> Answer:
    """Do one unit: get `path` on the calling worker's own connection.

    Raises OSError or http.client.HTTPException if the connection fails or the page is cut short,
    ValueError if what came back is not the page.
    """
    begin_ns = time.monotonic_ns()
    own.connection.request("GET", own.base + path)
    with own.connection.getresponse() as response:
        body = response.read()
    return check(path, response.status, body, begin_ns)


def check(path: str, status: int, body: bytes, begin_ns: int) -> Answer:
    """Turn what came back into an answer; raises ValueError if it is not the page asked for."""
    latency_ns = time.monotonic_ns() - begin_ns
    if status != 200:
        raise ValueError(f"{path}: expected status 200, got {status}: {body!r}")
    return Answer(int(body), latency_ns)


def total(answers: List[Answer]) -> Outcome:
    """Add up the page numbers, and list the latencies."""
    latencies_ns = [answer.latency_ns for answer in answers]
    return Outcome(sum(answer.page for answer in answers), len(answers), {"latency_ns": latencies_ns})
