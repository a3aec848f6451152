"""Tables: what a study found, in Markdown; computed from the same rows as its pictures, never typed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from harness.estimates import Estimate
from harness.tell.spell import spell_count, spell_interval, spell_quantity, spell_time
from harness.tell.view import Row, View, order_name

RESOLUTION_BYTES = 2**19
"""What the kernel's count of memory is good to: it is charged 64 pages a core at a time."""
CHARGED = {"peak_bytes", "idle_bytes", "work_bytes"}
"""What the kernel counts of a whole program, or follows from it."""
WIDE = 0.5
"""From here on half of an interval's width as a share says nothing: the interval itself does."""
ABOVE_IDLE = "memory above idle, kernel buffers in, program files out"
USE = ("startup_ns", "cores_used", "voluntary_switches", "involuntary_switches", "peak_bytes", "work_bytes")
USE_HEADS = ("start-up", "cores used", "waits", "preemptions", "peak memory", "above idle")


class Group(NamedTuple):
    """The comparisons of one label: a group of columns in a table."""

    label: str

    rows: Mapping[str, Row]
    """By the case that is compared."""

    @property
    def several(self) -> bool:
        """Whether they were made in several sessions."""
        return any(row["sessions"] > 1 for row in self.rows.values())

    @property
    def head(self) -> list[str]:
        """The heads of their columns."""
        return [escape(self.label), *(["between sessions"] if self.several else []), "verdict"]

    def spell(self, case: str) -> list[str]:
        """Spell a case's cells: 1 where others are compared with it, nothing where it is not in these comparisons."""
        if case in self.rows:
            return spell_comparison(self.rows[case], several=self.several)
        alone = any(row["against"] == case for row in self.rows.values())
        return ["1" if alone else "", *([""] if self.several else []), ""]


