"""index: one page that needs no other, has all that a run found, and shows texts from outside as text."""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from collections.abc import Mapping
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from markupsafe import Markup
from msgspec.structs import replace

from harness.analyse.marks import DISTURBED_RULE, RULES
from harness.estimates import FASTER, FEWEST, HIGHER, LOWER, NEAR, SAME, SLOWER, TOO_FEW, UNDECIDED
from harness.paths import ROOT
from harness.store.folder import Run
from harness.tell import reader
from harness.tell.findings import spell_title, tell
from harness.tell.index import count_items, flatten, render, write_index
from harness.tell.inline import Charts
from harness.tell.report import list_listed
from harness.tell.sources import LINTER, list_sources, read_source
from harness.tell.tables import WIDE
from tests.reference import REFERENCE, open_views, reads_reference
from tests.samples import FAKES, case, write_run
from tests.test_report import EVIL, GAIN, MAIN
from tests.views import MACHINE, compared, declare, make_view, runs

pytestmark = reads_reference

ADDRESSES = {"href", "src", "srcset", "xlink:href", "action", "data", "poster"}
VOID = {"br", "img", "input", "link", "meta"}


class Parsed(HTMLParser):
    """A page, taken apart."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.scripts: list[str] = []
        self._inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - as it is declared
        self._inside = ""

    def handle_data(self, data: str) -> None:
        (self.scripts if self._inside in {"script", "style"} else self.texts).append(data)

    def list(self, name: str) -> list[str]:
        """The values of an attribute, wherever it is."""
        return [attributes[name] for _, attributes in self.elements if name in attributes]

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())


@pytest.fixture(scope="module")
def page() -> str:
    return write_index(Run(REFERENCE), open_views())


def test_who_needs_this_page_waits_for_it_in_one_process(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("loadgroup", default=False):
        assert request.node.nodeid.endswith("@reference"), "pytest-xdist groups no tests of this pytest"


def test_the_committed_report_is_what_the_committed_results_give(page: str) -> None:
    assert (REFERENCE / "index.html").read_text(encoding="utf-8") == page, "run 'make pages'"


@pytest.fixture(scope="module")
def parsed(page: str) -> Parsed:
    return Parsed(page)


def read_sources(page: str) -> dict[str, Any]:
    """The data of the part that compares sources."""
    found = re.search(r'<script type="application/json" id="sources">(.*?)</script>', page, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


# One page.


def test_it_asks_nobody_for_anything(page: str, parsed: Parsed) -> None:
    addresses = [value for name in ADDRESSES for value in parsed.list(name)]
    assert len(addresses) > 100
    assert not [each for each in addresses if re.match(r"(?!data:)[a-z]+:|//", each, re.IGNORECASE)]
    assert not re.search(
        r"url\((?!#)|@import",
        "".join(parsed.list("style") + re.findall(r"<style>.*?</style>", page, re.DOTALL)),
    )
    assert not [attributes for tag, attributes in parsed.elements if tag == "script" and "src" in attributes]
    assert "default-src 'none'" in page


def test_the_first_link_leads_to_the_findings_and_nothing_is_said_to_be_proved(page: str) -> None:
    assert '<a class="skip" href="#findings">Skip to the findings</a>' in page
    assert "checked for equal results" in page
    assert "proved" not in re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)


def test_it_is_small_enough_to_be_sent(page: str) -> None:
    assert len(page.encode()) < 5 * 1000 * 1000


def test_every_study_chart_and_finding_is_there(page: str, parsed: Parsed) -> None:
    labels = parsed.list("aria-label")
    for view in open_views():
        assert f'id="study-{view.name}"' in page
        for chart in view.study.charts.values():
            assert re.sub(r"[*`]", "", spell_title(view, chart.finding)) in labels
        for name in list_listed(view):
            told = tell(view, name)
            assert told is None or re.sub(r"[*`]", "", " ".join(told.text.split())) in parsed.text


def test_every_mark_and_every_word_of_a_verdict_is_explained(page: str) -> None:
    found = re.search(r'<details class="glossary" open>(.*?)</details>', page, re.DOTALL)
    assert found
    for name in (*RULES, DISTURBED_RULE):
        assert f"<b>{name.replace('_', ' ')}</b>: " in found[1]
    for word in (
        FASTER,
        SLOWER,
        HIGHER,
        LOWER,
        SAME,
        UNDECIDED,
        TOO_FEW,
        f"1/{NEAR}",
        f"Below {FEWEST} rounds",
    ):
        assert word in found[1], word
    assert f"above {WIDE:.0%}".replace("%", " %") in found[1]


def test_charts_are_drawn_once_in_the_colours_of_both_themes(page: str, parsed: Parsed) -> None:
    drawn = sum(tag == "svg" and "role" in attributes for tag, attributes in parsed.elements)
    assert drawn == sum(len(view.study.charts) for view in open_views())
    assert "img" not in {tag for tag, _ in parsed.elements}
    inks = set(re.findall(r"var\((--ink-\d+)\)", page))
    assert inks
    for ink in inks:
        assert len(re.findall(rf"{ink}:#[0-9a-f]{{6}}", page)) == 3, (
            "light, dark as chosen, dark as the system is"
        )
    assert not re.search(r'style="[^"]*#[0-9a-fA-F]{6}', page)


def test_no_id_is_there_twice_and_every_link_leads_somewhere(parsed: Parsed) -> None:
    ids = Counter(parsed.list("id"))
    assert {name for name, count in ids.items() if count > 1} == set()
    links = [each for each in parsed.list("href") if each.startswith("#") and not each.startswith("#read=")]
    assert {each[1:] for each in links} <= ids.keys()
    for each in parsed.list("for"):
        assert each in ids
    files = [
        each
        for tag, attributes in parsed.elements
        if tag == "a" and not (each := attributes["href"]).startswith("#")
    ]
    assert len(files) > 50
    for each in files:
        assert (REFERENCE / unquote(each)).is_file(), each


def test_every_clip_and_glyph_that_is_used_is_there(page: str, parsed: Parsed) -> None:
    assert set(re.findall(r"url\(#([^)]+)\)", page)) <= set(parsed.list("id"))


def test_headings_do_not_skip_a_level(parsed: Parsed) -> None:
    levels = [int(tag[1]) for tag, _ in parsed.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below <= above + 1 for above, below in pairwise(levels))


def test_every_table_has_a_name_headings_and_a_place_to_scroll(page: str) -> None:
    tables = re.findall(r"<table.*?</table>", page, re.DOTALL)
    assert len(tables) > 30
    regions = re.findall(r'<div class="scroll" role="region" tabindex="0" aria-label="([^"]+)"><table', page)
    assert len(regions) == len(tables)
    assert all(regions)
    headings = re.findall(r"<th\b[^>]*>", "".join(tables))
    assert all("scope=" in each for each in headings)


def test_what_became_of_every_case_is_counted(page: str) -> None:
    for view in open_views():
        status = view.summary["status"]
        counts = [(status == "ok").sum(), 0, (status == "skipped").sum(), len(view.marks)]
        cells = "".join(f"<td>{count}</td>" for count in counts)
        assert f"{html.escape(view.study.short)}</a></th>{cells}".replace("&#x27;", "&#39;") in page


def test_the_benchmarks_of_the_harness_are_there(parsed: Parsed) -> None:
    assert "Does it tell a difference from noise?" in parsed.text
    assert "0 of 120 [0.0%, 3.0%]" in parsed.text
    assert "In how many rounds a difference of 5 % is found" in parsed.text
    assert "calibration.parallel_speed.2.threads" in parsed.text


# Sources.


def test_every_implementation_is_there_line_by_line(page: str) -> None:
    sources = read_sources(page)["sources"]
    declarations = open_views()[0].declarations
    files = {
        path.relative_to(ROOT).as_posix()
        for workload in declarations.workloads
        for language in declarations.languages.values()
        for path in list_sources(ROOT / language.folder / workload)
    }
    assert len(files) > 50
    assert {str(each["path"]) for each in sources.values()} == files
    for each in sources.values():
        lines = [line for part in each["parts"] for line in part["lines"]]
        text = "\n".join(" " * indent + html.unescape(re.sub(r"<[^>]*>", "", line)) for indent, line in lines)
        code = LINTER.sub("# ", read_source(each["path"]).expandtabs(4).rstrip())
        assert text == re.sub(r"^ +$", "", code, flags=re.MULTILINE), each["path"]
        begins = [part["begin"] for part in each["parts"]]
        assert begins == sorted(begins)


def test_models_have_the_same_steps_in_every_language(page: str) -> None:
    """They are three or four, mostly those of primes; what differs is the workload's."""
    known: dict[str, list[str]] = {}
    for name, source in read_sources(page)["sources"].items():
        if source["model"]:
            steps = [part["name"] for part in source["parts"]]
            assert set(steps) == set(known.setdefault(name.split("/")[0], steps)), name
    assert {len(steps) for steps in known.values()} <= {4, 5}
    assert known["primes"] == ["", "Cut the work into units.", "Do every unit.", "Add up."]


