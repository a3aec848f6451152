"""Declarations: what the TOML files say exists, as structs. `check.py` holds them against one another."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Literal

from msgspec.structs import replace

from harness.plan.quantities import ELAPSED, name_statistic
from harness.plan.tables import Table

Value = int | str
Number = int | str
"""A number, or an expression for one."""


class Drawn(Table, frozen=True):
    """How a model is drawn, the same in every language."""

    marker: str
    """A marker of matplotlib."""
    dash: str = ""
    """Lengths on and off, in points; empty for a solid line."""


class Language(Table, frozen=True):
    """One language of `languages.toml`."""

    label: str
    colours: dict[str, str]
    """For `light` and `dark` pages."""
    folder: str
    extension: str
    runners: list[list[str]]
    """Commands, best first, relative to the top of the repository; `*` stands for any name."""
    remedy: str
    """What to type when no runner is there."""
    version: str
    """A regular expression for the line that `--version` prints."""
    runtime: str
    """The runtime's name, with the groups of `version`."""
    baseline: str
    """The model that works alone, on one worker."""
    models: dict[str, str]
    """The labels of its models, in the order they are shown in."""
    lock: str = ""
    """A regular expression for the runtimes in which one lock lets only one thread run at a time."""
    lock_name: str = ""
    """What that lock is called."""
    locked: list[str] = []
    """The models whose workers share that lock."""
    optional: list[str] = []
    """The models that only few workloads have: where there is no file, nothing is said of it."""
    extras: dict[str, str] = {}
    """The models that stand on packages which the set-up does not install, each with what to type to get them: they
    are measured only where a sweep names them, and skipped where the runner does not list them."""
    packages: list[str] = []
    """Words that make the runner's program print the packages it runs with, as JSON: name to version."""


class Languages(Table, frozen=True):
    """`languages.toml`."""

    models: dict[str, Drawn]
    languages: dict[str, Language]


class Argument(Table, frozen=True):
    """One argument of a workload."""

    description: str
    default: Value | None = None
    minimum: int | None = None
    maximum: int | None = None
    choices: list[str] = []
    """The texts that it may be; where there are none it is a whole number."""
    languages: list[str] = []
    """Only these have it; empty: all."""


class Metric(Table, frozen=True):
    """A number, or an array of numbers, that a workload's programs report."""

    description: str
    array: bool = False
    statistics: list[str] = []
    """What is computed of an array, as quantities of their own, e.g. `p99`."""
    begins: str = ""
    """For lengths of time: the array that says when each began, of which `overlap` needs to know."""
    keep: bool = False
    """Whether the array itself may be kept, in series.csv; it is, in studies of which a drawing shows it."""

    def keep_if(self, shown: bool) -> Metric:
        """Return the metric as it is where nothing, or something, shows its array."""
        return replace(self, keep=self.keep and shown)

    def list_statistics(self, name: str) -> list[str]:
        """List the numbers that are computed of an array."""
        return [name_statistic(name, each) for each in self.statistics]

    def list_quantities(self, name: str) -> list[str]:
        """List the numbers that a run has of it."""
        return self.list_statistics(name) if self.array else [name]


class Use(Table, frozen=True):
    """How a workload uses a fixture: what it takes, and what it gives."""

    gives: str
    """The argument whose value it is. Where that has choices, a case chooses what it is to be, as an option says."""
    options: dict[str, Number] = {}
    """What it is prepared with, by name; expressions over the case's arguments."""
    arrays: dict[str, Metric] = {}
    """Which of its figures are arrays, and what is computed of them."""


class Judged(Table, frozen=True):
    """The quantity that decides: precision, comparison and order go by it."""

    quantity: str = ELAPSED
    better: Literal["lower", "higher"] = "lower"
    speed: bool = True
    """Whether a comparison says `faster` and `slower`; else `lower` and `higher`."""


class Checks(Table, frozen=True):
    """Expressions by which the harness notices what is not plausible; empty where there is nothing to see."""

    in_flight: str = ""
    """How many units were seen under way at once, by whoever serves them."""
    wait_ns: str = ""
    """How long each unit waits at least, in nanoseconds."""
    server_cpu_ns: str = ""
    """Processor time of what serves the units."""


class Vector(Table, frozen=True):
    """Arguments with what every implementation must give for them."""

    arguments: dict[str, Value] = {}
    workers: Number = "cores"
    result: Number = ""
    """Empty: as the workload says."""
    units: Number = ""


