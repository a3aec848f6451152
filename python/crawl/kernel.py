"""crawl, kernel: gets a page, hashes it and finds its links; there is no concurrency in here."""

from __future__ import annotations

import hashlib
from collections import deque
from functools import reduce
from html.parser import HTMLParser
from operator import xor
from typing import Dict, Iterable, List, NamedTuple, Optional, Tuple, Union
from urllib.parse import urldefrag, urljoin

from contract import Outcome
from fetch.kernel import own
from options import Options

KEPT = 6  # bytes of each digest that are used: a result has to stay below 2**53


def read_arguments(options: Options) -> Dict[str, Union[int, str]]:
    """Take the arguments of the workload off the command line."""
    return {
        "url": options.url("url"),  # where the load server is
        "pages": options.natural("pages", 1, 1_000_000),  # how many the site has
        "delay_ms": options.natural("delay-ms", 0, 60_000),  # after which the server answers each
        "page_bytes": options.natural("page-bytes", 1, 1_000_000),  # of each page
        "timeout_ms": options.natural("timeout-ms", 1, 600_000),  # a wait beyond it is an error
    }


class Page(NamedTuple):
    """What one unit gave."""

    digest: int
    """The first bytes of the hash of its body."""

    links: List[str]
    """The paths of the pages of the same site that it leads to, some of them more than once."""


class Frontier:
    """The pages that are known and not begun yet; each is taken once, however many links lead to it."""

    def __init__(self, first: str) -> None:
        """Begin with the one page that is known."""
        self._known = {first}
        self._waiting = deque([first])

    def __len__(self) -> int:
        """Tell how many pages wait to be taken."""
        return len(self._waiting)

    def take(self) -> str:
        """Return the page that has waited longest."""
        return self._waiting.popleft()

    def add(self, links: Iterable[str]) -> None:
        """Add those pages that were not known before."""
        for path in links:
            if path not in self._known:
                self._known.add(path)
                self._waiting.append(path)


def find_first(pages: int, delay_ms: int, page_bytes: int) -> str:
    """Name the page that all others can be reached from."""
    return f"/site/{pages}/{delay_ms}/{page_bytes}/0"


def crawl_page(path: str) -> Page:
    """Do one unit: get the page at `path` on the calling worker's own connection, and read it.

    Raises OSError or http.client.HTTPException if the connection fails or the page is cut short,
    ValueError if what came back is not the page.
    """
    own.connection.request("GET", own.base + path)
    with own.connection.getresponse() as response:
        body = response.read()
    return read_page(path, response.status, body)


def read_page(path: str, status: int, body: bytes) -> Page:
    """Hash a page and find its links; raises ValueError if it is not the page asked for."""
    if status != 200:
        raise ValueError(f"{path}: expected status 200, got {status}")
    digest = hashlib.sha256(body).digest()
    return Page(int.from_bytes(digest[:KEPT], "little"), find_links(path, body))


class LinkParser(HTMLParser):
    """Notes where the links of a page lead, as they are written."""

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__()
        self.links: List[str] = []

    def handle_starttag(self, tag: str, attrs: List[Tuple[str, Optional[str]]]) -> None:
        """Note the target of a link; the parser calls this for each tag, with its entities resolved."""
        if tag == "a":
            self.links += [value for name, value in attrs if name == "href" and value]


def find_links(path: str, body: bytes) -> List[str]:
    """List the pages that the page at `path` links to, but for those of other sites."""
    parser = LinkParser()
    parser.feed(body.decode())
    parser.close()
    site, _ = path.rsplit("/", 1)
    targets = (urldefrag(urljoin(path, link)).url for link in parser.links)
    return [target for target in targets if target.startswith(site + "/")]


def total(digests: List[int]) -> Outcome:
    """Join what the pages gave."""
    return Outcome(result=reduce(xor, digests, 0), units=len(digests))