def test_figures_are_those_of_the_summary(page: str) -> None:
    (work,) = (each for each in read_sources(page)["workloads"] if each["name"] == "primes")
    usual = next(each for each in work["settings"] if each["name"] == work["setting"])
    view = open_views()[0]
    rows = view.select('workload == "primes"')
    found = usual["figures"]
    assert len(found) == len(rows)
    for row in rows.to_dict("records"):
        figure = found[f"primes/{row['language']}/{row['model']}"]
        assert figure["value"] == row["elapsed_ns_median"]
        compared_with = view.find_comparison(row["case"])
        assert figure["compared"].endswith(compared_with["words"] if compared_with else "")
    assert work["changed"] == any(reader.has_changed(each, "primes") for each in open_views())


FUNCTIONS = {
    "py": "import x\n\nclass Answer(Tuple):\n    page: int\n\n\ndef count_primes(span: range) -> int:\n    return 1\n",
    "go": "package x\n\n// countPrimes does\n// one unit.\nfunc countPrimes(s span) int {\n\treturn 1\n}\n",
    "cpp": "namespace x {\n\n// Does one.\ntemplate <typename T>\ninline std::vector<T> count_primes(T s) {\n}\n",
}


@pytest.mark.parametrize(("language", "begin"), [("py", 6), ("go", 2), ("cpp", 2)])
def test_functions_are_found_under_one_name_with_what_is_said_of_them(language: str, begin: int) -> None:
    found = {name: line for line, name in reader.find_functions(FUNCTIONS[language]).items()}
    assert found["count_primes"] == begin


