"""slides: figures come by key or fail by name, code is cut from tested sources, the committed deck is current."""

from __future__ import annotations

import asyncio
import html
import re
from pathlib import Path

import pytest
from pypdf import PdfReader

from harness.errors import HarnessError
from harness.tell import slides
from harness.tell.decide import Situation, decide_one
from harness.tell.figures import read_names
from harness.tell.slides import PRESENTATION, Builder, Deck, Slide, read_deck, write_deck
from harness.tell.view import View
from presentation.snippets import awaits
from tests.reference import REFERENCE, open_views, reads_reference
from tests.views import compared

pytestmark = reads_reference
DECK = read_deck(PRESENTATION)
SOURCES = "".join(path.read_text(encoding="utf-8") for path in sorted(PRESENTATION.glob("0*.md")))
FIGURES = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)

FACTS = {
    "64 MiB": "a size of transfer",
    "5 ms": "the switch interval",
    "50 µs": "the shorter one that convoy sets",
    "50 ms": "a job of blocked-loop",
    "1 ms": "a chunk of blocked-loop",
    "10 ms": "for which Go lets a goroutine run",
    "0.2 ms": "the gap that timeline looks for",
    "1 s": "the wait of fanout",
    "40 %": "HOWTO of 3.13: what one thread pays",
    "10 %": "What's New in 3.14: the same",
    "5 %": "what counts as a difference",
    "100 ms": "how long a worker of timeline computes",
    "99 %": "what p99 is",
    "0 %": "what a demonstration may show",
    "95 %": "the level of intervals",
    "256 B": "a size of release",
    "2,047 B": "from which on hashlib lets go of the GIL",
    "2,048 B": "a size of release",
    "4 KiB": "a file of files",
    "16 KiB": "a size of release",
    "1 MiB": "a size of release",
    "1 KiB": "a size of release",
}
"""Quantities that slides may say without a run: what is declared, or known from a source."""


@pytest.fixture(scope="module")
def views() -> list[View]:
    return list(open_views())


@pytest.fixture(scope="module")
def deck(views: list[View]) -> Deck:
    return write_deck(views, views[0].declarations)


def strip(text: str) -> str:
    """Leave of a text what can be compared: no markup, no spaces."""
    return re.sub(r"\s+", "", html.unescape(re.sub(r"<[^>]+>", "", text)))


def list_titles(page: str) -> list[str]:
    return [strip(each) for each in re.findall(r"<h2>(.*?)</h2>", page, re.DOTALL)]


# The deck.


def test_there_is_a_talk_of_every_length_and_each_slide_says_something() -> None:
    lengths = [sum(each.minutes <= minutes for each in DECK) for minutes in slides.MINUTES]
    assert 28 <= lengths[2] <= 36
    assert lengths == sorted(set(lengths))
    said = (PRESENTATION / "README.md").read_text(encoding="utf-8")
    assert [int(each) for each in re.findall(r"minutes \| (?:all )?(\d+)", said)] == lengths
    for each in DECK:
        assert len(each.text.partition("\nNotes:")[2].split()) >= 5, each.name


def test_the_committed_deck_is_what_the_committed_results_give(deck: Deck) -> None:
    assert (REFERENCE / "slides.html").read_text(encoding="utf-8") == deck.slides, "run 'make pages'"


def test_the_committed_pdf_has_a_page_a_slide_with_its_title(deck: Deck) -> None:
    titles = list_titles(deck.slides)
    for name in ("slides.pdf", "notes.pdf"):
        printed = [strip(page.extract_text()) for page in PdfReader(REFERENCE / name).pages]
        assert len(printed) == len(titles)
        for text, title in zip(printed, titles, strict=True):
            assert title in text, f"{name}: run 'make pages'"


def test_a_shorter_talk_has_fewer_slides(views: list[View], deck: Deck) -> None:
    short = list_titles(write_deck(views, views[0].declarations, 10).slides)
    whole = list_titles(deck.slides)
    assert [each for each in whole if each in short] == short
    assert len(short) == sum(each.minutes == 10 for each in DECK)


def test_the_page_needs_no_other_file(deck: Deck) -> None:
    for page in (deck.slides, deck.notes):
        assert not re.search(r'(?:src|href)="(?!data:|#)', page.split("<script>")[0])
        assert len(page.encode()) < 5_000_000


def test_no_measured_figure_is_typed() -> None:
    said = FIGURES.sub("", SOURCES)
    typed = re.findall(r"\d[\d.,]*(?: ?×(?!\w)| (?:ns|µs|ms|s|%|B|KiB|MiB|GiB)(?!\w))", said)
    assert {each for each in typed if each not in FACTS} - {"2 ×"} == set()


