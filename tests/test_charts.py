"""Drawings: what is asked for is there, is legible on both pages, and nothing covers anything else."""

from __future__ import annotations

import tomllib
from importlib import import_module
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from harness.tell.charts import DRAWINGS, labels, page, render, scale, style
from harness.tell.charts.chart import Axis, Chart, Floats, Kind, Look, Mark, Panel, Reference, Series

LANGUAGES = tomllib.loads((Path(page.__file__).parents[2] / "languages.toml").read_text())
PROPOSED = {
    "light": {"python": "#006FD6", "go": "#005C36", "cpp": "#B34700"},
    "dark": {"python": "#58A6FF", "go": "#4BE3A4", "cpp": "#FF8C42"},
}
"""Colours that stay apart where the blue cones are missing, which those of languages.toml do not."""


def look(theme: str) -> Look:
    models = LANGUAGES["models"]
    return Look(
        theme,  # type: ignore[arg-type]
        PROPOSED[theme],
        {name: each["marker"] for name, each in models.items()},
        {name: each["dash"] for name, each in models.items()},
    )


LIGHT, DARK = LOOKS = (look("light"), look("dark"))
WHO = (
    ("Python sequential", "python", "sequential"),
    ("Python threads", "python", "threads"),
    ("Python processes", "python", "processes"),
    ("Python asyncio", "python", "coroutines"),
    ("Go goroutines", "go", "goroutines"),
    ("Go goroutine pool", "go", "pool"),
    ("C++ threads", "cpp", "threads"),
    ("C++ coroutines", "cpp", "coroutines"),
)
SUBTITLE = (
    "How many waits can overlap? 2 cores of an Intel Xeon, Linux 6.1, 3 sessions, medians, 95 % intervals"
)
ODD = "$x^2$ <b> & a_b \\frac{1}{2} \x1b[31m\x00 -- ]]>"
IN_FLIGHT = np.array([1, 10, 100, 500, 1000, 5000], dtype=float)


def array(*values: float) -> Floats:
    return np.array(values, dtype=float)


def line(number: int, y: Floats, x: Floats = IN_FLIGHT, **more: object) -> Series:
    return Series(*WHO[number], x=x, y=y, low=y * 0.93, high=y * 1.06, **more)  # type: ignore[arg-type]


def throughput(number: int, limit: float, delay: float) -> Series:
    y = 1 / (delay / IN_FLIGHT + 1 / limit)
    notes = ("", "", "", "", "", "480 of 5,000") if number == 1 else ()
    ringed = (False, False, False, True, False, False) if number == 6 else ()
    return line(number, y, notes=notes, ringed=ringed)


def fanout() -> Chart:
    limits = {1: 900, 3: 2600, 4: 9000, 6: 7000, 7: 9400}
    top, below = [], []
    for delay in (0.01, 0.1, 1.0):
        series = [throughput(number, limit, delay) for number, limit in limits.items()]
        ideal = Reference("ideal", IN_FLIGHT, IN_FLIGHT / delay)
        rate = Axis("requests per second", "count", log=True)
        top.append(Panel(f"delay {delay * 1000:.0f} ms", series, [ideal], y=rate))
        waits = [
            line(n, IN_FLIGHT / s.y, notes=s.notes, ringed=s.ringed)
            for n, s in zip(limits, series, strict=True)
        ]
        delays = Reference("the delay itself", IN_FLIGHT, np.full(6, delay))
        below.append(Panel("", waits, [delays], y=Axis("99th percentile of latency", "time", log=True)))
    title = "At 1,000 in flight Go serves 9.1× as many requests per second as Python threads"
    foot = "Dashed: the ideal, in flight / delay, or the delay itself. Ring: the server was too busy."
    return Chart(title, SUBTITLE, "lines", Axis("requests in flight", "count", log=True), [top, below], foot)


