"""declare: every mistake of the TOML is reported with its file, its key, what was expected and got."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from harness.errors import HarnessError
from harness.paths import HARNESS
from harness.plan.check import declare
from harness.plan.check_workloads import check_metric
from harness.plan.declarations import Metric, Study
from tests.samples import FAKE, read_fakes

LANGUAGES = "languages.toml"
LATE = "workloads/late.toml"
PULSE = "workloads/pulse.toml"
STUDY = "studies/late.toml"
BEATS = "studies/pulse.toml"
NINES = "9" * 400

Mistake = tuple[str, str, str, str]
"""A file, a text in it, what takes its place, and what is said of it."""

MISTAKES: dict[str, Mistake] = {
    "broken TOML": (STUDY, "question =", "question", ": expected TOML: Expected '='"),
    "not text": (STUDY, "question =", "\udcff", ": expected TOML: 'utf-8' codec"),
    "deep TOML": (STUDY, "order = 2", f"order = {'[' * 5000}", ": expected TOML: "),
    "unknown key": (LATE, 'unit = "a number"', 'unit = "a"\ncolor = 1', ": color: expected one of kind, "),
    "unknown key in a table": (
        LATE,
        "minimum = 1",
        "least = 1",
        ": arguments.limit.least: expected one of description",
    ),
    "missing key": (LATE, 'unit = "a number"\n', "", ": unit: expected this key, got nothing"),
    "missing key in a list": (
        LATE,
        'reason = "it would be the sequential program"',
        "",
        ": skips.0.reason: expected this key",
    ),
    "number for text": (LATE, 'unit = "a number"', "unit = 7", ": unit: expected str, got 7"),
    "text for number": (LATE, "typical_s = 0.2", 'typical_s = "x"', ": typical_s: expected float, got 'x'"),
    "table for list": (
        STUDY,
        "workers = [1, ",
        "workers = {} #",
        ": sweeps.0.workers: expected a list, got {}",
    ),
    "list for table": (
        LATE,
        "arguments = { limit = 3 }",
        "arguments = []",
        ": vectors.0.arguments: expected a table, got []",
    ),
    "text for table": (STUDY, "[charts.main]", 'charts.other = "dots"\n[charts.main]', ""),
    "yes for number": (
        LATE,
        "limit = 3 ",
        "limit = true ",
        ": vectors.0.arguments.limit: expected int | str, got True",
    ),
    "unknown kind": (LATE, '"cpu"', '"gpu"', ": kind: expected "),
    # Languages.
    "upper-case language": (
        LANGUAGES,
        "[languages.gone]",
        "[languages.Gone]",
        ": languages.Gone: expected lower-case",
    ),
    "NUL in a language": (
        LANGUAGES,
        "[languages.gone]",
        '[languages."go\\u0000"]',
        ": languages.go\0: expected lower-case",
    ),
    "path as a model": (
        LANGUAGES,
        "loud = { marker",
        '"../loud" = { marker',
        ": models.../loud: expected lower-case",
    ),
    "unknown marker": (
        LANGUAGES,
        'loud = { marker = "s" }',
        'loud = { marker = "?" }',
        ": models.loud.marker: expected one of o, s,",
    ),
    "unknown dash": (
        LANGUAGES,
        'loud = { marker = "s" }',
        'loud = { marker = "s", dash = "-" }',
        ": models.loud.dash: expected lengths",
    ),
    "unknown model": (
        LANGUAGES,
        'loud = "loud"',
        'fibres = "loud"',
        ": languages.fake.models: expected one of sequential, ",
    ),
    "unknown baseline": (
        LANGUAGES,
        'baseline = "sequential"',
        'baseline = "alone"',
        ": languages.fake.baseline: expected one of",
    ),
    "unknown locked model": (
        LANGUAGES,
        'remedy = "make fake"',
        'remedy = ""\nlocked = ["fibres"]',
        ": languages.fake.locked: expected one",
    ),
    "colour in words": (
        LANGUAGES,
        "#0072B2",
        "blue",
        ": languages.fake.colours.light: expected a colour such as #0072B2, got 'blue'",
    ),
    "no dark colour": (
        LANGUAGES,
        ', dark = "#58A6FF"',
        "",
        ": languages.fake.colours.dark: expected a colour such as #0072B2, got None",
    ),
    "no runners key": (
        LANGUAGES,
        'runners = [["gone/runner"]]\n',
        "",
        ": languages.gone.runners: expected this key, got nothing",
    ),
    "no runners": (
        LANGUAGES,
        '[["gone/runner"]]',
        "[]",
        ": languages.gone.runners: expected at least one command, got none",
    ),
    "no command": (
        LANGUAGES,
        '[["gone/runner"]]',
        "[[]]",
        ": languages.gone.runners.0: expected a command below the top",
    ),
    "empty command": (
        LANGUAGES,
        '[["gone/runner"]]',
        '[[""]]',
        ": languages.gone.runners.0: expected a command below the top",
    ),
    "absolute command": (
        LANGUAGES,
        "gone/runner",
        "/bin/sh",
        ": languages.gone.runners.0: expected a command below the top",
    ),
    "command elsewhere": (
        LANGUAGES,
        "gone/runner",
        "gone/../../runner",
        ": languages.gone.runners.0: expected a command below",
    ),
    "command everywhere": (
        LANGUAGES,
        "gone/runner",
        "**/runner",
        ": languages.gone.runners.0: expected a command below",
    ),
    "NUL in a command": (
        LANGUAGES,
        "gone/runner",
        "gone\\u0000",
        ": languages.gone.runners.0: expected a command below",
    ),
    "bad version": (
        LANGUAGES,
        r"'fake (\d+)\..*'",
        "'fake ('",
        ": languages.fake.version: expected a regular expression, got 'fake ('",
    ),
    "endless version": (
        LANGUAGES,
        r"'fake (\d+)\..*'",
        "'a{99999999999}'",
        ": languages.fake.version: expected a regular expression",
    ),
    "bad lock": (
        LANGUAGES,
        'remedy = "make fake"',
        'remedy = ""\nlock = "["',
        ": languages.fake.lock: expected a regular expression",
    ),
    "group of the runtime": (
        LANGUAGES,
        r"'fake-\1'",
        r"'fake-\7'",
        r": languages.fake.runtime: expected a name with the groups of version, got 'fake-\\7'",
    ),
    "name of a group": (
        LANGUAGES,
        r"'fake-\1'",
        r"'fake-\g<it>'",
        ": languages.fake.runtime: expected a name with the groups",
    ),
    "escape in the runtime": (
        LANGUAGES,
        r"'fake-\1'",
        r"'fake-\q'",
        ": languages.fake.runtime: expected a name with the groups",
    ),
    # Workloads: names.
    "argument with a point": (
        LATE,
        "[arguments.pace]",
        '[arguments."pa.ce"]',
        ": pa.ce: expected lower-case letters",
    ),
    "upper-case argument": (
        LATE,
        "[arguments.pace]",
        "[arguments.Pace]",
        ": Pace: expected lower-case letters",
    ),
    "NUL in a metric": (
        LATE,
        "[metrics.tempo]",
        '[metrics."tem\\u0000"]',
        ": tem\0: expected lower-case letters",
    ),
    "comma in a quantity": (
        PULSE,
        "gap_spread =",
        '"gap,spread" =',
        ": gap,spread: expected lower-case letters",
    ),
    "metric named as an argument": (
        LATE,
        "[metrics.tempo]",
        "[metrics.pace]",
        ": pace: expected a name that nothing else has",
    ),
    "quantity named as a statistic": (
        PULSE,
        "gap_spread =",
        "gap_p50_ns =",
        ": gap_p50_ns: expected a name that nothing else has",
    ),
    "argument named as a clock": (
        LATE,
        "[arguments.pace]",
        "[arguments.wall_ns]",
        ": wall_ns: expected a name that nothing else has",
    ),
    "argument named as a column": (
        LATE,
        "[arguments.pace]",
        "[arguments.session]",
        ": session: expected a name that the harness has no use",
    ),
    # Workloads: arguments, vectors, sizes.
    "default out of bounds": (
        LATE,
        "default = 1\n",
        "default = 0\n",
        ": arguments.pace.default: expected 1 … 9, got 0",
    ),
    "default of no choice": (
        PULSE,
        'default = "calm"',
        'default = "mild"',
        ": arguments.mode.default: expected one of calm, wild, got 'mild'",
    ),
    "choice like an option": (
        PULSE,
        '"wild"]',
        '"wild", "--wild"]',
        ": arguments.mode.choices: expected lower-case letters, digits, _ and -, got '--wild'",
    ),
    "text without choices": (
        LATE,
        "limit = 3 ",
        'limit = "3" ',
        ": vectors.0.arguments.limit: expected 1 … 1000, got '3'",
    ),
    "argument of an unknown language": (
        PULSE,
        'languages = ["gone"]',
        'languages = ["ada"]',
        ": arguments.spare.languages: expected one of fake, gone, got 'ada'",
    ),
    "size above its bounds": (
        LATE,
        "limit = 20 ",
        "limit = 2000 ",
        ": sizes.default.arguments.limit: expected 1 … 1000, got 2000",
    ),
    "choice of a vector": (
        PULSE,
        'mode = "wild" }',
        'mode = "mild" }',
        ": vectors.1.arguments.mode: expected one of calm, wild, got 'mild'",
    ),
    "unknown argument": (
        LATE,
        "limit = 4 ",
        "limits = 4 ",
        ": vectors.1.arguments: expected one of limit, pace, got 'limits'",
    ),
    "incomplete arguments": (
        LATE,
        "default = 10\n",
        "",
        ": sizes.quick.arguments: expected a value for 'limit', which has no default, got none",
    ),
    "no vectors": (
        LATE,
        "[[vectors]]\narguments = { limit = 3 }\nworkers = 2\n\n[[vectors]]\narguments = { limit = 4 }\nworkers = 3\n",
        "vectors = []\n",
        "",
    ),
    "no result": (
        LATE,
        'result = "limit"\n',
        "",
        ": vectors.0.result: expected a number, here or as an expression",
    ),
    "no units": (
        LATE,
        'units = "limit"\n',
        "",
        ": sizes.default.units: expected a number, here or as an expression",
    ),
    "result that JSON cannot carry": (
        LATE,
        "workers = 3",
        f"workers = 3\nresult = {2**53}",
        f": vectors.1.result: expected below 2^53, got {2**53}",
    ),
    "workers in words": (
        LATE,
        "workers = 3",
        'workers = "many"',
        ": vectors.1.workers: expected one of cores, limit, pace, got 'many'",
    ),
    "workers as a condition": (
        LATE,
        "workers = 3",
        'workers = "cores > 1"',
        ": vectors.1.workers: expected 1 … 1048576, got 'cores > 1'",
    ),
    "no workers": (LATE, "workers = 3", "workers = 0", ": vectors.1.workers: expected 1 … 1048576, got 0"),
    "too many workers": (
        LATE,
        "workers = 3",
        f'workers = "{NINES}*cores"',
        ": vectors.1.workers: expected names, numbers",
    ),
    "no patience": (LATE, "typical_s = 0.2", "typical_s = nan", ": typical_s: expected 0 … 1e+06, got nan"),
    "no time": (LATE, "typical_s = 0.2", "time_limit_s = 0", ": time_limit_s: expected 1 … 1e+06, got 0"),
    # Workloads: expressions.
    "unknown name in the result": (
        LATE,
        'result = "limit"',
        'result = "limits"',
        ": result: expected one of copy, cores, ",
    ),
    "call in the units": (
        LATE,
        'units = "limit"',
        'units = "len(limit)"',
        ": units: expected names, numbers, texts and operators, got Call",
    ),
    "unknown name in the invariant": (
        PULSE,
        "result <= beats",
        "results <= beats",
        ": invariant: expected one of",
    ),
    "array statistic in the invariant": (
        PULSE,
        "depth_seen >= 0",
        "gap_p77_ns >= 0",
        ": invariant: expected one of",
    ),
    "unknown name in a quantity": (
        PULSE,
        '"gap_p99_ns / gap',
        '"gap_p98_ns / gap',
        ": quantities.gap_spread: expected one of",
    ),
    "quantity of itself": (
        PULSE,
        '"gap_p99_ns / gap',
        '"gap_spread / gap',
        ": quantities.gap_spread: expected one of",
    ),
    "quantity of a later one": (
        PULSE,
        "gap_spread =",
        'twice = "gap_spread * 2"\ngap_spread =',
        ": quantities.twice: expected one of",
    ),
    "unknown name in a check": (
        LATE,
        "typical_s = 0.2",
        'checks.in_flight = "held"',
        ": checks.in_flight: expected one of",
    ),
    "unknown name in open files": (
        LATE,
        "typical_s = 0.2",
        'open_files = "sockets"',
        ": open_files: expected one of",
    ),
    "unknown name in the lock's release": (
        LATE,
        "typical_s = 0.2",
        'releases_lock = "size > 1"',
        ": releases_lock: expected one of",
    ),
    "unknown statistic": (
        PULSE,
        '"p50", "p99"]',
        '"p50", "p98"]',
        ": metrics.gap_ns.statistics: expected one of mean, min, max",
    ),
    "unknown judged quantity": (
        PULSE,
        'quantity = "gap_p99_ns"',
        'quantity = "gap_ns"',
        ": judged.quantity: expected one of",
    ),
    "judged without a direction": (
        PULSE,
        "speed = false }",
        'better = "less" }',
        ": judged.better: expected ",
    ),
    # Workloads: fixtures and skips.
    "unknown fixture": (
        PULSE,
        "[fixtures.shelf]",
        "[fixtures.rack]",
        ": fixtures.rack: expected one of database, echoes, folder, load, server, shelf, got 'rack'",
    ),
    "helper as a fixture": (
        PULSE,
        "[fixtures.shelf]",
        '[fixtures."__init__"]',
        ": fixtures.__init__: expected one of database, echoes, folder, load, server, shelf",
    ),
    "fixture for an unknown argument": (
        PULSE,
        'gives = "shelf"',
        'gives = "rack"',
        ": fixtures.shelf.gives: expected one of shelf, beats",
    ),
    "fixture with an unknown name": (
        PULSE,
        '{ files = "beats" }',
        '{ files = "bites" }',
        ": fixtures.shelf.options.files: expected one of",
    ),
    "skip of an unknown language": (
        LATE,
        'language = "fake"',
        'language = "ada"',
        ": skips.0.language: expected one of fake, gone, got 'ada'",
    ),
    "skip of an unknown model": (
        LATE,
        '"needless"',
        '"fibres"',
        ": skips.0.model: expected one of sequential, steady, ",
    ),
    "skip of a bad runtime": (
        LATE,
        '"needless"',
        '"needless"\nruntime = "("',
        ": skips.0.runtime: expected a regular expression, got '('",
    ),
    "skip by an unknown name": (PULSE, "mode == ", "mood == ", ": skips.0.when: expected one of"),
    "skip that is no condition": (
        PULSE,
        "mode == ",
        "mode = ",
        ": skips.0.when: expected an expression such as",
    ),
    # Studies.
    "no sweeps": (STUDY, "[[sweeps]]", "sweeps = []\n[[quick]]", ": sweeps: expected 1 … 1000, got 0"),
    "unknown workload": (
        STUDY,
        'workload = "late"',
        'workload = "soon"',
        ": sweeps.0.workload: expected one of *, early, late, pulse, got 'soon'",
    ),
    "unknown size": (
        STUDY,
        '"quick"',
        '"tiny"',
        ": quick.0.size: expected one of default, quick, got 'tiny'",
    ),
    "sweep of an unknown language": (
        STUDY,
        "workers = [1",
        'languages = ["ada"]\nworkers = [1',
        ": sweeps.0.languages.0: expected one of fake, gone",
    ),
    "sweep of an unknown model": (
        BEATS,
        '"steady", "few"]',
        '"steady", "fibres"]',
        ": sweeps.0.models.2: expected one of sequential",
    ),
    "sweep of a bad runtime": (
        STUDY,
        "workers = [1",
        'runtimes = ["*"]\nworkers = [1',
        ": sweeps.0.runtimes.0: expected a regular expression, got '*'",
    ),
    "sweep out of bounds": (
        STUDY,
        "pace = [1, 2]",
        "pace = [1, 20]",
        ": sweeps.0.arguments.pace: expected 1 … 9, got 20",
    ),
    "sweep of no choice": (
        BEATS,
        '"wild"] }\n\n[[quick',
        '"mild"] }\n\n[[quick',
        ": sweeps.0.arguments.mode: expected one of calm, wild, got 'mild'",
    ),
    "sweep of an unknown argument": (
        STUDY,
        "pace = [1, 2]",
        "speed = [1]",
        ": sweeps.0.arguments: expected one of limit, pace, got 'speed'",
    ),
    "workers that are none": (
        STUDY,
        '"1.5*cores"',
        '"1.5cores"',
        ": sweeps.0.workers.1: expected an expression such as",
    ),
    "endless workers": (
        STUDY,
        '"1.5*cores"',
        f'"{NINES}*cores"',
        ": sweeps.0.workers.1: expected names, numbers",
    ),
    "countless workers": (
        STUDY,
        '"1.5*cores"',
        '"9999999*cores"',
        ": sweeps.0.workers.1: expected 1 … 1048576, got '9999999*cores'",
    ),
    "a million copies": (
        STUDY,
        "workers = [1",
        "copies = 1_000_000\nworkers = [1",
        ": sweeps.0.copies: expected 1 … 1000, got 1000000",
    ),
    "low floor": (
        STUDY,
        "order = 2",
        "floor = 5",
        ": floor: expected at least 10, or 5 with a floor_reason, got 5",
    ),
    "floor below all": (
        STUDY,
        "order = 2",
        'floor = 4\nfloor_reason = "why not"',
        ": floor: expected at least 10, or 5 with a floor_reason, got 4",
    ),
    "no memory rounds": (
        STUDY,
        "order = 2",
        "memory_rounds = -1",
        ": memory_rounds: expected 0 … 1000, got -1",
    ),
    "comparison by an unknown name": (
        BEATS,
        'against = { mode = "calm" }',
        'against = { mood = "calm" }',
        ": compare.0.against: expected one of",
    ),
    "comparison with no choice": (
        BEATS,
        'against = { mode = "calm" }',
        'against = { mode = "mild" }',
        ": compare.0.against.mode: expected one of calm, wild, got 'mild'",
    ),
    "comparison with an unknown model": (
        STUDY,
        '"@baseline"',
        '"@alone"',
        ": compare.0.against.model: expected one of @baseline, sequential",
    ),
    "comparison with an unknown language": (
        STUDY,
        'model = "@baseline"',
        'language = "ada"',
        ": compare.0.against.language: expected one of fake, gone",
    ),
    "comparison with an unknown size": (
        STUDY,
        'model = "@baseline"',
        'size = "tiny"',
        ": compare.0.against.size: expected one of",
    ),
    "fit of an unknown quantity": (
        STUDY,
        "order = 2",
        'fits = [{ law = "slope", y = "weight" }]',
        ": fits.0.y: expected one of",
    ),
    "unknown law": (STUDY, "order = 2", 'fits = [{ law = "amdahl" }]', ": fits.0.law: expected "),
    "unknown drawing": (
        STUDY,
        '"dots"',
        '"pie"',
        ": charts.main.drawing: expected one of bars, dots, ecdf, heat, lanes, lines, got 'pie'",
    ),
    "helper as a drawing": (STUDY, '"dots"', '"style"', ": charts.main.drawing: expected one of bars, dots"),
    "chart outside its folder": (
        STUDY,
        "[charts.main]",
        '[charts."../main"]',
        ": charts.../main: expected a file named with lower-case",
    ),
    "axis of an unknown quantity": (
        STUDY,
        '"elapsed_ns"',
        '"elapsed_s"',
        ": charts.main.x.quantity: expected one of",
    ),
    "unknown kind of axis": (STUDY, '"time"', '"hours"', ": charts.main.x.kind: expected "),
    "panels by an unknown name": (
        BEATS,
        'panels = "mode"',
        'panels = "mood"',
        ": charts.gaps.panels: expected one of",
    ),
    "title of a panel that cannot be": (
        BEATS,
        'panels = "mode"',
        'panels = "mode"\ntitles = { sunny = "in the sun" }',
        ": charts.gaps.titles: expected one of",
    ),
    "chart of unknown cases": (
        BEATS,
        'drawing = "ecdf"',
        'drawing = "ecdf"\nwhere = "mood > 1"',
        ": charts.gaps.where: expected one of",
    ),
    "unknown aside": (
        BEATS,
        'drawing = "ecdf"',
        'drawing = "ecdf"\naside = "weight"',
        ": charts.gaps.aside: expected one of",
    ),
    "unknown lanes": (
        BEATS,
        'drawing = "ecdf"',
        'drawing = "lanes"\nlanes = "depths"',
        ": charts.gaps.lanes: expected one of depth, gap_ns",
    ),
    "unknown ideal": (
        BEATS,
        'drawing = "lines"',
        'drawing = "lines"\nideals = [{ label = "", y = "z" }]',
        ": charts.main.ideals.0.y: expected one of",
    ),
    "ideal of no panel": (
        BEATS,
        'drawing = "lines"',
        'drawing = "lines"\nideals = [{ label = "", y = "x", panel = 1 }]',
        ": charts.main.ideals.0.panel: expected 0 … 0, got 1",
    ),
    "unknown finding": (
        BEATS,
        'finding = "wildness"',
        'finding = "calmness"',
        ": charts.gaps.finding: expected one of wildness, got 'calmness'",
    ),
    # Findings.
    "case by an unknown name": (
        BEATS,
        "cases.wild = { workload",
        "cases.wild = { load",
        ": findings.wildness.cases.wild: expected one of",
    ),
    "case of an unknown model": (
        BEATS,
        'model = "steady", mode',
        'model = "fibres", mode',
        ": findings.wildness.cases.wild.model: expected one of",
    ),
    "case of no choice": (
        BEATS,
        'mode = "wild", workers',
        'mode = "mild", workers',
        ": findings.wildness.cases.wild.mode: expected one of calm, wild",
    ),
    "name that no template has": (
        BEATS,
        "cases.wild",
        'cases."wild one"',
        ": findings.wildness.cases: expected lower-case",
    ),
    "no last sentence": (
        BEATS,
        'title = "Wild beats: {wild.words}"',
        'title = "Wild"\nwhen = "wild.ratio > 1"',
        ": findings.wildness.says: expected a last sentence without `when`",
    ),
    "no sentence": (BEATS, "[[findings.wildness.says]]", "[[findings.mildness.says]]", ""),
    "unknown template name": (
        BEATS,
        "{wild.words}",
        "{mild.words}",
        ": findings.wildness.says.0: expected one of wild, cores, got 'mild'",
    ),
    "unknown template number": (
        BEATS,
        "{wild.words}",
        "{wild.gap_p98_ns}",
        ": findings.wildness.says.0: expected one of ",
    ),
    "unknown template interval": (
        BEATS,
        "{wild.ratio_interval}",
        "{wild.ration_interval}",
        ": findings.wildness.says.0: expected one of ",
    ),
    "unknown name in a condition": (
        BEATS,
        "wild.verdict ==",
        "mild.verdict ==",
        ": findings.wildness.says.0.when: expected one of cores, wild, got 'mild'",
    ),
    "unknown number in a condition": (
        BEATS,
        "wild.verdict ==",
        "wild.verdikt ==",
        ": findings.wildness.says.0: expected one of ",
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Declarations without a mistake."""
    copy = Path(shutil.copytree(FAKE / "harness", tmp_path / "harness"))
    shutil.copytree(HARNESS / "tell" / "charts", copy / "tell" / "charts")
    return copy