def test_a_source_opens_with_what_to_notice() -> None:
    assert reader.find_notice('"""primes, threads: each\nworker."""\n\nx = 1') == "Each worker."
    assert reader.find_notice("// fetch, pool: a fixed\n// number.\n\npackage fetch") == "A fixed number."
    assert reader.find_notice("package fetch") == ""


def test_settings_are_what_tells_cases_of_one_implementation_apart(tmp_path: Path) -> None:
    cases = [
        case("sequential", id="alone", workers=1),
        *(
            case("steady", id=f"{n} {pace}", workers=n, arguments={"limit": 10, "pace": pace})
            for n in (2, 4)
            for pace in (1, 2)
        ),
    ]
    records = [each for mine in cases for each in runs(mine.id, 10.0 * mine.workers)]
    view = make_view(tmp_path, declare(), cases, records)
    settings = list(reader.list_settings(view, "late"))
    assert [each.label for each in settings] == [
        f"workers = {n}, pace = {pace}" for n in (2, 4) for pace in (1, 2)
    ]
    assert {len(each.figures) for each in settings} == {1, 2}, "who works alone is there whatever the workers"
    assert settings[0].figures["late/fake/steady"].ran == "2 workers, fake-1"
    assert list(reader.list_settings(view, "pulse")) == []


def make_paced(folder: Path, *paces: int, study: str = "asked", workers: int = 2) -> list[reader.Setting]:
    """The settings of a study with so many paces; the workload declares 1 as the usual one."""
    cases = [
        case(id=f"pace {pace}", workers=workers, arguments={"limit": 10, "pace": pace}) for pace in paces
    ]
    view = make_view(folder, declare(), cases, [each for mine in cases for each in runs(mine.id, 10)])
    return [replace(each, study=study) for each in reader.list_settings(view, "late")]


