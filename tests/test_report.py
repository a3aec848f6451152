"""report: tables, pages and blocks say what the tables of a run hold, and show texts from outside as text."""

from __future__ import annotations

import gzip
import re
from pathlib import Path, PurePosixPath

import msgspec
import pytest
from markdown_it import MarkdownIt

from harness import pipeline
from harness.errors import HarnessError
from harness.estimates import Estimate
from harness.machine.calibrate import Calibration, Speed
from harness.paths import ROOT
from harness.plan.declarations import Chart
from harness.store.folder import RESULTS, Run
from harness.tell import tables
from harness.tell.reader import list_settings
from harness.tell.report import (
    list_findings,
    make_benchmark_blocks,
    make_blocks,
    spell_calibration,
    splice,
    write_report,
)
from harness.tell.view import View
from tests.samples import case, look, record
from tests.views import MACHINE, compared, declare, make_view, runs

REFERENCES = sorted(path.parent for path in (RESULTS / "reference").glob("*/run.json"))
TIME = {"quantity": "elapsed_ns", "label": "time for the work", "kind": "time", "scale": 1e-9}
MAIN = {"charts": {"main": {"drawing": "dots", "x": TIME, "finding": "gain"}}}
GAIN = {
    "gain": {
        "cases": {"one": {"model": "steady"}},
        "says": [{"title": "Gains {one.ratio}", "text": "**One** gains\n{one.ratio} ({one.words})."}],
    }
}
EVIL = '<script>alert("x")</script> a|b $x^2$ **bold** [link](http://x) `code` \\| \\'
PAGE = MarkdownIt("commonmark", {"html": True}).enable("table")


