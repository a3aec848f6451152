"""What a drawing is given: a study's rows of summary.csv, and the names and colours of what is in them."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from harness.calibrate import Calibration
from harness.declare import Declarations
from harness.fits import NO_FITS
from harness.plausibility import MEANINGS, NO_MARKS


class ChartedStudy(NamedTuple):
    """One study, ready to be drawn."""

    name: str
    question: str
    chart: str
    machine: str
    """e.g. `AMD EPYC, 2 cores, Linux 6.18`."""
    rows: pd.DataFrame
    """The study's rows of summary.csv, failures and skips included."""
    declarations: Declarations
    calibration: Calibration = Calibration()
    """What the machine was seen to give."""
    marks: pd.DataFrame = NO_MARKS
    """The study's rows of marks.csv."""
    fits: pd.DataFrame = NO_FITS
    """The study's rows of fits.csv, refusals included."""

    @property
    def drawn(self) -> pd.DataFrame:
        """The rows that are numbers."""
        return self.rows[self.rows["status"] == "ok"]

    def colour(self, language: str) -> str:
        """Return a language's colour."""
        return self.declarations.languages[language].colour

    def marker(self, language: str, model: str) -> str:
        """Return a model's marker."""
        return self.declarations.languages[language].models[model].marker

    def label(self, language: str, model: str, runtime: str) -> str:
        """Name an implementation, e.g. `Go goroutine pool`; with the release where there are several."""
        return f"{self.label_runtime(language, runtime)} {self.label_model(language, model)}"

    def label_model(self, language: str, model: str) -> str:
        """Name a model, e.g. `goroutine pool`."""
        return self.declarations.languages[language].models[model].label

    def label_runtime(self, language: str, runtime: str) -> str:
        """Name a language, e.g. `Python`; `Python 3.14` where the study has several of its runtimes."""
        label = self.declarations.languages[language].label
        several = self.rows.loc[self.rows["language"] == language, "runtime"].nunique() > 1
        return f"{label} {runtime.rpartition('-')[2]}" if several else label

    @property
    def rounds(self) -> str:
        """Say how many rounds stand behind the numbers, e.g. `5 to 7 rounds`."""
        low, high = self.drawn["rounds"].min(), self.drawn["rounds"].max()
        return f"{low} rounds" if low == high else f"{low} to {high} rounds"

    @property
    def subtitle(self) -> str:
        """Say where the numbers come from and what is drawn of them."""
        return f"{self.machine}; {self.rounds}; marker: median, line: its 95 % interval"

    @property
    def notes(self) -> list[str]:
        """Say under the chart what is doubtful, what is not certain, and what is not there."""
        return [*self.doubts, *self.uncertain, *self.absent]

    @property
    def doubts(self) -> list[str]:
        """Say which of the points are ringed, and why: how often each rule was tripped."""
        rules = self.drawn["marks"].dropna().str.split().explode().dropna().value_counts()
        if rules.empty:
            return []
        ringed = int(self.drawn["marks"].fillna("").ne("").sum())
        reasons = ", ".join(f"{MEANINGS.get(str(rule), rule)} ({count})" for rule, count in rules.items())
        return [f"ringed: doubtful, {ringed} of {len(self.drawn)} cases: {reasons}; figures: report.md"]

    @property
    def uncertain(self) -> list[str]:
        """Say how many intervals did not become as narrow as was asked for, and how wide they are."""
        timed = self.drawn[self.drawn["rounds"] > 0]
        wide = timed[~timed["certain"].astype(bool)]
        if wide.empty:
            return []
        asked = " or ".join(f"±{share:.0%}" for share in sorted(set(timed["precision"])))
        widest = wide["elapsed_width"].max()
        known = "" if pd.isna(widest) else f"; the widest is ±{widest:.0%}"
        return [f"not certain: {len(wide)} of {len(timed)} times have an interval beyond {asked}{known}"]

    @property
    def absent(self) -> list[str]:
        """Say what is not drawn, and why: one sentence a reason."""
        sentences = []
        others = self.rows[self.rows["status"] != "ok"]
        for (language, runtime, model, workload, reason), group in others.groupby(
            ["language", "runtime", "model", "workload", "reason"], sort=False
        ):
            status = group["status"].iloc[0]
            workers = sorted(set(group["workers"]))
            counts = "" if len(others) == 1 else f" at {', '.join(map(str, workers))} workers"
            name = self.label(str(language), str(model), str(runtime))
            sentences.append(f"{status}: {name}, {workload}{counts}: {reason}")
        return sentences


def study_rows(summary: pd.DataFrame, study: str) -> pd.DataFrame:
    """Choose a study's rows."""
    rows = summary[[study in str(studies).split() for studies in summary["studies"]]]
    return rows.assign(marks=rows["marks"].astype(object).fillna(""))
