"""Text from programs is data: whatever they print, the run goes on; console, tables, report and drawings are fine."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pandas as pd
import pytest

from harness.store.records import LONGEST_TEXT, clean
from tests.tree import Ended, Tree

TEXTS = {
    "dollar": r"exit status 1: $\frac{1}$ and $x_$ and $",
    "bracket": "exit status 1: [/bold] [red]red[/red] [/]",
    "control": "exit status 1:  [31mred [0m     end",
    "html": "exit status 1: <script>alert(1)</script> & <b>bold</b>",
    "markdown": "exit status 1: | cell | `code` | **strong** [link](http://x) <!-- end -->",
}
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


def run(tree: Tree, *models: str, study: str = "late") -> Ended:
    words = (word for name in ("steady", *models) for word in ("--model", name))
    return tree.run("all", "--quick", "--language", "fake", "--study", study, *words)


def check_pages(tree: Tree, study: str = "late") -> str:
    """Check that all that was written is well-formed and without control characters; returns the report."""
    folder = tree.study(study).path
    drawn = list(folder.glob("charts/*.svg"))
    assert len(drawn) == 2
    for path in drawn:
        ET.parse(path)
    for path in (*folder.glob("*.csv"), *folder.glob("*.json*"), *drawn, tree.run_folder / "report.md"):
        assert not CONTROL.search(path.read_text()), path
    report = (tree.run_folder / "report.md").read_text()
    assert "<script" not in report
    assert "<b>" not in report
    assert report.count("<details>") == report.count("</details>")
    return report


def test_what_failing_programs_say_is_shown_as_it_is(tree: Tree) -> None:
    ended = run(tree, *TEXTS)
    assert ended.code == 1
    assert ended.stderr.splitlines() == [
        *(f"late: failed late/fake/{name} fake-1 workers=2: {text}" for name, text in TEXTS.items()),
        "harness: 5 cases failed, see above",
    ]
    assert not CONTROL.search(ended.stdout + ended.stderr)
    check_pages(tree)
    table = pd.read_csv(tree.study().path / "summary.csv")
    reasons = dict(zip(table["model"], table["reason"], strict=True))
    assert {name: reasons[name] for name in TEXTS} == TEXTS
    assert table.set_index("model")["status"]["steady"] == "ok"


def test_what_programs_say_when_they_are_verified_is_shown_as_it_is(tree: Tree) -> None:
    ended = run(tree, *TEXTS, study="early")
    assert ended.code == 1
    for name, text in TEXTS.items():
        line = f"failed early/fake/{name} fake-1: vector 1 (limit=3, pace=1): {text}"
        assert line in ended.stdout.splitlines()
    assert not CONTROL.search(ended.stdout + ended.stderr)
    check_pages(tree, "early")


def test_report_shows_html_and_markdown_as_text(tree: Tree) -> None:
    run(tree, "html", "markdown")
    report = check_pages(tree)
    assert "&lt;script&gt;" in report
    assert "<!-- end -->" not in report
    assert not re.search(r"(?<!\\)(\*\*strong|`code|\]\(http)", report)


def test_floods_of_standard_error_are_bounded(tree: Tree) -> None:
    """50 MB, by a program that fails and by one that does not."""
    ended = run(tree, "flooding", "loud")
    assert ended.code == 1
    assert len(ended.stderr) < 4 * LONGEST_TEXT
    statuses = {each.case.split("/")[2].split()[0]: each.status for each in tree.read_records()}
    assert statuses == {"sequential": "ok", "steady": "ok", "loud": "ok", "flooding": "failed"}
    assert max(map(len, tree.study().journal.path.read_bytes().splitlines())) < 2000
    check_pages(tree)
    assert not tree.leftovers()


@pytest.mark.parametrize(
    ("stdout", "status"),
    [
        (r"print('$\\frac{1}$ [/bold] <b>')", "malformed"),
        (r"print('\x1b[2J\x00\x07')", "malformed"),
        (r"sys.stdout.buffer.write(b'\xff\xfe\n')", "malformed"),
        (r"print('x' * 50_000_000)", "malformed"),
        (r"print('\n' * 1_000_000)", "chatty"),
        (r"print('[' * 100_000)", "malformed"),
        (r"say({**line, 'metrics': {'a,b\n[/]': 1}})", "malformed"),
        (r"say({**line, 'metrics': {f'm{i}': i for i in range(20_000)}})", "malformed"),
        (r"say({**line, 'model': '\x1b]0;x\x07$\\frac'})", "malformed"),
        (r"say({**line, 'result': 2 ** 70})", "malformed"),
    ],
)
def test_whatever_is_on_standard_output_is_a_row(tree: Tree, stdout: str, status: str) -> None:
    tree.edit("fake/runner.py", '    print("42")\n', f"    line = _\n    {stdout}\n")
    words = ("--quick", "--language", "fake", "--study", "early", "--model", "babbling")
    ended = tree.run("all", *words)
    assert ended.code == 1
    assert f"{status} early/fake/babbling" in ended.stderr
    assert not CONTROL.search(ended.stdout + ended.stderr)
    assert len(ended.stderr) < 4 * LONGEST_TEXT
    check_pages(tree, "early")


def test_a_fixture_s_trouble_is_data_too(tree: Tree) -> None:
    path = Path("harness/fixtures/shelf.py")
    tree.edit(
        str(path),
        '"expected the shelf where it was, it has gone"',
        r'"$\\frac [/] \x1b[0m <b>" + "x" * 10_000',
    )
    tree.edit("harness/studies/pulse.toml", '"steady"]', '"breaking"]')
    ended = tree.run("measure", "--quick", "--language", "fake", "--study", "pulse")
    assert ended.code == 1
    assert not CONTROL.search(ended.stdout + ended.stderr)
    assert max(len(each.reason) for each in tree.read_records("pulse")) == LONGEST_TEXT
    assert r"unserved pulse/fake/breaking fake-1 workers=1: shelf: $\frac [/]  [0m <b>xxx" in ended.stderr


def test_cleaning_keeps_what_can_be_shown() -> None:
    assert clean("  naïve 中文 ½ 😀 \t tab\r\nline\x00\x1b ") == "naïve 中文 ½ 😀   tab line"
    assert clean("x" * 10_000) == "x" * (LONGEST_TEXT - 1) + "…"