def test_every_named_case_is_on_a_slide() -> None:
    for study, cases in read_names(PRESENTATION / "cases.toml").items():
        for name in cases:
            asked = rf'\b{study.replace("-", "_")}\.(?:{name}\b|(?:has|maybe|case)\("{name}"\))'
            assert re.search(asked, SOURCES), f"{study}.{name}"


def test_the_sources_of_every_snippet_are_there() -> None:
    assert len(re.findall(r"\b(?:code|difference)\(", SOURCES)) >= 8  # building the deck has cut each of them


# What goes wrong is said by name.


def build(views: list[View], text: str, *, optional: bool = False) -> slides.Built:
    made = Builder(views)
    built = made.build(Slide("mine", 10, optional, f"# Title\n\n{text}\n\nNotes:\nSay it."))
    assert built
    return built


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ("{{ overview.threads.nothing_ns }}", "overview.threads.nothing_ns"),
        ("{{ overview.nobody.ratio }}", "overview.nobody"),
        ('{{ overview.finding("nothing") }}', "overview/nothing"),
        ("{{ nowhere.any.ratio }}", "nowhere"),
        ('{{ code("python/primes/threads.py", "no such line") }}', "no such line"),
        ('{{ code("python/primes/threads.py", "import") }}', "got 3"),
        ('{{ code("python/primes/nothing.py", "def") }}', "nothing.py"),
        ('{{ code("python/primes/threads.py", step="Rest.") }}', "Rest."),
        ('{{ chart(overview, "nothing") }}', "nothing"),
        ('{{ drawing("nothing") }}', "nothing.svg"),
        ('{{ replay(overview.threads, value="elapsed_ns", caption="") }}', "overview.threads"),
        ("{{ 1 + }}", "mine"),
    ],
)
def test_what_is_missing_fails_with_its_name(views: list[View], asked: str, named: str) -> None:
    with pytest.raises(HarnessError) as caught:
        build(views, asked)
    assert str(caught.value).startswith("slide mine: ")
    assert named in str(caught.value)


def test_an_optional_slide_stands_without_its_figures(views: list[View]) -> None:
    built = build(views, "{{ overview.threads.nothing_ns }}", optional=True)
    assert "Not measured on this machine" in built.columns[0]
    assert "overview.threads.nothing_ns" in built.columns[0]


def test_slides_of_studies_that_were_not_measured_are_left_out_and_named(views: list[View]) -> None:
    some = [view for view in views if view.name in {"overview", "timeline", "memory"}]
    deck = write_deck(some, views[0].declarations)
    assert {"convoy", "blocked-loop", "fanout"} <= set(deck.left_out)
    assert len(list_titles(deck.slides)) == len(DECK) - len(deck.left_out)
    with pytest.raises(HarnessError, match=f"slide {DECK[0].name}"):
        write_deck([view for view in some if view.name != "timeline"], views[0].declarations)


def test_the_committed_deck_leaves_nothing_out(deck: Deck) -> None:
    assert deck.left_out == []


def test_optional_excuses_a_missing_figure_only(views: list[View]) -> None:
    with pytest.raises(HarnessError, match="no such line"):
        build(views, '{{ code("python/primes/threads.py", "no such line") }}', optional=True)


@pytest.mark.parametrize(
    "chapter",
    [
        "# No slide\n",
        "words\n<!-- slide: a; 10 minutes -->\n# A\nNotes:\nx\n",
        "<!-- slide: a; 15 minutes -->\n# A\nNotes:\nx\n",
        "<!-- slide: a; 10 minutes -->\nno title\nNotes:\nx\n",
        "<!-- slide: a; 10 minutes -->\n# A\nno notes\n",
        "<!-- slide: a; 10 minutes -->\n# A\nNotes:\nx\n<!-- slide: a; 10 minutes -->\n# A\nNotes:\nx\n",
        "",
    ],
)
def test_a_chapter_that_is_not_as_it_should_be_is_named(tmp_path: Path, chapter: str) -> None:
    (tmp_path / "01-mine.md").write_text(chapter)
    with pytest.raises(HarnessError, match=tmp_path.name):
        read_deck(tmp_path)


# Figures and bars.


def test_a_slide_says_from_which_studies_its_figures_are(views: list[View]) -> None:
    built = build(views, "{{ overview.threads.ratio }} and {{ memory.threads.bytes_per_task }}")
    assert re.fullmatch(r"memory: .* rounds?.*; overview: .* rounds?.*", built.measured)
    assert not build(views, "words").measured


def test_columns_sources_and_notes_are_told_apart(views: list[View]) -> None:
    built = build(views, "one\n***\ntwo\n\nSource: a book")
    assert [strip(each) for each in built.columns] == ["one", "two"]
    assert built.sources == "Source: a book"
    assert strip(built.notes) == "Sayit."


