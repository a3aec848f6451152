"""The README: every command runs as it stands there, every link and snippet is true, every block is current."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath

import pytest

from harness.paths import ROOT
from harness.tell.report import BLOCK, make_benchmark_blocks, make_blocks, splice
from tests.reference import REFERENCE, open_views, reads_reference

PAGES = ("README.md", "METHODOLOGY.md", "CONTRIBUTING.md", "results/README.md")
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line.split("  #")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
    if line.strip()
]
HARNESS = [each for each in COMMANDS if " -m harness " in each]
OTHERS = [each for each in COMMANDS if " -m harness " not in each]


def run(command: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a line of the page as a shell does."""
    return subprocess.run(
        command,
        shell=True,
        cwd=cwd,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", OTHERS)
def test_commands_of_the_shell(command: str, tmp_path: Path) -> None:
    if command.startswith("make "):  # what it would do; .ci/run does the most of it
        finished = run(command.replace("make ", "make --dry-run ", 1))
        assert finished.returncode == 0, finished.stderr
    elif command.startswith("git clone URL "):
        finished = run(command.replace("URL", f"'{ROOT}'", 1) + " && test -f README.md", tmp_path)
        assert finished.returncode == 0, finished.stderr
    else:
        finished = run(command)
        assert (finished.returncode, finished.stderr) == (1, "")  # diff: there are differences
        assert finished.stdout


def test_commands_of_the_harness_one_after_another(tmp_path: Path) -> None:
    assert HARNESS
    for command in HARNESS:
        finished = run(
            command,
            SIDE_BY_SIDE_RESULTS=str(tmp_path),
            SIDE_BY_SIDE_LOCK=f"readme-{os.getpid()}",
        )
        assert finished.returncode == 0, f"{command}\n{finished.stdout}{finished.stderr}"
        assert "Traceback" not in finished.stderr
    (folder,) = (path.parent for path in tmp_path.glob("*/run.json"))
    assert (folder / "report.md").exists()


def list_links() -> Iterator[tuple[str, str]]:
    """List the links of all pages to files."""
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        for target in re.findall(r'\]\(([^)#\s]+)|(?:src|srcset)="([^"]+)"', text):
            link = "".join(target)
            if not link.startswith("http"):
                yield page, link


@pytest.mark.parametrize(("page", "link"), sorted(set(list_links())))
def test_links_lead_somewhere(page: str, link: str) -> None:
    assert ((ROOT / page).parent / link).exists()


def test_the_snippet_is_what_the_sources_say() -> None:
    block = re.search(r"```diff\n(.*?)```", README, re.DOTALL)
    assert block
    before, after = re.findall(r"python/primes/\w+\.py", block[1])
    for line in block[1].splitlines()[1:]:
        source = (ROOT / (before if line[0] == "-" else after)).read_text(encoding="utf-8")
        assert f"\n{line[1:]}\n" in source


@cache
def list_blocks() -> dict[str, str]:
    """What the reference says in the pages of the top folder."""
    said = make_blocks(PurePosixPath(REFERENCE.relative_to(ROOT)), open_views())
    return {**said, **make_benchmark_blocks(REFERENCE)}


@reads_reference
@pytest.mark.parametrize("page", ["README.md", "METHODOLOGY.md"])
def test_every_block_is_what_the_committed_results_say(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    share = re.search(r"<!-- begin share -->\n(.*?)<!-- end -->", text, re.DOTALL)
    blocks = {**list_blocks(), "share": share[1] if share else ""}
    assert BLOCK.search(text)
    assert splice(text, blocks) == text