def speedup() -> Chart:
    workers = array(1, 2, 3, 4)
    gains = {
        1: (1, 0.99, 0.98, 0.97),
        2: (0.98, 1.9, 1.87, 1.85),
        4: (1, 1.97, 1.96, 1.97),
        6: (1, 1.96, 1.95, 1.97),
    }
    panels = []
    for name in ("primes", "mandelbrot", "hash", "sort"):
        series = [line(number, array(*values), workers) for number, values in gains.items()]
        fit = np.linspace(1, 4, 40)
        references = [
            Reference("ideal", workers, workers),
            Reference("limit of this machine", workers, np.minimum(workers, 1.94), "1 2"),
            Reference("fit: σ = 0.02", fit, fit / (1 + 0.3 * (fit - 1)), "4 2", "python"),
        ]
        panels.append(
            Panel(name, series, references, [Mark(2, "cores")], Axis("speed-up over sequential", "ratio"))
        )
    title = "Two threads compute no faster than one in Python with a GIL; two processes take half the time"
    return Chart(
        title, SUBTITLE, "lines", Axis("workers", "count"), [panels], "Dotted: two calibrated cores."
    )


def crowded_lines() -> Chart:
    series = [
        Series(
            f"{label} on a runtime with a long name",
            language,
            model,
            IN_FLIGHT,
            IN_FLIGHT ** (1 + 0.001 * number),
            notes=("", "", f"saturated: {480 + number} of 1,000", "", "", "end"),
            ringed=(True,) * 6,
        )
        for number, (label, language, model) in enumerate(WHO)
    ]
    panels = [Panel(f"panel {n}", series, y=Axis("requests per second", "count", log=True)) for n in range(5)]
    title = "A finding so long that it needs more than one line, because it compares " + "eight models, " * 12
    return Chart(title, SUBTITLE * 3, "lines", Axis("in flight", "count", log=True), [panels], SUBTITLE * 2)


def overview(panels: int = 4, rows: int = 8, kind: str = "dots") -> Chart:
    made = []
    for panel in range(panels):
        values = [0.008 * 1.9**number * (1 + panel / 3) for number in range(rows)]
        series = [
            Series(
                *WHO[number % 8],
                array(value),
                array(0.011 + number / 300),
                array(value * 0.94),
                array(value * 1.08),
                (number == 3,),
                (scale.spell(value, "time"),),
            )
            for number, value in enumerate(values)
        ]
        made.append(Panel(f"workload {panel}: count primes below 2,000,000", series))
    x = Axis("time of the work (logarithmic)", "time", log=True)
    x = x._replace(label=x.label * (1 if panels < 5 else 4))
    foot = "Grey tick: start-up, outside the work. Ring: the times form two groups."
    return Chart(
        "Go and C++ need a tenth of the time of Python for every workload", SUBTITLE, kind, x, [made], foot
    )


def readme() -> Chart:
    rows = ((0, 1.0), (1, 0.99), (2, 1.91), (4, 1.96), (6, 1.97))
    waits = ((0, 1.0), (1, 96.0), (3, 99.0), (4, 99.6), (6, 99.4))
    made = []
    for title, values in (("computing: primes, 2 workers", rows), ("waiting: fetch, 100 in flight", waits)):
        series = [
            Series(
                *WHO[number],
                array(value),
                low=array(value * 0.96),
                high=array(value * 1.03),
                ringed=(number == 6,),
                notes=(f"{value:g}×",),
            )
            for number, value in values
        ]
        made.append(Panel(title, series))
    title = "Threads speed up waiting 96×, but computing not at all in Python with a GIL"
    return Chart(title, SUBTITLE, "bars", Axis("speed-up over sequential", "ratio"), [made])


def timeline(workers: int = 4) -> Chart:
    made = []
    for runtime, together in (
        ("CPython 3.13", False),
        ("CPython 3.13t, free-threaded", True),
        ("Go 1.26", True),
    ):
        series = []
        language = "go" if runtime.startswith("Go") else "python"
        for worker in range(workers):
            begins = np.arange(0, 0.2, 0.02) + (0 if together else worker * 0.005)
            ends = begins + (0.019 if together else 0.005)
            share = f"{(ends - begins).sum() / 0.2:.0%} running"
            series.append(Series(f"worker {worker + 1}", language, "threads", begins, ends, notes=(share,)))
            if not together:
                series.append(Series(f"worker {worker + 1}", "", "", ends, begins + 0.02))
        made.append([Panel(runtime, series, marks=[Mark(0.1, "first half ends")] if together else [])])
    foot = "Coloured: running; grey: waiting for the GIL (global interpreter lock)."
    return Chart(
        "With the GIL one thread runs at a time",
        SUBTITLE,
        "lanes",
        Axis("time since the start", "time"),
        made,
        foot,
    )