def change(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1), errors="surrogateescape")


@pytest.mark.parametrize(("name", "before", "after", "message"), MISTAKES.values(), ids=list(MISTAKES))
def test_a_mistake_names_file_key_expected_and_got(
    folder: Path, name: str, before: str, after: str, message: str
) -> None:
    change(folder / name, before, after)
    with pytest.raises(HarnessError) as raised:
        declare(folder)
    for line in str(raised.value).splitlines():
        assert line.startswith(f"{folder / name}: ")
    assert message in str(raised.value)


@pytest.mark.parametrize("name", ["workloads", "studies"])
@pytest.mark.parametrize("stem", ["Late", "la te", "lä", "x" * 41])
def test_a_file_has_a_name_that_can_be_a_name(folder: Path, name: str, stem: str) -> None:
    (folder / name / "late.toml").rename(folder / name / f"{stem}.toml")
    if name == "workloads":
        (folder / "studies" / "late.toml").unlink()
    with pytest.raises(
        HarnessError, match=f"{name}/{stem}.toml: expected a file named with lower-case letters"
    ):
        declare(folder)


def test_all_mistakes_of_a_file_are_reported_at_once(folder: Path) -> None:
    change(folder / LATE, "unit =", "units_ =")
    change(folder / LATE, "typical_s = 0.2", 'typical_s = "long"')
    with pytest.raises(HarnessError) as raised:
        declare(folder)
    assert len(str(raised.value).splitlines()) == 3
    shutil.copy(FAKE / "harness" / LATE, folder / LATE)
    change(folder / LATE, 'model = "needless"', 'model = "fibres"\nruntime = "("\nwhen = "mood"')
    with pytest.raises(HarnessError) as raised:
        declare(folder)
    assert [line.split(": ")[1] for line in str(raised.value).splitlines()] == [
        "skips.0.model",
        "skips.0.runtime",
        "skips.0.when",
    ]


