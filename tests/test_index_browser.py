"""index, in a real browser: sorting, filters, sources side by side, addresses, themes, width, accessibility."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from harness.store.folder import RESULTS, Run
from harness.tell.index import write_index
from harness.tell.view import View
from tests.browser import open_browser, open_page

pytestmark = pytest.mark.xdist_group("browser")  # one of pytest's processes makes the page, not each

FOLDER = min(path.parent for path in (RESULTS / "reference").glob("*/run.json"))
STUDIES = ("overview", "contention")
THEMES = ("light", "dark")
TRIO = "primes/python/threads,primes/go/goroutines,primes/cpp/threads"
UNIT = "Do every unit."


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of some studies of the reference."""
    run = Run(FOLDER)
    views = [View(run.study(name), run.frozen) for name in STUDIES]
    written = tmp_path_factory.mktemp("page") / "index.html"
    written.write_text(write_index(run, views), encoding="utf-8")
    return written


@pytest.fixture
def page(browser: Browser, path: Path) -> Iterator[Page]:
    with open_page(browser, path) as opened:
        yield opened


def shown(page: Page) -> list[str]:
    """The paths of the sources that are shown."""
    return [text for text in page.locator(".head:visible .path").all_inner_texts() if text]


def captions(page: Page) -> list[str]:
    """What stands above each piece of code that can be seen."""
    return page.locator(".reader .body figcaption:visible").all_inner_texts()


# Tables.


def test_a_click_on_a_heading_sorts_by_the_value_not_by_the_letters(page: Page) -> None:
    table = page.get_by_role("region", name="fetch: the numbers of the study overview").locator("table")
    times = table.locator("tbody tr td:nth-child(3)")
    written = times.all_inner_texts()
    heading = table.get_by_role("columnheader", name="time")
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    rising = times.all_inner_texts()
    assert sorted(rising) == sorted(written)
    assert [text.endswith("ms") or "ms ±" in text for text in rising] == [True] * 8 + [False] * 3
    values = times.evaluate_all("cells => cells.map((cell) => Number(cell.dataset.value))")
    assert values == sorted(values)
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "descending")
    assert times.all_inner_texts() != rising
    heading.get_by_role("button").click()
    assert heading.get_attribute("aria-sort") is None
    assert times.all_inner_texts() == written, "a third click brings back the order as written"


def test_a_heading_is_pressed_with_the_keyboard_and_only_one_column_is_sorted(page: Page) -> None:
    table = page.get_by_role("region", name="primes: the numbers of the study overview").locator("table")
    for name in ("time", "implementation"):
        table.get_by_role("columnheader", name=name).get_by_role("button").focus()
        page.keyboard.press("Enter")
    expect(table.locator("[aria-sort]")).to_have_count(1)
    names = table.locator("tbody th").all_inner_texts()
    assert names == sorted(names)


VALUES = {
    "1.04 s": 1.04,
    "33.8 ms ±7%": 0.0338,
    "27.1 µs": 27.1e-6,
    "0 ns": 0,
    "2.11 MiB": 2.11 * 2**20,
    "< 0.5 MiB": 2**19,
    "1,234": 1234,
    "30.6× [28.1×, 32.0×]": 30.6,
    "0.99× … 1.001×": 0.99,
    "83.5 million": 83.5e6,
    "7.79 billion": 7.79e9,
    "162 µs [96.3 µs, 2.38 ms]": 162e-6,
    "27 %": 0.27,
    "31.1%": 0.311,
    "42 of 48 [74.8%, 95.3%]": 42,
    "3.13t": None,
    "faster": None,
}


def test_the_value_of_a_cell(page: Page) -> None:
    found = dict(zip(VALUES, page.evaluate("(texts) => texts.map(valueOf)", list(VALUES)), strict=True))
    assert found == {text: value if value is None else pytest.approx(value) for text, value in VALUES.items()}


# What to choose.


def test_languages_are_filtered_and_every_situation_keeps_its_name(page: Page) -> None:
    shown = page.get_by_role("group", name="Show languages")
    python, go = (shown.get_by_role("button", name=name, exact=True) for name in ("Python", "Go"))
    first = page.locator(".decisions tbody tr").first
    expect(first).to_contain_text("waits")
    python.click()
    expect(python).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".decisions tr[data-language=python]:visible")).to_have_count(0)
    leading = page.locator(".decisions tr.lead")
    expect(leading).to_have_count(page.locator(".decisions tr.first[data-language=python]").count())
    box = leading.first.locator(".again").first.bounding_box()
    assert box
    assert box["width"] > 20, "the name of the situation is seen"
    go.click()
    last = shown.get_by_role("button", name="C++", exact=True)
    last.click()
    expect(last).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".filter [aria-pressed=true]")).to_have_count(1)
    expect(page.locator(".decisions tr[data-language=cpp]:visible").first).to_be_visible()
    python.click()
    go.click()
    expect(page.locator(".decisions tr.lead")).to_have_count(0)