def test_the_setting_that_is_shown_first_is_the_one_that_the_workload_declares(tmp_path: Path) -> None:
    declared = make_paced(tmp_path / "a", 0, 1, 2)
    assert [each.usual for each in declared] == [False, True, False]
    assert reader.choose_setting(declared).label == "pace = 1"
    others = make_paced(tmp_path / "b", 3, 4, study="other")
    assert reader.choose_setting([*others, *declared]).label == "pace = 1", "of the next study that has it"
    assert reader.choose_setting(others).label == "pace = 3", "where none has it, the first"
    single = make_paced(tmp_path / "c", 3, study="single")
    assert reader.choose_setting([*single, *declared]).study == "single", "nothing tells settings apart there"


def test_the_setting_that_is_shown_first_is_on_as_many_workers_as_there_are_cores(tmp_path: Path) -> None:
    cases = [
        case(id=f"{n} {pace}", workers=n, arguments={"limit": 10, "pace": pace})
        for n in (1, 2, 4)
        for pace in (1, 2)
    ]
    view = make_view(tmp_path, declare(), cases, [each for mine in cases for each in runs(mine.id, 10)])
    assert reader.choose_setting(list(reader.list_settings(view, "late"))).label == "workers = 2, pace = 1"


def test_a_language_without_an_argument_belongs_to_every_setting_of_it() -> None:
    assert reader.covers((1, 5), (1, None))
    assert not reader.covers((1, None), (1, 5))


# Texts from outside.