def test_a_file_that_is_not_there_is_said(folder: Path) -> None:
    (folder / LANGUAGES).unlink()
    with pytest.raises(HarnessError, match=r"languages\.toml: expected TOML: .*No such file"):
        declare(folder)


def test_a_folder_in_the_place_of_a_file_is_said(folder: Path) -> None:
    (folder / LATE).unlink()
    (folder / LATE).mkdir()
    with pytest.raises(HarnessError, match=r"late\.toml: expected TOML: .*Is a directory"):
        declare(folder)


def test_declarations_without_a_mistake_load(folder: Path) -> None:
    declarations = declare(folder)
    assert list(declarations.languages) == ["fake", "gone"]
    assert list(declarations.workloads) == list(declarations.studies) == ["early", "late", "pulse"]


def test_the_declarations_of_this_repository_load() -> None:
    declarations = declare()
    assert {"primes", "fetch"} <= set(declarations.workloads)
    assert {"overview", "speedup", "fanout", "memory"} <= set(declarations.studies)


def test_arguments_are_those_that_a_language_has(folder: Path) -> None:
    pulse = declare(folder).workloads["pulse"]
    assert pulse.choose_arguments("fake", {"spare": 7, "beats": 3}) == {"beats": 3, "mode": "calm"}
    assert pulse.choose_arguments("gone", {"mode": "wild"}) == {"beats": 10, "mode": "wild", "spare": 1}


