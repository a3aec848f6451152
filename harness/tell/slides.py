"""Slides: the deck, from the Markdown of `presentation/` and a run's figures; one file that needs no other.

A slide begins with a line `<!-- slide: NAME; MINUTES minutes -->`: its name is its address, MINUTES says how long the
shortest talk is that shows it. `; optional` lets it stand without figures that the run does not have. Then come its
title (`# …`), its columns, divided by `***`, where a fact is from (`Source: …`), and after `Notes:` what is said.
"""

from __future__ import annotations

import html
import importlib.util
import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
from markdown_it import MarkdownIt

from harness.errors import HarnessError
from harness.estimates import TOO_FEW, UNDECIDED
from harness.paths import HARNESS, ROOT, show
from harness.plan.declarations import Declarations
from harness.tell import shapes, sources
from harness.tell.decide import list_asked, show_matrix
from harness.tell.figures import (
    MissingFigureError,
    MissingStudyError,
    StudyFigures,
    Used,
    list_figures,
    read_names,
)
from harness.tell.theme import write_theme
from harness.tell.view import View

PRESENTATION = ROOT / "presentation"
PAGES = HARNESS / "tell" / "pages"
MINUTES = (10, 20, 40, 60)
BEGIN = re.compile(
    r"^<!-- slide: (?P<name>[a-z0-9-]+); (?P<minutes>\d+) minutes(?P<optional>; optional)? -->\n",
    re.MULTILINE,
)
HELD = re.compile(r"(?:<p>)?\x02(\d+)\x03(?:</p>)?")
SLIDE = (1280, 720)  # pixels
MOST_DOUBTS = 3  # are named in the foot of a slide, of more how many there are
MOST_STUDIES = 3  # of which the foot of a slide has room for the rounds
TIGHT = 700.0  # pixels of a chart that is shown some 1,180 wide
MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


class Slide(NamedTuple):
    """The source of one slide."""

    name: str
    minutes: int
    """The shortest talk that shows it."""
    optional: bool
    text: str


def read_deck(folder: Path) -> list[Slide]:
    """Read all chapters of a deck; raises HarnessError where a slide is not as it should be."""
    slides = []
    for path in sorted(folder.glob("[0-9]*.md")):
        before, *parts = BEGIN.split(path.read_text(encoding="utf-8"))
        if not parts or before.strip():
            raise HarnessError(
                f"{show(path)}: expected '<!-- slide: NAME; 10 minutes -->' before anything else"
            )
        for name, minutes, optional, text in zip(*(iter(parts),) * 4, strict=True):
            if int(minutes) not in MINUTES or not text.startswith("# ") or "\nNotes:" not in text:
                raise HarnessError(
                    f"{show(path)}: slide {name}: expected one of {MINUTES} minutes, a title '# …' and 'Notes:'"
                )
            slides.append(Slide(name, int(minutes), bool(optional), text))
    names = [each.name for each in slides]
    if not names or len(set(names)) < len(names):
        raise HarnessError(f"{show(folder)}: expected slides, each with a name of its own, got {len(names)}")
    return slides


class Deck(NamedTuple):
    """A deck that was made from a run."""

    slides: str
    """The page to show, and to print."""
    notes: str
    """The page to print with what is said."""
    left_out: list[str]
    """The slides whose study the run has not."""


def write_deck(views: Sequence[View], declarations: Declarations, minutes: int = MINUTES[-1]) -> Deck:
    """Write the deck; slides whose study the run has not measured, or only quickly, are left out.

    Raises HarnessError with the slide's name where a figure or a snippet is not to be had.
    """
    builder = Builder(views)
    wanted = [each for each in read_deck(PRESENTATION) if each.minutes <= minutes]
    built = [builder.build(each) for each in wanted]
    slides = [each for each in built if each is not None]
    left_out = [each.name for each, made in zip(wanted, built, strict=True) if made is None]
    if wanted[0].name in left_out:
        raise HarnessError(
            f"slide {wanted[0].name}: expected its study, without which there is no deck: measure it"
        )
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([PRESENTATION, PAGES]),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - what is given is HTML
    )
    given = {
        "theme": write_theme(declarations),
        "slides": slides,
        "reveal": read_assets("sphinx_revealjs", "_static/revealjs"),
        "read": lambda name: (PRESENTATION / name).read_text(encoding="utf-8"),
        "base": (PAGES / "base.css").read_text(encoding="utf-8"),
        "minutes": minutes,
    }
    try:
        shown, said = (environment.get_template(name).render(given) for name in ("slides.html", "notes.html"))
    except jinja2.TemplateError as error:
        raise HarnessError(f"{show(PRESENTATION)}: {error}") from None
    return Deck(shown, said, left_out)