def rows(text: str) -> list[list[str]]:
    """The cells of a table of Markdown."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


# Tables.


def test_a_table_has_a_row_a_case_with_its_ratio_interval_and_verdict(tmp_path: Path) -> None:
    head, _, *lines = rows(tables.tabulate(compared(tmp_path, MAIN | {"findings": GAIN}, 100, 50, 100)))
    assert head == ["implementation", "workers", "time", "speed-up", "verdict"]
    by_name = {line[0]: line[1:] for line in lines}
    assert by_name["Fake sequential"][0] == "1"
    assert re.fullmatch(r"(99\.9|100) ms|100\.\d ms", by_name["Fake sequential"][1].split(" ±")[0])
    assert by_name["Fake sequential"][2:] == ["1", ""]
    assert re.fullmatch(r"2\.00× \[[12]\.\d\d×, 2\.\d\d×\]", by_name["Fake steady"][2])
    assert by_name["Fake steady"][3] == "faster"
    assert by_name["Fake waiting"][3] == "same within ±5 %"


def test_the_words_of_a_table_are_those_of_comparisons(tmp_path: Path) -> None:
    view = compared(tmp_path, {}, 100, 50, 100, 150)
    words = {rows[-1] for rows in rows(tables.tabulate(view))[2:]} - {""}
    assert words == set(view.comparisons["words"]) == {"faster", "same within ±5 %", "slower"}


def test_each_label_has_columns_of_its_own_in_the_order_of_the_comparisons(tmp_path: Path) -> None:
    cases = [
        case("sequential", id="alone", workers=1),
        case(id="one"),
        case("waiting", id="two"),
        case("few", id="three"),
    ]
    records = [
        each
        for session in (1, 2)
        for mine, milliseconds in zip(cases, (100, 50, 25, 80), strict=True)
        for each in runs(mine.id, milliseconds, session=session)
    ]
    gain = "speed-up"
    pairs = [("two", "one", "over | steady"), ("one", "alone", gain), ("two", "alone", gain)]
    view = make_view(tmp_path, declare(), cases, records, pairs)
    head, _, *lines = rows(tables.tabulate(view).replace("\\|", "/"))
    groups = ["over / steady", "between sessions", "verdict", "speed-up", "between sessions", "verdict"]
    assert head == ["implementation", "workers", "time", *groups]
    ratios = {line[0]: (line[3].split(" ")[0], line[6].split(" ")[0], line[8]) for line in lines}
    assert ratios == {
        "Fake sequential": ("", "1", ""),
        "Fake steady": ("1", "2.00×", "faster"),
        "Fake waiting": ("2.01×", "4.00×", "faster"),
        "Fake few": ("", "", ""),
    }


@pytest.mark.parametrize(
    ("compare", "name"),
    [
        ([{"against": {"pace": 1}}], "ratio to pace = 1"),
        ([{"against": {"pace": 1, "limit": 10}}], "ratio to pace = 1, limit = 10"),
        ([{"against": {"pace": 1}}, {"against": {"model": "steady"}, "label": "gain"}], "ratio to pace = 1"),
        ([{"against": {"pace": 1}}, {"against": {"model": "steady"}}], "ratio"),
        ([{"against": {"model": "@baseline"}}], "ratio"),
        ([], "ratio"),
    ],
)
def test_a_comparison_without_a_label_is_called_by_what_it_is_to(
    tmp_path: Path, compare: list[dict[str, object]], name: str
) -> None:
    cases = [case(id=f"pace {pace}", arguments={"limit": 10, "pace": pace}) for pace in (1, 2)]
    records = [*runs("pace 1", 10), *runs("pace 2", 20)]
    view = make_view(tmp_path, declare({"compare": compare}), cases, records, [("pace 2", "pace 1", "")])
    head, *_ = rows(tables.tabulate(view))
    assert head[:4] == ["implementation", "pace", "time", name]
    (setting,) = (each for each in list_settings(view, "late") if each.label == "pace = 2")
    assert setting.figures["late/fake/steady"].compared.endswith(f" {name}: slower")


def test_between_sessions_the_spread_is_printed(tmp_path: Path) -> None:
    cases = [case("sequential", id="alone", workers=1), case(id="one")]
    records = [
        each
        for session, milliseconds in ((1, 50), (2, 80))
        for each in (
            *runs("alone", 100, session=session),
            *runs("one", milliseconds, order=2, session=session),
        )
    ]
    view = make_view(tmp_path, declare(), cases, records, [("one", "alone")])
    head, _, _, line = rows(tables.tabulate(view))
    assert head[-2:] == ["between sessions", "verdict"]
    assert line[-2:] == ["1.25× … 2.00×", "faster"] or line[-2].startswith("1.2")
    assert "8 rounds" not in view.rounds
    assert view.rounds == "16 rounds in 2 sessions"


def test_doubts_are_marked_in_the_table_itself(tmp_path: Path) -> None:
    records = [record("one", i, 10 + 10 * (i % 2)) for i in range(1, 9)]
    view = make_view(tmp_path, declare(), [case(id="one")], records)
    head, _, line = rows(tables.tabulate(view))
    assert head[-1] == "doubtful, note"
    assert "**" in line[-1]
    assert "spread" in line[-1]
    assert " ±" in line[1], "what is not known as well as was asked for says its width"
    assert "- spread: one: in session 1 the middle half" in tables.list_marks(view)


def test_an_interval_that_is_very_wide_is_printed_itself(tmp_path: Path) -> None:
    records = [record("one", i, 10 + 90 * (i % 2)) for i in range(1, 9)]
    view = make_view(tmp_path, declare(), [case(id="one")], records)
    _, _, line = rows(tables.tabulate(view))
    assert line[1] == "55.0 ms [10.0 ms, 100 ms]"


def test_which_work_it_was_begins_with_what_there_is_to_say(tmp_path: Path) -> None:
    names = ["fake-3.8", "fake-3.10", "fake-3.9"]
    cases = [
        case(id=f"{name} {n}", runtime=name, arguments={"limit": n, "pace": n})
        for name in names
        for n in (1, 2)
    ]
    view = make_view(tmp_path, declare(), cases, [each for mine in cases for each in runs(mine.id, 10)])
    assert tables.tabulate(view).endswith(
        "\nfake-3.8, fake-3.9, fake-3.10; Abacus, 2 cores, Linux 6.1; 8 rounds.\n"
    )
    one = view.select("limit == 1")
    assert tables.spell_work(view, "late", one).startswith(
        "limit = 1, pace = 1; fake-3.8, fake-3.9, fake-3.10; "
    )


def test_what_each_case_used_says_which_case_it_was(tmp_path: Path) -> None:
    cases = [case(id=f"pace {pace}", arguments={"limit": 10, "pace": pace}) for pace in (1, 2)]
    view = make_view(tmp_path, declare(), cases, [*runs("pace 1", 10), *runs("pace 2", 20)])
    head, _, *lines = rows(tables.tabulate_use(view))
    assert head[:2] == ["implementation", "pace"]
    assert [line[:2] for line in lines] == [["late: Fake steady", "1"], ["late: Fake steady", "2"]]


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("work_bytes", 2**19 - 1, "< 0.5 MiB"),
        ("work_bytes", -5000, "< 0.5 MiB"),
        ("work_bytes", 3 * 2**20, "3.00 MiB"),
        ("elapsed_ns", 72_100_000, "72.1 ms"),
        ("pss_per_task_bytes", 2048, "2.00 KiB"),
        ("reserved_bytes", 2048, "2.00 KiB"),
        ("throughput_per_s", 12345.6, "12,346"),
        ("throughput_per_s", 999_999, "999,999"),
        ("throughput_per_s", 83_450_000, "83.5 million"),
        ("throughput_per_s", 999_600_000, "1.00 billion"),
        ("throughput_per_s", 7_788_647_901, "7.79 billion"),
        ("elapsed_ns", float("nan"), ""),
    ],
)
def test_a_quantity_is_spelled_with_its_unit_and_memory_as_far_as_it_can_be_told(
    name: str, value: float, text: str
) -> None:
    assert tables.spell_measured(name, Estimate(value, value, value)) == text


def test_memory_below_the_resolution_is_said_so_in_the_table_of_use(tmp_path: Path) -> None:
    weighed = [
        record(
            "one", i, phase="memory", elapsed_ns=None, wall_ns=None, peak_bytes=10**6, idle_bytes=9 * 10**5
        )
        for i in (1, 2, 3)
    ]
    view = make_view(tmp_path, declare(), [case(id="one")], [*runs("one", 10), *weighed])
    head, _, line = rows(tables.tabulate_use(view))
    assert dict(zip(head, line, strict=True))["above idle"] == "< 0.5 MiB"
    assert dict(zip(head, line, strict=True))["peak memory"] == "977 KiB"


def test_what_was_not_measured_is_listed_once_a_reason(tmp_path: Path) -> None:
    skipped = [case(id=f"n{n}", workers=n, status="skipped", reason="it makes no sense") for n in (1, 2)]
    view = make_view(tmp_path, declare(), [case("waiting", id="one"), *skipped], runs("one", 10))
    assert tables.list_absent(view) == "- skipped: late: Fake steady, 1, 2 workers: it makes no sense\n"


def test_fits_and_refusals_are_listed(tmp_path: Path) -> None:
    cases = [case("sequential", id="alone", workers=1), case(id="one", workers=1), case(id="two")]
    records = [*runs("alone", 100), *runs("one", 100, order=2), *runs("two", 50, order=3)]
    view = make_view(
        tmp_path, declare({"fits": [{"law": "usl"}]}), cases, records, [("one", "alone"), ("two", "alone")]
    )
    assert tables.list_fits(view) == (
        "- no usl fit: 2 numbers of workers up to the 2 cores of this machine, a fit needs 4 (late: Fake steady)\n"
    )


def test_a_machine_that_was_not_itself_is_listed_beside_the_cases(tmp_path: Path) -> None:
    view = compared(tmp_path, {}, 100, 50)
    looks = [look(number, elapsed_ms=20 if number == 3 else 10) for number in range(1, 9)]
    view.folder.write("probes.jsonl", msgspec.json.Encoder().encode_lines(looks))
    run = Run(view.folder.path.parent)
    pipeline.write_runs(run)
    pipeline.write_summary(run)
    listed = tables.list_marks(View(view.folder, run.frozen))
    assert listed.startswith("- disturbed rounds: the machine: session 1: in 1 of 8 rounds (3) the machine")


def test_sessions_say_when_and_how_steady(tmp_path: Path) -> None:
    view = compared(tmp_path, {}, 100, 50)
    assert tables.tell_sessions(view) == "- session 1: 2026-01-01 00:00 UTC\n"
    looks = [look(number, elapsed_ms=10, steal_ns=10**7, took_ns=10**7) for number in range(1, 9)]
    view.folder.write("probes.jsonl", msgspec.json.Encoder().encode_lines(looks))
    pipeline.write_runs(Run(view.folder.path.parent))
    assert "the probe took 10.0 ms 8 times, 95 % of them below 1.00× that; the hypervisor took 80.0 ms" in (
        tables.tell_sessions(View(view.folder, Run(view.folder.path.parent).frozen))
    )


# Texts from outside are data.


@pytest.mark.parametrize(
    "text", [EVIL, "a\nb | c", "~~x~~", "\\", "|", "<!-- end -->", "&amp;", "a_b_c", "$$"]
)
def test_an_escaped_text_is_one_cell_that_reads_as_the_text_itself(text: str) -> None:
    page = PAGE.render(tables.table(["a", "b"], [[tables.escape(text), "last"]]))
    cells = re.findall(r"<td[^>]*>(.*?)</td>", page, re.DOTALL)
    assert len(cells) == 2
    assert cells[1] == "last"
    assert not re.search(r"<(?!/?t)", cells[0]), cells[0]
    plain = cells[0].replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
    assert plain == text.replace("\n", " ").strip()


def test_no_text_of_a_program_or_a_foreign_run_folder_is_markup_on_a_page(tmp_path: Path) -> None:
    names = {"a": f"fake-{EVIL}", "b": "fake-1"}
    cases = [case(id=f"{name} {EVIL}", runtime=runtime) for name, runtime in names.items()]
    failing = case("failing", id="failing")
    records = [*runs(cases[0].id, 10), *(record(cases[1].id, i, 10 + 10 * (i % 2)) for i in range(1, 9))]
    records.append(record("failing", 1, status="failed", reason=EVIL, elapsed_ns=None))
    view = make_view(
        tmp_path, declare(MAIN | {"fits": [{"law": "usl"}]} | {"findings": GAIN}), [*cases, failing], records
    )
    planned = view.plan
    environment = MACHINE | {"processor": EVIL}
    changed = [msgspec.structs.replace(each, environment=environment) for each in planned.sessions]
    view.folder.write_json("plan.json", msgspec.structs.replace(planned, sessions=changed))
    page = PAGE.render(write_report("run", [View(view.folder, Run(tmp_path).frozen)]))
    for tag in ("<script", "<strong>bold", "<a href", "<code>code"):
        assert tag not in page, tag
    assert "&lt;script&gt;" in page


def test_a_picture_says_its_title_to_those_who_cannot_see_it(tmp_path: Path) -> None:
    finding = {
        "gain": {"cases": {"one": {"model": "steady"}}, "says": [{"title": 'It is "2 < 3" & {one.ratio}'}]}
    }
    view = compared(tmp_path, MAIN | {"findings": finding}, 100, 50)
    page = write_report("run", [view])
    assert 'alt="It is &quot;2 &lt; 3&quot; &amp; 2.00×"' in page
    assert 'srcset="asked/charts/main-dark.svg"' in page
    assert 'src="asked/charts/main-light.svg"' in page


# Pages.


def test_a_report_begins_with_the_findings_and_folds_the_rest(tmp_path: Path) -> None:
    view = compared(tmp_path, MAIN | {"findings": GAIN, "reading": "Look at it."}, 100, 50)
    page = write_report("a-run", [view])
    assert page.startswith("# Run a-run\n")
    assert page.index("- **One** gains 2.00× (faster).") < page.index("## How fast?")
    assert "<details><summary>How to read it</summary>\n\nLook at it." in page
    assert "Doubtful" not in page, "an empty part is left out"
    assert "Abacus, 2 cores, Linux 6.1" in page


def test_without_a_finding_the_page_has_the_numbers_still(tmp_path: Path) -> None:
    view = make_view(
        tmp_path, declare(MAIN | {"findings": GAIN}), [case("waiting", id="two")], runs("two", 10)
    )
    page = write_report("a-run", [view])
    assert list_findings([view]) == ""
    assert 'alt="How fast?"' in page
    assert "Fake waiting" in page


def test_the_machine_s_parallel_speed_is_told() -> None:
    calibration = Calibration(
        parallel_speed=[Speed(1, 1, 1), Speed(2, 1.9, 1.95)], clock_step_ns=20, busy_cores=0.1
    )
    told = spell_calibration(calibration)
    assert told.startswith(
        "Independent native threads did 1.90× the work of one on 2 threads; the clock's step is 20"
    )
    assert told.endswith("20 ns; other programs kept 0.10 cores busy.")
    more = msgspec.structs.replace(
        calibration, parallel_speed=[*calibration.parallel_speed, Speed(4, 2.8, 3)]
    )
    assert "did 1.90× the work of one on 2 threads, 2.80× on 4 threads; " in spell_calibration(more)
    assert spell_calibration(Calibration()) == "The machine's parallel speed was not calibrated."


# Blocks.


def test_blocks_have_each_study_s_parts_and_findings_only_where_there_are_any(tmp_path: Path) -> None:
    view = compared(tmp_path, MAIN | {"findings": GAIN}, 100, 50)
    blocks = make_blocks(PurePosixPath("results/x"), [view])
    assert blocks["finding/asked/gain"] == "**One** gains\n2.00× (faster).\n"
    assert blocks["title/asked/gain"] == "Gains 2.00×\n"
    assert "results/x/asked/charts/main-dark.svg" in blocks["chart/asked/main"]
    assert blocks["measured/asked"] == f"Measured on {view.machine}, with {view.versions}: {view.rounds}.\n"
    assert {"findings", "tables/asked", "use/asked", "marks/asked", "fits/asked", "sessions/asked"} <= set(
        blocks
    )
    view.study = msgspec.structs.replace(
        view.study, charts={"other": msgspec.convert({"drawing": "dots", "x": TIME}, Chart)}
    )
    assert "chart/asked/other" in make_blocks(PurePosixPath(), [view])


def test_a_benchmark_s_table_is_a_block(tmp_path: Path) -> None:
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "speed.csv").write_text('verb,seconds\n"collate, twice",1.5\nchart,2\n')
    assert make_benchmark_blocks(tmp_path) == {
        "benchmarks/speed": "| verb | seconds |\n| --- | ---: |\n| collate, twice | 1.5 |\n| chart | 2 |\n"
    }
    assert make_benchmark_blocks(tmp_path / "benchmarks") == {}


def test_blocks_are_replaced_and_the_rest_is_kept() -> None:
    page = "before\n<!-- begin a -->\nold\n<!-- end -->\nbetween\n<!-- begin b -->\n<!-- end -->\nafter\n"
    expected = "before\n<!-- begin a -->\nnew\\1\n<!-- end -->\nbetween\n<!-- begin b -->\n1\n2\n<!-- end -->\nafter\n"
    blocks = {"a": "new\\1\n", "b": "1\n2\n"}
    assert splice(page, blocks) == expected
    assert splice(expected, blocks) == expected


def test_an_unknown_block_is_a_clear_message() -> None:
    with pytest.raises(HarnessError, match="block 'c': expected one of a, b"):
        splice("<!-- begin c -->\n<!-- end -->\n", {"b": "", "a": ""})


# What is committed.


@pytest.mark.parametrize("folder", REFERENCES, ids=lambda folder: folder.name)
def test_a_reference_has_no_failure_no_large_file_and_no_trace_of_its_machine(folder: Path) -> None:
    for study in Run(folder).studies:
        assert set(study.read_table("summary.csv", "summarise")["status"]) <= {"ok", "skipped"}, study.name
    for path in (each for each in folder.rglob("*") if each.is_file()):
        limit = 5 if path.suffix in {".html", ".pdf"} else 1
        assert path.stat().st_size <= limit * 1024 * 1024, path.name
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        assert str(ROOT).encode() not in data, path.name