class Skip(Table, frozen=True):
    """What makes no sense to run, and why; the report prints the reason."""

    language: str
    model: str
    """`*` for all of the language's."""
    reason: str
    runtime: str = ".*"
    """A regular expression for the runtimes it holds for."""
    when: str = "true"
    """A condition over the case's arguments, `workers` and `cores`."""
    lacking: list[str] = []
    """Only where the runtime lacks one of these packages, as `packages` of its language tells; empty: always."""


class Workload(Table, frozen=True):
    """One file of `workloads/`."""

    kind: Literal["cpu", "io", "mixed", "coordination", "interference"]
    description: str
    unit: str
    source: str
    """Where the expected results come from."""
    arguments: dict[str, Argument]
    vectors: list[Vector]
    sizes: dict[str, Vector]
    short: str = ""
    """One word or two for what it does, on charts, e.g. `computing`."""
    result: str = ""
    """An expression for it; `none` where only the invariant holds."""
    units: str = ""
    invariant: str = "true"
    """A condition over arguments, `workers`, `result`, `completed` and metrics that every run must meet."""
    judged: Judged = Judged()
    metrics: dict[str, Metric] = {}
    quantities: dict[str, str] = {}
    """Numbers that follow from others of the same run: expressions."""
    checks: Checks = Checks()
    fixtures: dict[str, Use] = {}
    skips: list[Skip] = []
    releases_lock: str = "false"
    """A condition for its kernel to run outside the interpreter's lock, so that threads may scale."""
    open_files: str = "0"
    """How many files or connections a run has open."""
    time_limit_s: int = 120
    """A run that takes longer is ended, and is a row with the status `timeout`."""
    typical_s: float = 1.0
    """What a run takes, roughly; only for predictions, where nothing was measured yet."""

    def keep_shown(self, shown: AbstractSet[str]) -> Workload:
        """Return the workload of a study whose drawings show so much: other arrays need not be kept."""
        metrics = {name: each.keep_if(name in shown) for name, each in self.metrics.items()}
        fixtures = {
            fixture: replace(
                use,
                arrays={
                    name: each.keep_if(f"{fixture}_{name}" in shown) for name, each in use.arrays.items()
                },
            )
            for fixture, use in self.fixtures.items()
        }
        return replace(self, metrics=metrics, fixtures=fixtures)

    @property
    def arrays(self) -> dict[str, Metric]:
        """The arrays of a run, by name: its programs' and its fixtures'."""
        own = {name: metric for name, metric in self.metrics.items() if metric.array}
        for fixture, use in self.fixtures.items():
            own |= {f"{fixture}_{name}": metric for name, metric in use.arrays.items()}
        return own

    def choose_arguments(self, language: str, given: Mapping[str, Value]) -> dict[str, Value]:
        """Return the arguments that a language has: those that are given, else their defaults."""
        chosen = {**self.list_defaults(language), **given}
        return {
            name: value
            for name, value in chosen.items()
            if language in (self.arguments[name].languages or [language])
        }

    def list_defaults(self, language: str) -> dict[str, Value]:
        """Return the defaults of the arguments that a language has."""
        return {
            name: each.default
            for name, each in self.arguments.items()
            if each.default is not None and language in (each.languages or [language])
        }


class Sweep(Table, frozen=True):
    """A block of cases: one workload at one size, times workers, times arguments."""

    workload: str
    """A workload's name, or `*` for every one."""
    size: str = "default"
    sizes: list[str] = []
    """Several of them, instead of one."""
    languages: list[str] = []
    models: list[str] = []
    """Only these; empty: every one."""
    runtimes: list[str] = []
    """Regular expressions; empty: each language's default runtime."""
    workers: list[Number] = []
    """Empty: as the size says."""
    arguments: dict[str, list[Value]] = {}
    copies: int = 1
    """How many times each case is there: the second is measured as if it were another."""


class Compare(Table, frozen=True):
    """What is compared with what: each case with the one that differs from it only as `against` says."""

    against: dict[str, Value]
    """Keys: `model`, `runtime`, `language`, `workers`, `size`, `copy` or an argument. A model `@baseline`, or a
    runtime `@default`, is the language's own."""
    label: str = ""
    """What the ratio is called, e.g. `speed-up over sequential`."""
    quantity: str = ""
    """What is compared, by `lower` and `higher`; empty: what the workload's runs are judged by."""


