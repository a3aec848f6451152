"""What a study found, in tables of Markdown: computed from the same rows as its picture, never typed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from harness.charts.study import ChartedStudy
from harness.charts.style import spell_time


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, texts: Sequence[int] = (0,)) -> str:
    """Write a table; the columns `texts` are text, the others are numbers."""
    lines = [head, ["---" if i in texts else "---:" for i in range(len(head))], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def tabulate_speedup(study: ChartedStudy) -> str:
    """Tabulate every case's time, and its speed-up over its own language's baseline, with a verdict."""
    rows = [spell_case(study, row) for _, row in sort_as_declared(study).iterrows()]
    head = ("implementation", "workers", "time", "times its own sequential", "verdict")
    return table(head, rows, texts=(0, 4)) + "\n" + spell_work(study) + "\n"


def tabulate_use(study: ChartedStudy) -> str:
    """Tabulate what every case used beside its time: start-up, cores, context switches, memory."""
    head = (
        "implementation",
        "workers",
        "start-up",
        "cores used",
        "voluntary switches",
        "involuntary",
        "peak memory",
        "beyond idle",
    )
    rows = []
    for _, row in sort_as_declared(study).iterrows():
        name = study.label(str(row["language"]), str(row["model"]), str(row["runtime"]))
        switches = (row[f"{kind}_switches_median"] for kind in ("voluntary", "involuntary"))
        memory = (row[f"{kind}_bytes_median"] for kind in ("peak", "work"))
        rows.append(
            [
                f"{row['workload']}: {name}",
                str(row["workers"]),
                spell_time(row["startup_ns_median"] / 1e9),
                f"{row['cores_used_median']:.2f}",
                *(f"{each:,.0f}" for each in switches),
                *("" if pd.isna(each) else f"{each / 2**20:.1f} MiB" for each in memory),
            ]
        )
    return table(head, rows)


def spell_work(study: ChartedStudy) -> str:
    """Say which work, on which runtimes, in how many rounds."""
    works = []
    for workload, rows in study.drawn.groupby("workload"):
        arguments = study.declarations.workloads[str(workload)].arguments
        shared = {name: set(rows[f"argument_{name}"]) for name in arguments if f"argument_{name}" in rows}
        spelled = [f"{name} = {values.pop():,.0f}" for name, values in shared.items() if len(values) == 1]
        works.append(f"{workload}: {', '.join(spelled)}")
    runtimes = ", ".join(sorted(set(study.drawn["runtime"])))
    return f"{'; '.join(works)}. {runtimes}; {study.machine}; {study.rounds}."


def sort_as_declared(study: ChartedStudy) -> pd.DataFrame:
    """Sort a study's rows as workloads, languages and models are declared, then by workers."""
    languages = study.declarations.languages
    places = {
        (language, model): (i, j)
        for i, language in enumerate(languages)
        for j, model in enumerate(languages[language].models)
    }
    keys = [
        (row["workload"], places[row["language"], row["model"]], row["workers"])
        for row in study.drawn.to_dict("records")
    ]
    return study.drawn.iloc[sorted(range(len(keys)), key=keys.__getitem__)]


def spell_width(row: pd.Series[float]) -> str:
    """Spell how wide an interval is that did not become as narrow as was asked for."""
    if row["certain"] or pd.isna(row["elapsed_width"]):
        return ""
    return f" ±{row['elapsed_width']:.0%}"


def spell_case(study: ChartedStudy, row: pd.Series[float]) -> list[str]:
    """Spell one case of `tabulate_speedup`."""
    language, model = str(row["language"]), str(row["model"])
    name = f"{row['workload']}: {study.label(language, model, str(row['runtime']))}"
    time = spell_time(row["elapsed_ns_median"] / 1e9) + spell_width(row)
    if model == study.declarations.languages[language].baseline:
        return [name, str(row["workers"]), time, "1", ""]
    median, low, high = (row[f"speedup_{end}"] for end in ("median", "low", "high"))
    if pd.isna(low):
        return [
            name,
            str(row["workers"]),
            time,
            "" if pd.isna(median) else f"{median:.2f}×",
            "too few rounds",
        ]
    speedup = f"{median:.2f}× [{low:.2f}, {high:.2f}]"
    return [name, str(row["workers"]), time, speedup, str(row["verdict"])]
