"""The committed deck in a browser: every slide fits, is readable, and does what its keys say."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from harness.paths import ROOT
from harness.tell.slides import PRESENTATION, read_deck
from tests.browser import open_browser, open_page

DECK = min((ROOT / "results" / "reference").glob("*/slides.html"))
NAMES = [each.name for each in read_deck(PRESENTATION)]
SIZES = {"16:9": (1280, 720), "4:3": (1024, 768)}
SMALLEST = 17.9  # pixels of a slide that is 1280 wide

FAULTS = (ROOT / "tests" / "faults.js").read_text(encoding="utf-8").partition("\n")[2]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as found:
        yield found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with open_page(browser, DECK) as opened:
        opened.set_viewport_size({"width": 1280, "height": 720})
        opened.wait_for_function("Reveal.isReady()")
        yield opened


def shown(page: Page) -> str:
    name = page.evaluate("Reveal.getCurrentSlide().id")
    assert isinstance(name, str)
    return name


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_slide_fits_and_can_be_read(page: Page, size: str, theme: str) -> None:
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    faults = {}
    for number, name in enumerate(NAMES):
        page.evaluate("number => Reveal.slide(number)", number)
        assert shown(page) == name
        if found := page.evaluate(FAULTS, [SMALLEST]):
            faults[name] = found
    assert not faults, json.dumps(faults, indent=1, ensure_ascii=False)


def test_the_check_sees_what_overflows_overlaps_and_is_too_small(page: Page) -> None:
    page.evaluate("Reveal.slide(1)")
    assert page.evaluate(FAULTS, [SMALLEST]) == []
    page.add_style_tag(content="h2 { margin-bottom: -60px !important }")
    assert "overlap" in " ".join(page.evaluate(FAULTS, [SMALLEST]))
    page.add_style_tag(content=".code pre { font-size: 12px !important }")
    assert "px high" in " ".join(page.evaluate(FAULTS, [SMALLEST]))
    page.add_style_tag(content=".code { width: 1500px } .code pre { font-size: 19px !important }")
    assert "leaves the slide" in " ".join(page.evaluate(FAULTS, [SMALLEST]))


def test_keys_turn_slides_and_show_the_overview(page: Page) -> None:
    page.keyboard.press("ArrowRight")
    assert shown(page) == NAMES[1]
    page.keyboard.press("End")
    assert shown(page) == NAMES[-1]
    page.keyboard.press("o")
    assert page.evaluate("Reveal.isOverview()")


def test_a_slide_has_an_address(browser: Browser) -> None:
    with open_page(browser, DECK, "#/convoy") as page:
        page.wait_for_function("Reveal.isReady()")
        assert shown(page) == "convoy"
        page.reload()
        page.wait_for_function("Reveal.isReady()")
        assert shown(page) == "convoy"


def test_the_speaker_window_has_the_notes(page: Page) -> None:
    page.evaluate("location.hash = '#/gil'")
    page.wait_for_function("Reveal.getCurrentSlide().id === 'gil'")
    with page.expect_popup() as opened:
        page.keyboard.press("s")
    notes = opened.value.locator(".speaker-controls-notes .value")
    notes.get_by_text("global interpreter lock").wait_for()
    assert "global interpreter lock" in notes.inner_text()


def test_the_theme_follows_the_system_and_a_key(page: Page) -> None:
    def read_page() -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    page.emulate_media(color_scheme="light")
    light = read_page()
    page.emulate_media(color_scheme="dark")
    dark = read_page()
    assert light != dark
    page.keyboard.press("d")
    assert read_page() == light


def test_the_timeline_replays(page: Page) -> None:
    page.clock.install()
    page.evaluate(f"Reveal.slide({NAMES.index('timeline')})")
    slide = page.locator("#timeline")
    button = slide.locator(".replay button")
    assert button.inner_text() == "Replay"
    button.click()
    page.clock.run_for(2_500)  # 50 ms of the run
    assert button.is_disabled()
    assert slide.locator(".lane.off").count() > 0
    assert "inset" in slide.locator(".lane span").first.evaluate("element => element.style.clipPath")
    page.clock.run_for(20_000)
    assert button.is_enabled()
    assert slide.locator(".lane.off").count() == 0
    assert slide.locator(".lane span").first.evaluate("element => element.style.clipPath") == ""


def test_who_wants_less_motion_gets_a_still_picture(browser: Browser) -> None:
    with open_page(browser, DECK) as page:
        page.emulate_media(reduced_motion="reduce")
        page.reload()
        page.wait_for_function("Reveal.isReady()")
        assert page.locator(".replay").count() > 0
        assert page.locator(".replay button").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_slides_are_accessible(page: Page, theme: str) -> None:
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    axe = Axe()
    faults = []
    for number in range(0, len(NAMES), 3):
        page.evaluate("number => Reveal.slide(number)", number)
        found = axe.run(page, options={"resultTypes": ["violations"]}).response["violations"]
        faults += [
            (NAMES[number], each["id"], [node["target"] for node in each["nodes"]][:3])
            for each in found
            if each["impact"] in {"serious", "critical"}
        ]
    assert not faults, faults