def lags(count: int = 3, apart: float = 8.0) -> Chart:
    rng = np.random.default_rng(1)
    series = [
        Series(*WHO[number], rng.lognormal(-9 + number * np.log(apart), 0.8, 3000)) for number in range(count)
    ]
    panels = [Panel(f"burn {n}", series, marks=[Mark(0.005, "switch interval: 5 ms")]) for n in range(2)]
    return Chart(
        "A computing thread delays a heartbeat by 5 ms",
        SUBTITLE,
        "ecdf",
        Axis("lag", "time", log=True),
        [panels],
    )


def granularity(columns: int = 7, rows: int = 3) -> Chart:
    cells = [(x, y) for y in range(rows) for x in range(columns)]
    series = []
    for number in (0, 2, 4, 5, 6):
        own = [cell for cell in cells if (cell[0] + cell[1]) % 5 == (0, 2, 4, 5, 6).index(number)]
        x, y = (np.array([cell[axis] for cell in own], dtype=float) for axis in (0, 1))
        ringed = (True,) if number == 2 else ()
        series.append(
            Series(*WHO[number], x, y, ringed=ringed, notes=tuple(f"{1.9 + each:.1f}×" for each in x))
        )
    names = tuple(scale.spell(10.0 ** (each - 6), "time") for each in range(columns))
    panel = Panel(
        "", series, y=Axis("language"), columns=names, rows=("Python", "Go", "C++ compiled by g++ 12")[:rows]
    )
    title = "Below 100 µs a unit, concurrency costs more than it gives"
    return Chart(
        title, SUBTITLE, "heat", Axis("size of a unit"), [[panel]], "Number: speed-up over sequential."
    )


def tiny(drawing: str) -> Chart:
    nan = array(np.nan)
    y = array(1.0) if drawing in {"lines", "lanes", "heat"} else array()
    series = Series(
        *WHO[1], array(0.0 if drawing in {"heat", "lanes"} else 1.0), y * (drawing != "heat"), nan, nan
    )
    panel = Panel("", [series], columns=("a",), rows=("b",))
    return Chart(
        "one value", "", drawing, Axis("time", "time", log=drawing in {"lines", "dots", "ecdf"}), [[panel]]
    )


def odd(drawing: str) -> Chart:
    chart = tiny(drawing)
    series = chart.rows[0][0].series[0]._replace(label=ODD, notes=(ODD,))
    panel = Panel(
        ODD,
        [series],
        [Reference(ODD, array(0.5, 2), array(1, 1))],
        [Mark(1.0, ODD)],
        Axis(ODD),
        (ODD,),
        (ODD,),
    )
    return Chart(ODD, ODD, drawing, Axis(ODD), [[panel]], ODD)


def extreme(drawing: str) -> Chart:
    x = 10.0 ** np.arange(-9, 10)
    wild = np.concatenate([x, array(np.nan, np.inf, 0, -1)])
    many = [Series(*WHO[n], wild, y, y / 9, y * 9) for n, y in ((1, wild[::-1]), (4, wild))]
    single = [
        Series(*WHO[n % 8], array(each), array(each), array(each / 9), array(each * 9))
        for n, each in enumerate(wild)
    ]
    panel = Panel(
        "all sizes", many if drawing in {"lines", "ecdf"} else single, y=Axis("y", "number", log=True)
    )
    return Chart(
        "from a billionth to a billion", "", drawing, Axis("x", "number", log=drawing != "bars"), [[panel]]
    )


def empty(drawing: str) -> Chart:
    return Chart("Nothing", SUBTITLE, drawing, Axis("x"), [[Panel("panel", [])]])


