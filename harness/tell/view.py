"""View: one study of a run folder, ready to be told: its tables, and the names of what is in them."""

from __future__ import annotations

import math
import numbers
import re
import typing
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import pandas as pd

from harness.errors import HarnessError
from harness.estimates import UNKNOWN, Estimate
from harness.machine.calibrate import Calibration, read_calibration
from harness.paths import show
from harness.plan.declarations import Declarations, Study, Workload
from harness.plan.expressions import evaluate
from harness.store.collate import collate, list_series
from harness.store.folder import Frozen, Plan, StudyFolder

Row = Mapping[Hashable, Any]
KINDS = typing.get_args(typing.get_type_hints(Workload)["kind"])
IMPLEMENTATION = ("workload", "language", "model", "runtime")


def order_name(name: str) -> list[tuple[int, str]]:
    """Order names with numbers as people do: 3.9 before 3.10."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name)]


class View:
    """One study; every table is read when it is first asked for."""

    def __init__(self, folder: StudyFolder, frozen: Frozen) -> None:
        self.folder = folder
        self.name = folder.name
        self.run = frozen.run
        self.declarations: Declarations = frozen.declarations
        self.study: Study = frozen.declarations.studies[folder.name]

    @cached_property
    def plan(self) -> Plan:
        return self.folder.plan

    @cached_property
    def summary(self) -> pd.DataFrame:
        """All cases; texts that are not there are empty."""
        table = self.folder.read_table("summary.csv", "summarise")
        texts = [name for name in ("reason", "marks", "note", "status") if name in table]
        return table.assign(**{name: table[name].astype(object).fillna("") for name in texts})

    @cached_property
    def runs(self) -> pd.DataFrame:
        """All runs; from the records where a folder that is kept has no table of them."""
        if (self.folder.path / "runs.csv").exists():
            return self.folder.read_table("runs.csv", "collate")
        records = self.folder.read_records(self.plan)
        return collate(self.plan.cases, records, self.declarations.workloads)

    @cached_property
    def comparisons(self) -> pd.DataFrame:
        return self.folder.read_table("comparisons.csv", "summarise")

    @cached_property
    def fits(self) -> pd.DataFrame:
        return self.folder.read_table("fits.csv", "summarise")

    @cached_property
    def marks(self) -> pd.DataFrame:
        return self.folder.read_table("marks.csv", "summarise")

    @cached_property
    def series(self) -> pd.DataFrame:
        """All arrays that were kept, in the same way."""
        if (self.folder.path / "series.csv").exists():
            return self.folder.read_table("series.csv", "collate")
        return list_series(self.folder.read_records(self.plan))

    @cached_property
    def looks(self) -> pd.DataFrame:
        return self.folder.read_table("probes.csv", "collate")

    @property
    def environment(self) -> dict[str, object]:
        """What is known of the machine in the last session."""
        return dict(self.plan.sessions[-1].environment) if self.plan.sessions else {}

    @cached_property
    def default_runtimes(self) -> dict[str, str]:
        """Return each language's default runtime among those that were measured: they are recorded best first."""
        recorded = self.environment.get("runtimes")
        order = list(recorded) if isinstance(recorded, dict) else []
        pairs = self.summary[["language", "runtime"]].drop_duplicates()
        ranked = sorted(
            pairs.itertuples(index=False),
            key=lambda pair: order.index(pair.runtime) if pair.runtime in order else len(order),
        )
        return dict(reversed(ranked))

    @property
    def calibration(self) -> Calibration:
        return read_calibration(self.environment)

    @property
    def machine(self) -> str:
        """Say in a few words what machine it was, e.g. `AMD EPYC, 2 cores, Linux 6.18`."""
        known = self.environment
        kernel = ".".join(str(known.get("kernel", "")).split("-")[0].split(".")[:2])
        return f"{known.get('processor')}, {self.plan.cores} cores, {known.get('system')} {kernel}"

    @property
    def versions(self) -> str:
        """List what the programs were built and run with, each language's default runtime."""
        known = self.environment.get("runtimes")
        versions = known if isinstance(known, dict) else {}
        names = [self.default_runtimes.get(language) for language in self.declarations.languages]
        return "; ".join(str(versions.get(name, name)) for name in names if name)

    @property
    def rounds(self) -> str:
        """Say how many rounds stand behind the numbers, in how many sessions."""
        column = "timed_rounds" if self.study.timed else "memory_rounds"
        counts = self.measured[column]
        if counts.empty:
            return "nothing measured"
        low, high = int(counts.min()), int(counts.max())
        rounds = f"{low} rounds" if low == high else f"{low} to {high} rounds"
        sessions = int(self.measured["sessions"].max())
        return f"{rounds} in {sessions} sessions" if sessions > 1 else rounds.replace("1 rounds", "1 round")

    @property
    def measured(self) -> pd.DataFrame:
        """The cases that have numbers."""
        return self.summary[self.summary["status"] == "ok"]

    def select(self, where: str) -> pd.DataFrame:
        """Return the measured cases for which a condition holds, in the order of languages and models."""
        table = self.measured
        rows = table.to_dict("records")
        with self.naming("where"):
            kept = [i for i, row in enumerate(rows) if evaluate(where, self.list_values(row))]
        return table.iloc[sorted(kept, key=lambda i: self.sort_key(rows[i]))]

    @contextmanager
    def naming(self, key: str) -> Iterator[None]:
        """Say, where an expression of the study cannot be evaluated, in which file it stands."""
        try:
            yield
        except HarnessError as error:
            place = show(self.folder.path.parent / "run.json")
            raise HarnessError(f"{place}: studies.{self.name}: {key}: {error}") from None

    def sort_key(self, row: Row) -> tuple[Any, ...]:
        """Sort as kinds of workloads, languages and models are declared, then by what tells cases apart."""
        languages = list(self.declarations.languages)
        language, name = self.declarations.languages[row["language"]], str(row["workload"])
        workload = self.declarations.workloads[name]
        kind = KINDS.index(workload.kind)
        model = list(language.models).index(row["model"])
        arguments = [row.get(each, "") for each in workload.arguments]
        spelled = [(str(each),) if isinstance(each, str) else ("", float(each)) for each in arguments]
        place = (languages.index(row["language"]), order_name(str(row["runtime"])), model)
        return (kind, name, *place, row["workers"], spelled, row["copy"])

    def list_values(self, row: Row) -> dict[str, object]:
        """List what expressions may say of a case."""
        values = {str(name): value for name, value in row.items()}
        medians = {
            name.removesuffix("_median"): value for name, value in values.items() if name.endswith("_median")
        }
        extra = {"cores": self.plan.cores, "ratio": self.compare(str(row["case"])).median}
        return {**values, **medians, **extra, "machine_limit": self.calibration.limit(int(row["workers"]))}

    def find_comparison(self, case: str) -> Row | None:
        """Return a case's first comparison over all sessions; None where it has none."""
        table = self.comparisons
        rows = table[(table["case"] == case) & (table["session"] == 0)]
        return None if rows.empty else dict(rows.iloc[0])

    def name_comparison(self, row: Row) -> str:
        """Say what a comparison's ratio is called; where nobody said so, what it is to, if that is short."""
        if isinstance(row["label"], str) and row["label"]:
            return row["label"]
        unnamed = [each.against for each in self.study.compare if not each.label]
        values = [value for against in unnamed for value in against.values()]
        if len(unnamed) != 1 or any(str(value).startswith("@") for value in values):
            return "ratio"
        spelled = [f"{name.replace('_', ' ')} = {value}" for name, value in unnamed[0].items()]
        return f"ratio to {', '.join(spelled)}"

    def compare(self, case: str) -> Estimate:
        """Return a case's ratio to what it is compared with."""
        row = self.find_comparison(case)
        return UNKNOWN if row is None else Estimate(row["ratio"], row["low"], row["high"])

    def estimate(self, row: Row, quantity: str) -> Estimate:
        """Return a quantity of a case: median and interval; a number of the case itself has none."""
        if quantity == "ratio":
            return self.compare(str(row["case"]))
        if f"{quantity}_median" in row:
            return Estimate(*(float(row[f"{quantity}_{end}"]) for end in Estimate._fields))
        value = row.get(quantity, math.nan)
        number = isinstance(value, numbers.Real) and not isinstance(value, bool)
        return Estimate(float(value) if number else math.nan, math.nan, math.nan)

    def find_fit(self, row: Row) -> pd.DataFrame:
        """Return the parameters that were fitted to a case's implementation."""
        same = pd.Series(data=True, index=self.fits.index)
        for name in IMPLEMENTATION:
            same &= self.fits[name] == row[name]
        return self.fits[same & self.fits["parameter"].notna()].set_index("parameter")

    def label(self, row: Row) -> str:
        """Name an implementation, e.g. `Go goroutine pool`; with the release where there are several."""
        return f"{self.label_runtime(row)} {self.label_model(row)}"

    def label_model(self, row: Row) -> str:
        """Name a model, e.g. `goroutine pool`."""
        return self.declarations.languages[row["language"]].models[row["model"]]

    def label_runtime(self, row: Row) -> str:
        """Name a language, e.g. `Python`; `Python 3.14` where the study has several of its runtimes."""
        label = self.declarations.languages[row["language"]].label
        several = self.summary.loc[self.summary["language"] == row["language"], "runtime"].nunique() > 1
        return f"{label} {row['runtime'].rpartition('-')[2]}" if several else label

    def list_varied(self, rows: pd.DataFrame) -> list[str]:
        """List what varies among cases: workers, and arguments of their workloads."""
        workloads = (self.declarations.workloads[str(name)] for name in rows["workload"].unique())
        names = ["workers", *dict.fromkeys(name for each in workloads for name in each.arguments), "copy"]
        return [name for name in names if name in rows and rows[name].nunique() > 1]

    def list_telling(self, rows: pd.DataFrame) -> list[str]:
        """List what tells cases of one implementation apart: what varies among them, not only among others'."""
        groups = [mine for _, mine in rows.groupby(list(IMPLEMENTATION), sort=False)]
        return [name for name in self.list_varied(rows) if any(mine[name].nunique() > 1 for mine in groups)]