# Sources.


def test_what_is_shown_first_are_the_threads_of_every_language_step_by_step(page: Page) -> None:
    assert shown(page) == ["python/primes/threads.py", "go/primes/goroutines.go", "cpp/primes/threads.cpp"]
    assert captions(page) == ["Python threads", "Go goroutines", "C++ threads"] * 3
    steps = page.locator(".reader section.step h3").all_text_contents()
    assert steps == ["Cut the work into units.", UNIT, "Add up."]
    bars = page.locator(".head .fill").evaluate_all("bars => bars.map((bar) => bar.offsetWidth)")
    assert bars[0] > 5 * bars[1] > 0
    tops = page.locator("section.step .row figure").evaluate_all("all => all.map((each) => each.offsetTop)")
    assert tops[0] == tops[1] == tops[2] < tops[3], "equal steps stand side by side"
    page.get_by_text("Before: imports").click()
    assert len(captions(page)) == 12


def test_another_workload_keeps_the_models_where_it_has_them(page: Page) -> None:
    page.get_by_label("Column 1").select_option(label="Python processes")
    page.get_by_label("Column 3").select_option(label="none")
    page.get_by_label("Workload").select_option("fetch")
    assert shown(page) == ["python/fetch/processes.py", "go/fetch/goroutines.go"]
    expect(page.locator(".head").first).to_contain_text("speed-up over sequential")
    expect(page.locator(".does")).to_contain_text("get pages over HTTP")


def test_one_step_alone_and_figures_of_another_study(page: Page) -> None:
    page.get_by_label("Workload").select_option("counter")
    page.get_by_label("Steps").select_option(UNIT)
    assert len(captions(page)) == 3
    page.get_by_label("Figures from").select_option("contention:workers=2,mode=locked")
    expect(page.locator(".scale")).to_contain_text("higher is better")
    expect(page.locator(".head .figure").first).to_contain_text("on 2 workers")
    page.get_by_label("Figures from").select_option(label="What a lock costs: workers = 2, mode = atomic")
    expect(page.locator(".head .figure").first).to_contain_text("Not measured in this run")


def test_every_option_of_the_figures_names_its_study_and_files_that_are_no_models_stand_apart(
    page: Page,
) -> None:
    page.get_by_label("Workload").select_option("fetch")
    options = page.get_by_label("Figures from").locator("option").all_inner_texts()
    assert options == ["The same work in every language and model"]
    groups = page.get_by_label("Column 1").locator("optgroup")
    labels = groups.evaluate_all("groups => groups.map((each) => each.label)")
    assert labels[:2] == ["Python", "Python: kernel and other files"]
    others = groups.nth(1).locator("option").all_inner_texts()
    assert others
    assert "Python kernel" in others
    assert not set(others) & set(groups.first.locator("option").all_inner_texts())


def left(page: Page, selector: str) -> list[float]:
    """Where things that are seen begin and end from left to right."""
    script = """all => all.map((each) => each.getBoundingClientRect()).filter((box) => box.width)
    .flatMap((box) => [Math.round(box.left), Math.round(box.right)])"""
    found: list[float] = page.locator(selector).evaluate_all(script)
    return found


@pytest.mark.parametrize("empty", [("Column 3",), ("Column 2",), ("Column 2", "Column 3")])
def test_a_column_without_a_file_takes_no_place_from_the_others(page: Page, empty: tuple[str, ...]) -> None:
    for name in empty:
        page.get_by_label(name).select_option(label="none")
    heads = left(page, ".head:not(.none)")
    assert len(heads) == 2 * (3 - len(empty))
    assert left(page, ".step .row >> nth=1 >> figure") == heads
    for name in empty:
        expect(page.get_by_label(name)).to_be_visible()


def test_kernels_are_aligned_by_their_functions(browser: Browser, path: Path) -> None:
    kernels = "#read=primes/python/kernel,primes/go/kernel,primes/cpp/kernel"
    with open_page(browser, path, kernels) as page:
        steps = page.locator(".reader section.step h3").all_text_contents()
        assert steps == ["split", "is_prime", "count_primes", "total"]
        expect(page.locator(".head .figure").first).to_contain_text("Not timed alone")