CHARTS = {
    "lines-fanout": fanout(),
    "lines-speedup": speedup(),
    "lines-crowded": crowded_lines(),
    "dots-typical": overview(),
    "dots-crowded": overview(20, 10),
    "bars-readme": readme(),
    "bars-crowded": overview(5, 8, "bars"),
    "lanes-typical": timeline(),
    "lanes-crowded": timeline(16),
    "ecdf-typical": lags(),
    "ecdf-crowded": lags(8, 1.1),
    "ecdf-full": lags(8, 1.0)._replace(rows=[[Panel("", lags(8, 1.0).rows[0][0].series * 2)]]),
    "heat-typical": granularity(),
    "heat-crowded": granularity(14),
    **{f"{drawing}-{make.__name__}": make(drawing) for drawing in DRAWINGS for make in (tiny, odd, empty)},
    **{f"{drawing}-extreme": extreme(drawing) for drawing in ("lines", "dots", "bars", "ecdf")},
}


ONCE = [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in CHARTS]
"""Each chart is drawn by one of pytest's processes, which does all tests of it."""


@pytest.fixture(scope="module", params=ONCE)
def drawn(request: pytest.FixtureRequest) -> tuple[Chart, Figure]:
    chart = CHARTS[request.param]
    with style.applied(LIGHT):
        figure = import_module(f"harness.tell.charts.{chart.drawing}").draw(chart, LIGHT)
        FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]
    return chart, figure


def texts_of(figure: Figure) -> list[Text]:
    found = figure.findobj(
        lambda each: isinstance(each, Text) and each.get_visible() and bool(each.get_text().strip())
    )
    shown = {id(text) for axes in figure.axes for text in (*axes.get_xticklabels(), *axes.get_yticklabels())}
    hidden = {
        id(tick_text)
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks())
        for tick_text in (tick.label1, tick.label2)
        if id(tick_text) not in shown or not tick_text.get_visible()
    }
    return [text for text in found if isinstance(text, Text) and id(text) not in hidden]


def words_of(figure: Figure) -> str:
    return " ".join("".join(text.get_text().split()) for text in texts_of(figure))


def squeeze(text: str) -> str:
    return "".join(style.clean(text).split())


def series_of(chart: Chart) -> list[Series]:
    return [series for row in chart.rows for panel in row for series in panel.series]


def labelled(figure: Figure, label: str) -> list[Line2D]:
    return [each for each in figure.findobj(Line2D) if isinstance(each, Line2D) and each.get_label() == label]


def test_drawings_are_the_modules_that_draw() -> None:
    assert list(DRAWINGS) == ["bars", "dots", "ecdf", "heat", "lanes", "lines"]


def test_no_text_overlaps_another(drawn: tuple[Chart, Figure]) -> None:
    texts = texts_of(drawn[1])
    boxes = np.array([text.get_window_extent().extents for text in texts])
    low, high = boxes[:, None, :2], boxes[:, None, 2:]
    shared = np.minimum(high, boxes[None, :, 2:]) - np.maximum(low, boxes[None, :, :2])
    for one, other in np.argwhere((shared > (1, 1.5)).all(axis=2)):
        assert one == other, f"{texts[one].get_text()!r} overlaps {texts[other].get_text()!r}"


def test_nothing_is_cut_off(drawn: tuple[Chart, Figure]) -> None:
    figure = drawn[1]
    for text in texts_of(figure):
        box = text.get_window_extent()
        assert box.x0 >= 0, text.get_text()
        assert box.y0 >= 0, text.get_text()
        assert box.x1 <= figure.bbox.width, text.get_text()
        assert box.y1 <= figure.bbox.height, text.get_text()


def test_texts_are_large_enough_and_level(drawn: tuple[Chart, Figure]) -> None:
    assert drawn[1].get_figwidth() * 96 <= 880
    for text in texts_of(drawn[1]):
        assert float(text.get_fontsize()) >= 8.25, text.get_text()
        assert text.get_rotation() == 0, text.get_text()


def test_every_text_has_contrast(drawn: tuple[Chart, Figure]) -> None:
    for text in texts_of(drawn[1]):
        assert contrast(to_hex(text.get_color()), style.INKS["light"].page) >= 4.5, text.get_text()


def test_every_series_is_named(drawn: tuple[Chart, Figure]) -> None:
    chart, figure = drawn
    words = words_of(figure)
    for series in series_of(chart):
        assert squeeze(series.label) in words
    for part in (chart.title, chart.subtitle, chart.foot):
        assert squeeze(part) in words


