"""What a drawing is given: a study's rows of summary.csv, and the names and colours of what is in them."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from harness.declare import Declarations


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
    return summary[[study in str(studies).split() for studies in summary["studies"]]]