def test_arrays_are_kept_only_where_a_drawing_of_the_study_shows_them() -> None:
    pulse = read_fakes().workloads["pulse"]
    kept = {name for name, each in pulse.arrays.items() if each.keep}
    assert "gap_ns" in kept
    shown = pulse.keep_shown({"gap_ns"})
    assert {name for name, each in shown.arrays.items() if each.keep} == {"gap_ns"}
    assert not any(each.keep for each in pulse.keep_shown(set()).arrays.values())
    chart = {"drawing": "ecdf", "x": {"quantity": "gap_ns", "label": "gap"}, "lanes": "lane"}
    study = msgspec.convert({"question": "?", "sweeps": [], "charts": {"main": chart}}, Study)
    assert study.shown == {"gap_ns", "lane"}


@pytest.mark.parametrize(
    ("metric", "mistake"),
    [
        (
            {"statistics": ["overlap"]},
            ".begins: expected the array of when each began, for its overlap, got none",
        ),
        ({"statistics": ["overlap"], "begins": "nothing"}, ".begins: expected "),
    ],
)
def test_an_overlap_needs_to_know_when_each_began(metric: dict[str, object], mistake: str) -> None:
    made = msgspec.convert({"description": "", "array": True, **metric}, Metric)
    (found,) = check_metric("metrics.span_ns", made, {"span_ns": made, "rest": made})
    assert found.startswith(f"metrics.span_ns{mistake}")