def test_the_difference_of_two_models_is_what_diff_says(page: Page) -> None:
    page.get_by_label("what changes").check()
    assert shown(page) == ["python/primes/sequential.py", "python/primes/threads.py"]
    expect(page.locator("ins", has_text="with ThreadPoolExecutor(workers) as pool:")).to_have_count(1)
    expect(page.locator("del", has_text="counts = list(map(count_primes, spans))")).to_have_count(1)
    expect(page.locator(".line.same", has_text="return total(counts)")).to_have_count(1)
    page.get_by_label("Steps").select_option(UNIT)
    expect(page.locator("del")).to_have_count(1)
    expect(page.locator("ins")).to_have_count(2)
    expect(page.get_by_role("status")).to_contain_text("lines: 1 removed (−), 2 added (+), 1 unchanged")


def test_a_difference_is_of_one_language_and_what_was_chosen_stays(page: Page) -> None:
    page.get_by_label("what changes").check()
    status = page.get_by_role("status")
    expect(status).not_to_contain_text("is now")
    page.get_by_label("To", exact=True).select_option(label="C++ threads")
    assert shown(page) == ["cpp/primes/sequential.cpp", "cpp/primes/threads.cpp"]
    expect(status).to_contain_text("“From” is now C++ sequential: a difference is of one language. From C++")
    page.get_by_label("To", exact=True).select_option(label="Go sequential")
    assert shown(page) == ["go/primes/goroutines.go", "go/primes/sequential.go"], "never both"
    page.get_by_label("From", exact=True).select_option(label="Python processes")
    assert shown(page) == ["python/primes/processes.py", "python/primes/sequential.py"], "the same model"
    expect(status).to_contain_text("“To” is now Python sequential")
    page.get_by_label("To", exact=True).select_option(label="Python threads")
    expect(status).not_to_contain_text("is now")
    page.get_by_label("side by side").check()
    assert len(shown(page)) == 3


def test_what_changes_begins_with_the_first_two_columns_where_they_are_of_one_language(page: Page) -> None:
    page.get_by_label("Column 1").select_option(label="C++ std::async")
    page.get_by_label("Column 2").select_option(label="C++ threads")
    page.get_by_label("what changes").check()
    assert shown(page) == ["cpp/primes/async.cpp", "cpp/primes/threads.cpp"]


# Addresses.


def test_one_step_back_undoes_a_choice_and_leads_no_further(page: Page) -> None:
    began = shown(page)
    page.get_by_label("Column 2").select_option(label="Go goroutine pool")
    page.get_by_label("Steps").select_option(UNIT)
    page.get_by_label("Column 3").select_option(label="none")
    page.get_by_label("what changes").check()
    page.get_by_label("Workload").select_option("fetch")
    assert shown(page)[0] == "python/fetch/sequential.py"
    page.go_back()
    assert shown(page) == ["python/primes/sequential.py", "python/primes/threads.py"]
    page.go_back()
    assert shown(page) == ["python/primes/threads.py", "go/primes/pool.go"]
    page.go_back()
    assert shown(page) == [began[0], "go/primes/pool.go", began[2]]
    expect(page.get_by_label("Steps")).to_have_value(UNIT)
    page.go_back()
    assert shown(page) == began
    page.reload()
    assert shown(page) == began, "what is shown is remembered"
    page.go_forward()
    assert shown(page)[1] == "go/primes/pool.go"
    page.get_by_role("link", name="Findings", exact=True).click()
    page.get_by_label("Column 1").select_option(label="Python processes")
    page.go_back()
    assert page.evaluate("location.hash") == "#findings"
    assert shown(page)[0] == "python/primes/threads.py"


def test_an_address_leads_to_what_it_names_and_survives_a_reload(browser: Browser, path: Path) -> None:
    with open_page(browser, path, f"#read=fetch/go/pool,fetch/cpp/coroutines&step={UNIT}") as page:
        for _ in range(2):
            assert shown(page) == ["go/fetch/pool.go", "cpp/fetch/coroutines.cpp"]
            assert captions(page) == ["Go goroutine pool", "C++ coroutines"]
            expect(page.locator("#compare h2")).to_be_in_viewport()
            page.reload()
        page.evaluate("location.hash = '#diff=primes/go/sequential,primes/go/pool'")
        expect(page.locator(".head:visible .path").last).to_have_text("go/primes/pool.go")