def make_evil(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A page of a run in which whatever can be chosen from outside is evil."""
    monkeypatch.setitem(MACHINE, "processor", EVIL)
    monkeypatch.setitem(MACHINE, EVIL, [EVIL, {EVIL: EVIL}])
    says = [
        {
            "title": f"Gains {{one.ratio}} {EVIL}",
            "text": f"{EVIL} {{one.ratio}} ![x](http://x/y.png) <http://x>",
        }
    ]
    study = MAIN | {
        "question": EVIL,
        "short": f"Short {EVIL}",
        "reading": EVIL,
        "findings": {"gain": {"cases": {"one": {"model": "steady"}}, "says": says}},
    }
    declarations = declare(study, late={"description": EVIL, "short": EVIL})
    cases = [
        case("steady", id="one", arguments={"limit": 10, "pace": 1}),
        case("waiting", id="two", status="skipped", reason=EVIL),
        case("few", id="three", status="crashed", reason=f"{EVIL}</script><!--"),
    ]
    view = make_view(folder, declarations, cases, runs("one", 10))
    (folder / "benchmarks").mkdir()
    (folder / "benchmarks" / "load.csv").write_text(f'name,seconds\n"{EVIL.replace(chr(34), "")}",1\n')
    return write_index(Run(folder), [view])


def test_texts_from_outside_are_shown_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    evil = make_evil(tmp_path, monkeypatch)
    found = Parsed(evil)
    assert sum(tag == "script" for tag, _ in found.elements) == 3
    assert "alert(" not in "".join(found.scripts)
    assert "<script>alert" not in evil
    assert found.text.count('<script>alert("x")</script>') > 8
    assert not [each for each in found.list("href") + found.list("src") if "//" in each]
    assert "1 cases failed" in found.text
    assert "img" not in {tag for tag, _ in found.elements}


def test_data_do_not_end_the_element_that_holds_them(page: str) -> None:
    assert "<" not in json.dumps(read_sources(page)["languages"])
    found = re.search(r'id="sources">(.*?)</script>', page, re.DOTALL)
    assert found
    assert "<" not in found[1]


def test_markdown_leads_nowhere() -> None:
    text = "[a](http://x) ![b](http://x/y.png) <http://x> <b>c</b>\n\n[d]\n\n[d]: http://x\n"
    assert not re.search(r"<(a|img|b)\b", render(text))


# Runs that are smaller than they might be.


def test_a_run_in_which_nothing_was_measured_has_a_page(tmp_path: Path) -> None:
    run = write_run(tmp_path, {}, FAKES)
    assert "Nothing was measured in this run." in write_index(run, [])


def test_a_study_whose_charts_are_not_drawn_and_whose_sources_are_elsewhere(tmp_path: Path) -> None:
    view = compared(tmp_path, MAIN | {"findings": GAIN}, 100, 50)
    found = Parsed(write_index(Run(tmp_path), [view]))
    assert "Gains 2.00×: not drawn; python -m harness chart draws it." in found.text
    assert "This repository has no sources of this run’s workloads." in found.text
    assert "2 cases timed in 8 rounds each" in found.text
    assert "not measured: this run has no study" in found.text


def test_one_study_of_the_reference_is_enough() -> None:
    found = Parsed(write_index(Run(REFERENCE), open_views()[1:2]))
    assert f"study-{open_views()[1].name}" in found.list("id")
    assert f"study-{open_views()[0].name}" not in found.list("id")


# Pieces.


def test_nested_values_are_flattened() -> None:
    nested: Mapping[str, object] = {"a": {"b": [1, 2], "c": None}, "d": [{"e": True}, {"e": "x"}], "f": {}}
    assert list(flatten(nested)) == [("a.b", "1, 2"), ("a.c", "unknown"), ("d.1.e", "True"), ("d.2.e", "x")]


def test_items_are_counted() -> None:
    assert count_items("- a\n- b\n") == 2
    assert count_items("| a |\n| --- |\n| 1 |\n") == 1
    assert count_items("text") == 0


SVG = """<?xml version="1.0"?><svg xmlns:xlink="http://www.w3.org/1999/xlink" xmlns="http://www.w3.org/2000/svg"
width="75pt" height="30pt" viewBox="0 0 75 30" version="1.1"><title>t</title><g id="figure_1"><g id="x"><!-- a -->
<defs><path id="glyph" d="M 0 0
L 1.23456 -0.000001" style="stroke: {ink}"/></defs><use xlink:href="#glyph" x="1.5"/><g clip-path="url(#clip)">
<path d="M 1 2" style="fill: none; stroke: {ink}"/></g></g>{more}</g>
<defs><clipPath id="clip"><rect x="0" y="0" width="5" height="5"/></clipPath></defs></svg>"""


def draw(folder: Path, more: tuple[str, str] = ("", "")) -> tuple[Path, Path]:
    """A chart in both themes."""
    for name, ink, extra in zip(("light", "dark"), ("#ff0000", "#00ff00"), more, strict=True):
        (folder / f"main-{name}.svg").write_text(SVG.format(ink=ink, more=extra))
    return folder / "main-light.svg", folder / "main-dark.svg"


def test_a_chart_becomes_a_part_of_the_page(tmp_path: Path) -> None:
    charts = Charts()
    first = charts.embed(*draw(tmp_path), 'a "title"')
    assert first == Markup(
        '<svg role="img" aria-label="a &quot;title&quot;" viewBox="0 0 75 30" width="100" height="40">'
        '<use href="#s0" x="1.5" /><g clip-path="url(#s1)"><path d="M 1 2" style="fill: none; stroke: var(--ink-0)" />'
        "</g></svg>"
    )
    assert charts.embed(*draw(tmp_path), "b") == first.replace("a &quot;title&quot;", "b"), (
        "what is shared is shared"
    )
    assert charts.write_shared().count("<path") == 1
    assert '<path id="s0" d="M 0 0 L 1.23 -0" style="stroke: var(--ink-0)" />' in charts.write_shared()
    assert '<clipPath id="s1"><rect x="0" y="0" width="5" height="5" /></clipPath>' in charts.write_shared()
    assert charts.write_colours().count("--ink-0:#00ff00") == 2


@pytest.mark.parametrize(
    "more",
    [
        ("<g/>", ""),
        ("<path/>", '<path style="fill: #ffffff"/>'),
        ("<script>alert(1)</script>",) * 2,
        ('<path onclick="alert(1)"/>',) * 2,
        ('<use xlink:href="#nothing"/>',) * 2,
        ("<g>", ""),
    ],
)
def test_a_chart_that_is_not_as_it_should_be_stays_a_picture(tmp_path: Path, more: tuple[str, str]) -> None:
    embedded = Charts().embed(*draw(tmp_path, more), "<t>")
    assert [each["class"] for tag, each in Parsed(embedded).elements if tag == "img"] == [
        "light-only",
        "dark-only",
    ]
    assert embedded.count('alt="&lt;t&gt;"') == 2
    assert "<svg" not in embedded