def escape(text: str) -> str:
    """Make a text from outside safe in a cell of Markdown: it is data, neither markup nor HTML."""
    table = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\n": " "}
    return "".join(f"\\{letter}" if letter in "\\`*_[]$|~" else table.get(letter, letter) for letter in text)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, texts: Sequence[int] = (0,)) -> str:
    """Write a table; the columns `texts` are text, the others are numbers."""
    lines = [head, ["---" if i in texts else "---:" for i in range(len(head))], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def fold(summary: str, content: str) -> str:
    """Fold a part of a page."""
    return (
        f"<details><summary>{summary}</summary>\n\n{content.strip()}\n\n</details>\n"
        if content.strip()
        else ""
    )


def tabulate(view: View) -> str:
    """Tabulate a study, a table for each workload: each case's numbers, its comparison, its marks."""
    parts = []
    for workload in dict.fromkeys(view.select("true")["workload"]):
        rows = view.select(f'workload == "{workload}"')
        if not rows.empty:
            heading = f"**{workload}**: {view.declarations.workloads[workload].description}.\n"
            parts.append(f"{heading}\n{tabulate_workload(view, rows)}\n{spell_work(view, workload, rows)}")
    return "\n".join(parts)


def list_quantities(view: View, rows: pd.DataFrame) -> list[str]:
    """List what a study's charts show, its judged quantity first."""
    judged = view.declarations.workloads[str(rows["workload"].iloc[0])].judged.quantity
    shown = [axis.quantity for chart in view.study.charts.values() for axis in (chart.x, *chart.y)]
    wanted = [*([judged] if view.study.timed else []), *shown]
    return [
        name
        for name in dict.fromkeys(wanted)
        if f"{name}_median" in rows and rows[f"{name}_median"].notna().any()
    ]


def tabulate_workload(view: View, rows: pd.DataFrame) -> str:
    """Tabulate the cases of one workload."""
    varied, quantities = view.list_varied(rows), list_quantities(view, rows)
    groups = list_groups(view, rows)
    head = ["implementation", *(name.replace("_", " ") for name in varied), *map(name_quantity, quantities)]
    texts = [0]
    for group in groups:
        head += group.head
        texts.append(len(head) - 1)
    lines = [
        [
            escape(view.label(row)),
            *(spell_value(row[name]) for name in varied),
            *spell_cells(view, row, quantities),
            *(cell for group in groups for cell in group.spell(str(row["case"]))),
            spell_doubts(row),
        ]
        for row in rows.to_dict("records")
    ]
    if not any(line[-1] for line in lines):
        return table(head, [line[:-1] for line in lines], texts=texts)
    return table([*head, "doubtful, note"], lines, texts=[*texts, len(head)])


def list_groups(view: View, rows: pd.DataFrame) -> list[Group]:
    """List the comparisons of some cases over all sessions, by what they are called, in the order of the table."""
    found = view.comparisons
    found = found[(found["session"] == 0) & found["case"].isin(rows["case"])]
    groups: dict[str, dict[str, Row]] = {}
    for row in found.to_dict("records"):
        groups.setdefault(view.name_comparison(row), {}).setdefault(str(row["case"]), row)
    return [Group(label, mine) for label, mine in groups.items()]


def name_quantity(name: str) -> str:
    """Name a quantity at the head of a column: its unit is spelled in the cells."""
    known = {
        "elapsed_ns": "time",
        "throughput_per_s": "units per second",
        "work_bytes": "memory above idle, kernel buffers in, program files out",
    }
    plain = name.removesuffix("_ns").removesuffix("_bytes")
    return known.get(name, plain.replace("_", " "))


def spell_value(value: object) -> str:
    """Spell what tells a case from the others."""
    if isinstance(value, str):
        return escape(value)
    return "" if pd.isna(value) else f"{value:,.0f}"  # type: ignore[call-overload]


def spell_cells(view: View, row: Row, quantities: Sequence[str]) -> list[str]:
    """Spell a case's quantities; one that is not known as well as was asked for with its width."""
    cells = []
    for name in quantities:
        found = view.estimate(row, name)
        wide = name == row["judged"] and not row["precise"] and not pd.isna(row["judged_width"])
        cells.append(spell_measured(name, found) + (spell_width(name, found, row) if wide else ""))
    return cells


def spell_width(name: str, found: Estimate, row: Row) -> str:
    """Spell how wide an interval is; where that is more than the half, the interval itself."""
    interval = spell_interval(name, found)
    return f" {interval}" if row["judged_width"] > WIDE and interval else f" ±{row['judged_width']:.0%}"


def spell_measured(name: str, found: Estimate) -> str:
    """Spell a measured quantity; what the kernel charged a whole program with only as far as it can be told."""
    if math.isnan(found.median):
        return ""
    if name in CHARGED and found.median < RESOLUTION_BYTES:
        return "< 0.5 MiB"
    return spell_quantity(name, found.median)


def spell_comparison(row: Row, *, several: bool) -> list[str]:
    """Spell a comparison: ratio with the interval that decides, spread between sessions, verdict."""
    found = Estimate(row["ratio"], row["low"], row["high"])
    ratio = f"{spell_quantity('ratio', found.median)} {spell_interval('ratio', found)}".strip()
    spread = f"{spell_quantity('ratio', row['spread_low'])} … {spell_quantity('ratio', row['spread_high'])}"
    return [ratio, *([spread if row["sessions"] > 1 else ""] if several else []), str(row["words"])]


def spell_doubts(row: Row) -> str:
    """Spell a case's marks and note."""
    marks = [each.replace("_", " ") for each in str(row["marks"]).split()]
    return "; ".join(
        [*(["**" + ", ".join(marks) + "**"] if marks else []), *([str(row["note"])] if row["note"] else [])]
    )


def spell_work(view: View, workload: str, rows: pd.DataFrame) -> str:
    """Say which work, on which runtimes, in how many rounds."""
    arguments = [name for name in view.declarations.workloads[workload].arguments if name in rows]
    shared = [
        f"{name} = {spell_value(rows[name].iloc[0])}" for name in arguments if rows[name].nunique() == 1
    ]
    runtimes = ", ".join(sorted(set(rows["runtime"]), key=order_name))
    parts = [", ".join(shared), escape(runtimes), escape(view.machine), view.rounds]
    return f"{'; '.join(part for part in parts if part)}.\n"


def tabulate_use(view: View) -> str:
    """Tabulate what every case used beside its time: start-up, cores, context switches, memory."""
    rows = view.select("true")
    columns = [
        (name, head)
        for name, head in zip(USE, USE_HEADS, strict=True)
        if rows[f"{name}_median"].notna().any()
    ]
    varied = view.list_varied(rows)
    lines = [
        [escape(f"{row['workload']}: {view.label(row)}"), *(spell_value(row[name]) for name in varied)]
        + [spell_measured(name, view.estimate(row, name)) for name, _ in columns]
        for row in rows.to_dict("records")
    ]
    names = [name.replace("_", " ") for name in varied]
    return table(["implementation", *names, *(head for _, head in columns)], lines) if columns else ""


def list_absent(view: View) -> str:
    """List what was not measured, and why: one line a reason."""
    others = view.summary[view.summary["status"] != "ok"]
    lines = []
    keys = ["language", "runtime", "model", "workload", "status", "reason"]
    for names, mine in others.groupby(keys, sort=False):
        row: Row = dict(zip(keys, names, strict=True))
        workers = sorted(set(mine["workers"]))
        counts = "" if len(others) == 1 else f", {', '.join(f'{each:,}' for each in workers)} workers"
        name = f"{row['workload']}: {view.label(row)}{counts}"
        lines.append(f"- {row['status']}: {escape(name)}: {escape(str(row['reason']))}\n")
    weighed = view.measured[view.measured["reason"] != ""]
    for row in weighed.to_dict("records"):
        lines.append(f"- {escape(str(row['case']))}: {escape(str(row['reason']))}\n")
    return "".join(lines)


def list_marks(view: View) -> str:
    """List what is doubtful, with its figures."""
    rows = view.marks.astype(object).fillna("").to_dict("records")
    return "".join(
        f"- {str(row['rule']).replace('_', ' ')}: {escape(str(row['case'])) or 'the machine'}: {row['sentence']}\n"
        for row in rows
    )


def list_fits(view: View) -> str:
    """List fitted parameters, and refusals: one line a reason."""
    lines: list[str] = []
    refused: dict[str, list[str]] = {}
    for row in view.fits.astype(object).fillna("").to_dict("records"):
        name = escape(f"{row['workload']}: {view.label(row)}")
        if row["reason"]:
            refused.setdefault(f"no {row['law']} fit: {row['reason']}", []).append(name)
        elif row["parameter"] != "intercept":
            parameter = str(row["parameter"])
            found = Estimate(float(row["value"]), float(row["low"]), float(row["high"]))
            spelled = f"{spell_quantity(parameter, found.median)} {spell_interval(parameter, found)}"
            lines.append(f"- {name}: {parameter.replace('_', ' ')} {spelled}\n")
    lines += [f"- {reason} ({', '.join(names)})\n" for reason, names in refused.items()]
    return "".join(lines)


def tell_sessions(view: View) -> str:
    """Say when a study was measured, and how steady the machine was meanwhile."""
    lines = []
    for session in view.plan.sessions:
        looks = view.looks[view.looks["session"] == session.number] if len(view.looks) else view.looks
        steady = ""
        if len(looks):
            usual, high = looks["elapsed_ns"].median(), looks["elapsed_ns"].quantile(0.95)
            steal_s = looks["steal_ns"].sum() / 1e9
            steady = (
                f"; the probe took {spell_time(usual / 1e9)} {spell_count(len(looks), 'time')}, 95 % of them below "
                f"{high / usual:.2f}× that; the hypervisor took {spell_time(steal_s)}"
            )
        lines.append(f"- session {session.number}: {session.began_at[:16].replace('T', ' ')} UTC{steady}\n")
    return "".join(lines)