def read_assets(package: str, folder: str) -> Callable[[str], str]:
    """Return what reads the files of a package; raises HarnessError where it is not installed."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise HarnessError(f"expected the package {package}, got none: run 'make setup'")
    place = Path(spec.submodule_search_locations[0], folder)
    return lambda name: (place / name).read_text(encoding="utf-8").replace("</script", "<\\/script")


class Built(NamedTuple):
    """A slide as HTML."""

    name: str
    minutes: int
    title: str
    columns: list[str]
    sources: str
    """Where its facts are from."""
    measured: str
    """Which studies its figures are from."""
    doubts: str
    """Which of its figures are doubtful, and why."""
    notes: str


class Builder:
    """What turns the source of a slide into HTML."""

    def __init__(self, views: Sequence[View]) -> None:
        self._views = {view.name: view for view in views}
        self._quick = any(view.plan.quick for view in views)
        self._held: list[str] = []
        self._used = Used()
        self._environment = jinja2.Environment(undefined=jinja2.StrictUndefined)  # noqa: S701 - it writes Markdown
        self._environment.filters |= {
            "times": shapes.spell_times,
            "percent": shapes.spell_percent,
            "time": shapes.spell_ns,
            "size": shapes.spell_size,
        }
        self._environment.globals |= {
            **list_figures(views, read_names(PRESENTATION / "cases.toml"), self._used),
            "cores": views[0].plan.cores if views else 0,
            "machine": views[0].machine if views else "",
            "bars": self.hold(shapes.show_bars),
            "chart": self.hold(self._show_chart),
            "code": self.hold(sources.show_code),
            "difference": self.hold(sources.show_difference),
            "drawing": self.hold(shapes.read_drawing),
            "replay": self.hold(shapes.show_replay),
            "decisions": self.hold(self._show_decisions),
            "verdicts": count_verdicts(views),
            "float": float,
            "versions": views[0].versions if views else "",
            "native": views[0].calibration.limit(views[0].plan.cores) if views else 1.0,
        }

    def hold(self, make: Callable[..., str]) -> Callable[..., str]:
        """Let a template put HTML into Markdown that neither of them shall change."""

        def held(*arguments: Any, **named: Any) -> str:  # noqa: ANN401 - whatever the template gives
            self._held.append(make(*arguments, **named))
            return f"\x02{len(self._held) - 1}\x03"

        return held

    def build(self, slide: Slide) -> Built | None:
        """Build one slide; None where its study was not measured. Raises HarnessError with its name."""
        self._used.clear()
        try:
            text = self._environment.from_string(slide.text).render()
        except MissingFigureError as error:
            if slide.optional:
                text = leave_out(slide, error.key)
            elif self._quick or isinstance(error, MissingStudyError):
                return None
            else:
                remedy = "measure it, or declare the slide optional"
                raise HarnessError(f"slide {slide.name}: {error}: {remedy}") from None
        except (HarnessError, jinja2.TemplateError) as error:
            raise HarnessError(f"slide {slide.name}: {error}") from None
        body, _, notes = text.partition("\nNotes:")
        lines = body.strip().split("\n")
        facts = [line for line in lines if line.startswith("Source:")]
        rest = "\n".join(line for line in lines[1:] if line not in facts)
        return Built(
            slide.name,
            slide.minutes,
            MARKDOWN.renderInline(lines[0].removeprefix("# ")),
            [self._finish(part) for part in re.split(r"^\*\*\*$", rest, flags=re.MULTILINE)],
            " ".join(MARKDOWN.renderInline(each) for each in facts),
            self._name_studies(),
            self._name_doubts(),
            self._finish(notes),
        )

    def _finish(self, text: str) -> str:
        """Turn Markdown into HTML, and put in what was held."""
        return HELD.sub(lambda found: self._held[int(found[1])], MARKDOWN.render(text.strip()))

    def _name_studies(self) -> str:
        """Say where the figures of the slide are from."""
        used = sorted(self._used.studies.items())
        if len(used) > MOST_STUDIES:
            return f"{', '.join(name for name, _ in used)} (rounds of each: in the report)"
        return "; ".join(f"{name}: {view.rounds}" for name, view in used)

    def _name_doubts(self) -> str:
        """Say which figures of the slide are doubtful, and why; of many, how many of each workload."""
        doubts = self._used.doubts
        if len(doubts) > MOST_DOUBTS:
            counts = Counter(name.partition(",")[0] for name in doubts)
            told = ", ".join(f"{name} ({count})" for name, count in counts.items())
            return f"{html.escape(told)}: which, and why: in the report"
        return "; ".join(f"{html.escape(name)} ({marks})" for name, marks in doubts.items())

    def _show_decisions(self) -> str:
        """Show what to choose, in short."""
        self._used.studies |= {name: view for name, view in self._views.items() if name in list_asked()}
        return show_matrix(list(self._views.values()))

    def _show_chart(self, study: StudyFigures, name: str, where: str = "", *, together: bool = False) -> str:
        """Draw a chart of a study, tighter than on a page, without the words that the slide says itself."""
        from harness.tell.pictures import draw_tight  # noqa: PLC0415 (matplotlib takes a second)

        pictures = draw_tight(study.view, name, where, TIGHT, together=together)
        alt = html.escape(re.sub(r"[*`]", "", study.title_of(name)))
        pictures_of = "".join(
            f'<img class="{theme}-only" alt="{alt}" src="{picture}">' for theme, picture in pictures.items()
        )
        return f'<div class="chart">{pictures_of}</div>'


def leave_out(slide: Slide, key: str) -> str:
    """Write what stands for a slide whose figures the run does not have."""
    title = slide.text.split("\n", 1)[0]
    if "{" in title:
        title = f"# {slide.name.replace('-', ' ').capitalize()}"
    return (
        f"{title}\n\n**Not measured on this machine:** this run has no figures of `{key}`.\n\n"
        "`python -m harness plan` says what this machine lacks for it.\nNotes:\nSkip this slide."
    )


class Verdicts(NamedTuple):
    """How the comparisons of a run ended for which a difference of 5 % counts."""

    all: int
    undecided: int
    few: int


def count_verdicts(views: Sequence[View]) -> Verdicts:
    """Count how comparisons ended; those of shares and latencies have no limit of ±5 %."""
    words = [
        word
        for view in views
        for word in view.comparisons.loc[
            (view.comparisons["session"] == 0) & (view.comparisons["quantity"] == "elapsed_ns"), "verdict"
        ]
    ]
    return Verdicts(len(words), words.count(UNDECIDED), words.count(TOO_FEW))