def test_every_doubtful_point_has_a_ring(drawn: tuple[Chart, Figure]) -> None:
    chart, figure = drawn
    rings = sum(len(np.atleast_1d(ring.get_xdata())) for ring in labelled(figure, "ringed"))
    assert rings == (
        sum(sum(series.ringed) for series in series_of(chart)) if chart.drawing != "lanes" else 0
    )


def test_leaders_stay_outside_the_axes(drawn: tuple[Chart, Figure]) -> None:
    _, figure = drawn
    boxes = [axes.get_window_extent() for axes in figure.axes]
    for leader in labelled(figure, "leader"):
        assert leader.get_color() == style.INKS["light"].grey
        places = leader.get_transform().transform(np.array(leader.get_xydata()))
        assert not any(box.contains(*place) for box in boxes for place in places)


@pytest.mark.parametrize("name", CHARTS)
def test_svg_is_well_formed_and_the_same_again(name: str) -> None:
    themes = LOOKS if "typical" in name or "odd" in name else LOOKS[:1]
    for each in themes:
        first = render(CHARTS[name], each)
        root = ET.fromstring(first["svg"])
        assert float(root.attrib["width"].removesuffix("pt")) * 4 / 3 <= 880.5
        assert first["png"].startswith(b"\x89PNG")
        assert b"<text" not in first["svg"]
        if "typical" in name or "odd" in name:
            assert render(CHARTS[name], each) == first


def test_bars_start_at_zero() -> None:
    with style.applied(LIGHT):
        figure = import_module("harness.tell.charts.bars").draw(CHARTS["bars-readme"], LIGHT)
    for axes in figure.axes:
        bars = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
        assert len(bars) == 5
        assert all(bar.get_x() == 0 for bar in bars)
        assert axes.get_xlim()[0] == 0
        assert axes.get_xticklabels()[0].get_text() == "0×"


def test_typical_notes_and_references_are_all_written() -> None:
    for name in (
        "lines-fanout",
        "lines-speedup",
        "dots-typical",
        "bars-readme",
        "heat-typical",
        "ecdf-typical",
    ):
        chart = CHARTS[name]
        with style.applied(LIGHT):
            words = words_of(import_module(f"harness.tell.charts.{chart.drawing}").draw(chart, LIGHT))
        panels = [panel for row in chart.rows for panel in row]
        wanted = [note for series in series_of(chart) for note in series.notes]
        wanted += [each.label for panel in panels for each in panel.references]
        wanted += [each.label for panel in panels for each in panel.marks]
        for text in set(wanted):
            assert words.count(squeeze(text)) >= wanted.count(text), text


def test_panels_of_a_row_share_their_y_axis() -> None:
    with style.applied(LIGHT):
        figure = import_module("harness.tell.charts.lines").draw(CHARTS["lines-fanout"], LIGHT)
    assert len({axes.get_xlim() for axes in figure.axes}) == 1
    assert len({axes.get_ylim() for axes in figure.axes}) == 2


@pytest.mark.parametrize("drawing", DRAWINGS)
def test_nothing_measured_is_said(drawing: str) -> None:
    choices: list[list[list[Panel]]] = [[], [[]], [[Panel("panel", [])]]]
    for rows in choices:
        chart = Chart("Nothing", "", drawing, Axis("x"), rows)
        with style.applied(LIGHT):
            assert squeeze(page.NOTHING) in words_of(
                import_module(f"harness.tell.charts.{drawing}").draw(chart, LIGHT)
            )


def test_an_empty_panel_among_others_says_so() -> None:
    for drawing in DRAWINGS:
        chart = tiny(drawing)
        panels = [chart.rows[0][0], Panel("other", [], columns=("a",), rows=("b",))]
        with style.applied(LIGHT):
            figure = import_module(f"harness.tell.charts.{drawing}").draw(
                chart._replace(rows=[panels]), LIGHT
            )
            assert squeeze(page.NOTHING) in words_of(figure)


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (0.072, "time", "72 ms"),
        (1.5e-6, "time", "1.5 µs"),
        (3e-9, "time", "3 ns"),
        (0.9999, "time", "1 s"),
        (1200, "time", "1,200 s"),
        (0, "time", "0"),
        (1536, "bytes", "1.5 KiB"),
        (0.5, "bytes", "0.5 B"),
        (12_345, "count", "12,345"),
        (2_500_000, "count", "2.5 M"),
        (0.25, "share", "25 %"),
        (1.96, "ratio", "1.96×"),
        (1e-9, "number", "1e-9"),
    ],
)
def test_values_are_spelled_with_units(value: float, kind: Kind, text: str) -> None:
    assert scale.spell(value, kind) == text