def test_what_was_chosen_is_in_the_address_and_back_after_a_reload(page: Page) -> None:
    page.get_by_label("Column 2").select_option(label="Go goroutine pool")
    assert page.evaluate("location.hash") == f"#read={TRIO.replace('goroutines', 'pool')}"
    page.get_by_role("link", name="Findings", exact=True).click()
    assert page.evaluate("location.hash") == "#findings"
    page.reload()
    assert shown(page)[1] == "go/primes/pool.go"


def test_an_address_that_names_nothing_is_the_usual(page: Page) -> None:
    for address in (
        "#read=",
        "#read=no/such/thing",
        "#read=primes/python/none,,,,",
        "#diff=primes/python/threads",
        "#read=%zz&step=1",
    ):
        page.evaluate("(address) => { location.hash = address; }", address)
        expect(page.locator(".reader section.step figcaption").first).to_be_visible()
        assert shown(page)


def test_a_study_leads_to_its_sources_with_its_own_figures(page: Page) -> None:
    page.locator("#study-contention").get_by_text("The numbers: counter").click()
    page.locator("#study-contention").get_by_role("link", name="Read its sources").click()
    assert shown(page)[0] == "python/counter/threads.py"
    expect(page.locator(".scale")).to_contain_text("What a lock costs")
    expect(page.locator("#compare h2")).to_be_in_viewport()


# Looks.


def test_on_paper_nothing_is_folded(page: Page) -> None:
    script = "[...document.querySelectorAll('details')].map((each) => each.open)"
    before = page.evaluate(script)
    assert not all(before)
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert all(page.evaluate(script))
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(script) == before


def test_what_is_cut_off_on_a_phone_says_so_until_its_end_is_seen(browser: Browser, path: Path) -> None:
    with open_page(browser, path, width=390) as page:
        chart = page.locator(".chart .scroll").first
        hint = "getComputedStyle(document.querySelector('.chart figcaption'), '::before').content"
        expect(chart).to_have_class("scroll more")
        assert "Scroll the chart sideways" in page.evaluate(hint)
        chart.focus()
        page.keyboard.press("End")
        chart.evaluate("each => { each.scrollLeft = each.scrollWidth; }")
        expect(chart).to_have_class("scroll")
        assert page.evaluate(hint) == "none"
    with open_page(browser, path) as page:
        expect(page.locator(".chart .scroll").first).to_have_class("scroll")


def test_the_theme_is_chosen_and_remembered(page: Page) -> None:
    def look() -> list[str]:
        found: list[str] = page.evaluate(
            """() => [getComputedStyle(document.body).backgroundColor,
            getComputedStyle(document.querySelector(".chart svg [style*=ink]")).stroke]"""
        )
        return found

    light = look()
    page.get_by_label("Theme").select_option("dark")
    dark = look()
    assert dark[0] != light[0]

    def is_remembered() -> bool:
        page.reload()
        return page.get_by_label("Theme").input_value() == "dark"

    # Chromium keeps what is stored in another process: a page that is loaded at once may ask too early.
    assert any(is_remembered() for _ in range(10))
    assert look() == dark
    page.emulate_media(media="print")
    assert look()[0] == light[0], "print is light"


def test_without_a_choice_the_theme_is_that_of_the_system(page: Page) -> None:
    found = []
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        found.append(page.evaluate("getComputedStyle(document.querySelector('.head .fill')).backgroundColor"))
    assert found[0] != found[1]


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_window(browser: Browser, path: Path, width: int) -> None:
    with open_page(browser, path, width=width) as page:
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        for theme in THEMES:
            page.get_by_label("Theme").select_option(theme)
            for mode in ("side by side", "what changes"):
                page.get_by_label(mode).check()
                assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(
    ("theme", "address"),
    [("light", f"#read={TRIO}"), ("dark", "#diff=primes/python/sequential,primes/python/threads")],
)
def test_it_is_accessible(browser: Browser, path: Path, theme: str, address: str) -> None:
    with open_page(browser, path, address) as page:
        page.get_by_label("Theme").select_option(theme)
        found = Axe().run(page).response["violations"]
        grave = [each for each in found if each["impact"] in {"serious", "critical"}]
        assert not grave, [(each["id"], each["nodes"][0]["html"]) for each in grave]


def test_without_scripts_everything_else_is_there(browser: Browser, path: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.as_uri())
    expect(page.locator(".controls")).to_be_hidden()
    expect(page.locator(".filter")).to_be_hidden()
    expect(page.locator("noscript p")).to_contain_text("python/primes/threads.py")
    expect(page.locator(".chart svg").first).to_be_visible()
    context.close()