class Fit(Table, frozen=True):
    """A model that is fitted to the cases of each implementation."""

    law: Literal["usl", "slope"]
    """`usl`: speed-up over workers; `slope`: a straight line through all runs."""
    x: str = "workers"
    y: str = "ratio"
    parameter: str = ""
    """What the slope is called, its unit first, e.g. `bytes_per_connection`."""


class Axis(Table, frozen=True):
    """One axis of a chart."""

    quantity: str
    label: str
    kind: Literal["time", "bytes", "count", "ratio", "share", "number"] = "number"
    log: bool = False
    scale: float = 1.0
    """What the quantity is multiplied by: 1e-9 turns nanoseconds into the seconds of `time`."""


class Ideal(Table, frozen=True):
    """A grey line: what would be ideal, or all that can be had."""

    label: str
    y: str
    """An expression over the case's arguments, `workers`, `cores`, `x`, the place on the x axis, and `limit`,
    what this machine was seen to give to so many native threads; in the units of the axis."""
    panel: int = 0
    """Which of the chart's y axes."""
    dash: str = "4 2"


class Mark(Table, frozen=True):
    """A value of the x axis that is marked."""

    value: float
    label: str


class Chart(Table, frozen=True):
    """A picture of a study."""

    drawing: str
    """A module of `tell/charts/`."""
    x: Axis
    y: list[Axis] = []
    """A row of panels each; a drawing that has no second axis takes none."""
    panels: str = ""
    """A panel for each value of this: an argument, `workload`, `language`, `runtime` or `model`."""
    titles: dict[str, str] = {}
    """What stands above a panel, by its value, where the argument's own name and value would not tell."""
    where: str = "true"
    """A condition for the cases that are drawn."""
    lanes: str = ""
    """The array that says which lane each segment of `x` … `y` is in."""
    aside: str = ""
    """Another quantity of the same axis, drawn as a grey tick."""
    note: Literal["", "x", "ratio"] = ""
    """What is printed beside each row."""
    caption: str = ""
    """What is said of each case beside its name, where a case has a panel of its own: `{slices} slices`."""
    finding: str = ""
    """The finding that is the title."""
    ideals: list[Ideal] = []
    marks: list[Mark] = []
    foot: str = ""


class Says(Table, frozen=True):
    """One sentence of a finding, for the case that its condition holds."""

    title: str
    """A short one, for the chart. `{name.ratio}` and the like stand for computed numbers."""
    text: str = ""
    """A longer one, for pages; empty: the title."""
    when: str = "true"
    """A condition over the named cases, e.g. `threads.verdict == "faster"`."""


class Finding(Table, frozen=True):
    """Sentences of which the first one is said whose condition the numbers meet."""

    cases: dict[str, dict[str, Value]]
    """Names for cases: each by what tells it from the others, e.g. `{ language = "go", model = "pool" }`."""
    says: list[Says]
    listed: bool = True
    """Whether it stands among the findings of a run; else it is there for a chart or a page that asks for it."""


class Study(Table, frozen=True):
    """One file of `studies/`."""

    question: str
    sweeps: list[Sweep]
    short: str = ""
    """Its name in headings; empty: the question."""
    order: int = 100
    """Its place among the studies, in measuring and in reading."""
    quick: list[Sweep] = []
    """What `--quick` measures instead; without it `--quick` leaves the study out."""
    on_request: bool = False
    """Measured only when `--study` names it."""
    floor: int = 10
    """Rounds that every case gets, if the budget allows; below 10 with a reason."""
    floor_reason: str = ""
    timed: bool = True
    """Whether its cases are run in rounds under the clock."""
    memory_rounds: int = 0
    """How many runs each of its cases has in the pass that watches memory."""
    compare: list[Compare] = []
    fits: list[Fit] = []
    charts: dict[str, Chart] = {}
    """Pictures, by name; one named `main` is the study's own."""
    findings: dict[str, Finding] = {}
    reading: str = ""
    """How to read the charts, for the report."""

    @property
    def shown(self) -> set[str]:
        """List what its drawings show, by the names of quantities and arrays."""
        axes = [axis for chart in self.charts.values() for axis in (chart.x, *chart.y)]
        return {axis.quantity for axis in axes} | {chart.lanes for chart in self.charts.values()}


class Declarations(Table, frozen=True):
    """All there is, by name."""

    models: dict[str, Drawn]
    languages: dict[str, Language]
    workloads: dict[str, Workload]
    studies: dict[str, Study]

    def find_baseline(self, language: str) -> str:
        """Return the model of a language that works alone."""
        return self.languages[language].baseline