def test_spread_moves_as_little_as_may_be() -> None:
    assert labels.spread([10, 50, 90], [10, 10, 10], 0, 100) == [10, 50, 90]
    assert labels.spread([50, 50, 50], [10, 20, 10], 0, 100) == [35, 50, 65]
    assert labels.spread([98, 99], [10, 10], 0, 100) == [85, 95]
    assert labels.spread([], [], 0, 100) == []


def test_rows_are_turned_or_wrapped_where_too_many_columns() -> None:
    assert page.arrange([[1, 2, 3]], 3) == [[1, 2, 3]]
    assert page.arrange([[1, 2, 3, 4]], 3) == [[1, 2], [3, 4]]
    assert page.arrange([[1, 2, 3], [4, 5, 6]], 2) == [[1, 4], [2, 5], [3, 6]]
    assert page.arrange([[1, 2, 3], [4]], 2) == [[1, 2], [3], [4]]


def test_only_the_head_of_a_long_distribution_is_thinned() -> None:
    ecdf = import_module("harness.tell.charts.ecdf")
    x, y = ecdf.cumulate(np.arange(100_000, dtype=float))
    assert len(x) < 1000
    assert (x[-3:] == [99_997, 99_998, 99_999]).all()
    assert y[-1] == 1
    assert np.interp(50_000, x, y) == pytest.approx(0.5, abs=1e-3)


MACHADO = {  # Machado, Oliveira, Fernandes 2009, severity 1.0, for linear RGB
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.01182, 0.04294, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.3039),
    ),
}
TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.072175),
    (0.0193339, 0.119192, 0.9503041),
)
APART = 20  # CIE 1976 ΔE; 2.3 is just noticeable side by side, 20 is seen at a glance between thin lines


def linear(colour: str) -> Floats:
    values = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio."""
    low, high = sorted(float(linear(each) @ TO_XYZ[1]) for each in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(rgb: Floats) -> Floats:
    ratio = np.array(TO_XYZ) @ rgb.clip(0, 1) / (0.95047, 1, 1.08883)
    f = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return array(116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2]))


def colours_of(theme: str) -> dict[str, str]:
    return {name: each["colours"][theme] for name, each in LANGUAGES["languages"].items()}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_texts_and_languages_have_contrast_on_their_page(theme: str) -> None:
    ink = style.INKS[theme]
    for colour in (ink.text, ink.grey, *PROPOSED[theme].values(), *colours_of(theme).values()):
        assert contrast(colour, ink.page) >= 4.5, colour


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("sight", MACHADO)
def test_languages_are_told_apart_by_every_sight(theme: str, sight: str) -> None:
    for one, other in combinations(PROPOSED[theme].values(), 2):
        seen = [lab(np.array(MACHADO[sight]) @ linear(each)) for each in (one, other)]
        assert np.linalg.norm(seen[0] - seen[1]) >= APART, (one, other)


def test_models_of_a_language_differ_by_marker_and_dash() -> None:
    for language in LANGUAGES["languages"].values():
        drawn = [tuple(LANGUAGES["models"][model].values()) for model in language["models"]]
        assert len(set(drawn)) == len(drawn)
        assert len({marker for marker, _ in drawn}) == len(drawn)


@pytest.mark.parametrize("each", LOOKS)
def test_texts_in_cells_have_contrast(each: Look) -> None:
    heat = import_module("harness.tell.charts.heat")
    for language, part in ((language, part) for language in each.colours for part in heat.PARTS):
        fill = to_hex(style.tint(each, language, part))
        assert contrast(style.INKS[each.theme].text, fill) >= 4.5
