"""Shapes: what a slide shows beside text: bars, drawings, lanes that can be replayed; as HTML."""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from harness.errors import HarnessError
from harness.estimates import Estimate
from harness.paths import ROOT, show
from harness.tell.charts.chart import Floats
from harness.tell.figures import CaseFigures, Figure
from harness.tell.spell import spell_bytes, spell_quantity, spell_time

DRAWINGS = ROOT / "presentation" / "drawings"
UNBROKEN = "\N{NO-BREAK SPACE}"


def spell_times(value: float | Figure) -> str:
    """Spell a factor, e.g. `20.4×`."""
    return spell_quantity("ratio", float(value))


def spell_percent(value: float) -> str:
    """Spell a share, e.g. `36 %`."""
    return f"{float(value) * 100:.0f}{UNBROKEN}%"


def spell_ns(value: float) -> str:
    """Spell a time that is given in nanoseconds."""
    return spell_time(float(value) / 1e9).replace(" ", UNBROKEN)


def spell_size(value: float) -> str:
    """Spell a size that is given in bytes."""
    return spell_bytes(float(value)).replace(" ", UNBROKEN)


def show_bars(
    quantity: str,
    *wanted: CaseFigures | None,
    names: Sequence[str] = (),
    log: bool = False,
    interval: bool = False,
) -> str:
    """Show a quantity of some cases: bars that begin at 0, or dots on a logarithmic scale; each with its figure."""
    named = zip(wanted, names or [""] * len(wanted), strict=True)
    known = [(case, name or case.label, case.find(quantity)) for case, name in named if case is not None]
    values = np.array([float(figure) for _, _, figure in known])
    low, high = (np.log10(values.min()) - 0.15, np.log10(values.max())) if log else (0.0, values.max())
    places = ((np.log10(values) if log else values) - low) / max(high - low, 1e-9)
    no_gain = f'<span class="one" style="left:{100 / values.max():.3f}%"></span>'
    inside = "dot" if log else "fill"
    track = f'{no_gain if quantity == "ratio" and not log else ""}<span class="{inside}"></span>'
    rows = []
    for (case, name, figure), place in zip(known, places, strict=True):
        within = f" <small>{figure.interval}</small>" if interval and figure.interval else ""
        ring = ' <span class="ring" title="doubtful: see the foot"></span>' if case.doubts(quantity) else ""
        rows.append(
            f'<div class="bar" style="--part:{place:.4f};--own:var(--{case.row["language"]})">'
            f'<span class="name">{html.escape(name)}</span><span class="track">{track}</span>'
            f'<span class="value">{figure}{within}{ring}</span></div>'
        )
    return f'<div class="bars">{"".join(rows)}{show_decades(quantity, low, high) if log else ""}</div>'


def show_decades(quantity: str, low: float, high: float) -> str:
    """Show round values between two powers of ten, below dots on a logarithmic scale."""
    inside = [value for value in list_round(quantity) if 10**low <= value <= 10**high]
    ticks = "".join(
        f'<s style="left:{100 * (math.log10(value) - low) / (high - low):.2f}%">{spell_tick(quantity, value)}</s>'
        for value in inside
    )
    return f'<span class="name foot">logarithmic</span><span class="decades">{ticks}</span><span></span>'


def list_round(quantity: str) -> list[float]:
    """List round values of a quantity: powers of ten, of bytes in their own units."""
    if "bytes" in quantity:
        return [size * 2.0**unit for unit in (10, 20, 30) for size in (1, 10, 100)]
    return [10.0**power for power in range(-3, 13)]


def spell_tick(quantity: str, value: float) -> str:
    """Spell a round value without its zeros."""
    return re.sub(r"\.0+\b", "", str(Figure(quantity, Estimate(value, value, value))))


def read_drawing(name: str) -> str:
    """Read a drawing of the deck, to stand in the page itself, so that it takes part in the theme."""
    path = DRAWINGS / f"{name}.svg"
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise HarnessError(f"{show(path)}: expected a drawing: {error.strerror}") from None
    return f'<div class="drawing">{text[text.index("<svg") :]}</div>'


class Lanes(NamedTuple):
    """What one case did in its most typical run: when each worker ran, in nanoseconds."""

    case: CaseFigures
    begin: Floats
    end: Floats
    worker: Floats


def show_replay(*wanted: CaseFigures | None, value: str, caption: str) -> str:
    """Show recorded segments as lanes that can be replayed in slow motion; still, they are a picture.

    `value` is a quantity of each case, `caption` says what it is. Raises HarnessError where the study of a case has no
    chart of lanes, which says what the segments are.
    """
    shown = [read_lanes(case) for case in wanted if case is not None]
    reach = max(float(each.end.max()) for each in shown)
    groups = "".join(show_lanes(each, reach, str(each.case.find(value))) for each in shown)
    ticks = "".join(
        f'<s style="left:{100 * at * 1e6 / reach:.2f}%"{" class=last" if at * 1e6 > 0.97 * reach else ""}>{at}</s>'
        for at in range(0, int(reach / 1e6) + 1, 50)
    )
    head = f'<span class="name"></span><div></div><span class="value">{html.escape(caption)}</span>'
    return (
        f'<div class="replay" data-reach="{reach / 1e6:.3f}"><div class="group head">{head}</div>{groups}'
        f'<div class="group axis"><span class="name">ms</span><div>{ticks}</div>'
        '<button type="button">Replay</button></div></div>'
    )


def read_lanes(case: CaseFigures) -> Lanes:
    """Read the segments of the run that the study's own chart of lanes shows."""
    from harness.tell.pictures import find_typical, read_array  # noqa: PLC0415 (matplotlib takes a second)

    chart = next((each for each in case.view.study.charts.values() if each.lanes), None)
    if chart is None:
        raise HarnessError(f"{case.key}: expected a study with a chart of lanes to replay")
    names = (chart.x.quantity, chart.y[0].quantity, chart.lanes)
    typical = find_typical(case.view, case.row)
    begin, length, worker = (read_array(case.view, str(case.row["case"]), name, typical) for name in names)
    return Lanes(case, begin, begin + length, worker)


def show_lanes(lanes: Lanes, reach: float, value: str) -> str:
    """Show the lanes of one case."""
    shown = []
    for worker in np.unique(lanes.worker):
        mine = lanes.worker == worker
        spans = list(zip(lanes.begin[mine], lanes.end[mine], strict=True))
        parts = "".join(
            f'<i style="left:{100 * begin / reach:.3f}%;width:{max(100 * (end - begin) / reach, 0.05):.3f}%"></i>'
            for begin, end in spans
        )
        told = json.dumps([[round(begin / 1e6, 2), round(end / 1e6, 2)] for begin, end in spans])
        shown.append(
            f"<div class=\"lane\" data-spans='{told}'><b>{int(worker) + 1}</b><span>{parts}</span></div>"
        )
    return (
        f'<div class="group" style="--own:var(--{lanes.case.row["language"]})">'
        f'<span class="name">{html.escape(lanes.case.label)}</span><div>{"".join(shown)}</div>'
        f'<span class="value">{value}</span></div>'
    )