def test_bars_begin_at_0_and_dots_say_that_they_are_logarithmic(views: list[View]) -> None:
    cases = "overview.python, overview.cpp, overview.maybe('cpp')"
    linear = build(views, f"{{{{ bars('elapsed_ns', {cases}) }}}}").columns[0]
    parts = [float(each) for each in re.findall(r"--part:([\d.]+)", linear)]
    overview = next(view for view in views if view.name == "overview")
    ratio = [
        overview.select(f'workload == "primes" and language == "{name}" and model == "sequential"')[
            "elapsed_ns_median"
        ].iloc[0]
        for name in ("python", "cpp")
    ]
    assert parts == pytest.approx([1, ratio[1] / ratio[0], ratio[1] / ratio[0]], abs=1e-4)
    assert "logarithmic" not in linear
    assert "logarithmic" in build(views, f"{{{{ bars('elapsed_ns', {cases}, log=True) }}}}").columns[0]


def test_text_from_a_run_is_no_markup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    view = compared(tmp_path, {}, 100, 50)
    monkeypatch.setattr(View, "machine", "<script>alert(1)</script>")
    monkeypatch.setattr(slides, "read_names", lambda _: {"asked": {"one": {"model": "steady"}}})
    monkeypatch.setattr(View, "label", lambda *_: "<b>evil</b>")
    built = Builder([view]).build(
        Slide(
            "mine",
            10,
            False,
            "# {{ machine }}\n\n{{ machine }}\n\n{{ bars('ratio', asked.one) }}\n\nNotes:\nx",
        )
    )
    assert built
    assert "<script>" not in built.title + built.columns[0]
    assert "<b>evil" not in built.columns[0]


def test_of_many_doubtful_figures_the_foot_says_how_many(views: list[View]) -> None:
    builder = Builder(views)
    few = {f"late, Fake {number}": "spread" for number in range(3)}
    builder._used.doubts.update(few)
    assert builder._name_doubts() == "late, Fake 0 (spread); late, Fake 1 (spread); late, Fake 2 (spread)"
    builder._used.doubts["early, Fake"] = "drift"
    assert builder._name_doubts() == "late (3), early (1): which, and why: in the report"


# What to choose.


@pytest.mark.parametrize(
    ("other", "verdict"), [(100.0, "better than the 2 others"), (50.1, "undecided: no clear")]
)
def test_the_best_is_undecided_where_another_may_be_as_good(
    tmp_path: Path, other: float, verdict: str
) -> None:
    view = compared(tmp_path, {}, 100, 50, other)
    (decision,) = decide_one(view, Situation(work="computes", units="few", study="asked", where="true"))
    assert decision.model.startswith(view.declarations.languages["fake"].models["steady"])
    assert decision.verdict.startswith(verdict)


def test_what_the_best_is_compared_with_is_told_from_it_by_their_ratio(tmp_path: Path) -> None:
    """Times spread from round to round, ratios of runs side by side do not."""
    view = compared(tmp_path, {}, 100, 50, 50.1)
    view.summary[["elapsed_ns_low", "elapsed_ns_high"]] = [1.0, 1e12]
    (decision,) = decide_one(view, Situation(work="computes", units="few", study="asked", where="true"))
    models = view.declarations.languages["fake"].models
    assert decision.names == f"{models['steady']} or {models['waiting']}"


def test_higher_may_be_better(tmp_path: Path) -> None:
    view = compared(tmp_path, {}, 100, 50, 100)
    asked = Situation(
        work="w", units="u", study="asked", where="true", quantity="elapsed_ns", better="higher"
    )
    (decision,) = decide_one(view, asked)
    assert decision.model.split(" × ")[0] != view.declarations.languages["fake"].models["steady"]


# The snippets of slides that are in no workload.


def test_two_awaits_in_a_row_do_not_overlap_and_gather_does() -> None:
    seen: list[str] = []

    async def fetch(path: str) -> str:
        seen.append(f"begin {path}")
        await asyncio.sleep(0)
        seen.append(f"end {path}")
        return path

    assert asyncio.run(awaits.in_a_row(fetch)) == ["/1", "/2"]
    assert seen == ["begin /1", "end /1", "begin /2", "end /2"]
    seen.clear()
    assert asyncio.run(awaits.at_once(fetch)) == ["/1", "/2"]
    assert seen == ["begin /1", "begin /2", "end /1", "end /2"]


def test_a_deadline_ends_a_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fetch(path: str) -> str:
        await asyncio.Event().wait()
        return path

    wait_for = asyncio.wait_for
    monkeypatch.setattr(asyncio, "wait_for", lambda wait, timeout: wait_for(wait, timeout / 1000))
    with pytest.raises(asyncio.TimeoutError):
        asyncio.run(awaits.with_a_deadline(fetch))
