"""Spell: numbers as people read them, by what their names say they are."""

from __future__ import annotations

import math

from harness.estimates import Estimate, spell_ratio

UNKNOWN = "unknown"
MILLION, BILLION = 1e6, 1e9


def spell_time(seconds: float) -> str:
    """Spell a time with a fitting unit and three figures, e.g. `72.1 ms`."""
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if abs(seconds) * factor >= 0.9995:
            return f"{figures(seconds * factor)} {unit}"
    return f"{figures(seconds * 1e9)} ns"


def spell_bytes(size: float) -> str:
    """Spell a size with a fitting unit and three figures, e.g. `12.3 KiB`."""
    for unit, factor in (("B", 1), ("KiB", 2**10), ("MiB", 2**20)):
        if abs(size) < 999.5 * factor:
            return f"{figures(size / factor)} {unit}"
    return f"{figures(size / 2**30)} GiB"


def figures(value: float) -> str:
    """Spell a number with three figures, thousands apart, never as a power of ten."""
    if value == 0 or abs(value) >= 99.95:
        return f"{value:,.0f}"
    exponent = int(f"{value:.2e}".partition("e")[2])  # as rounded: 0.9996 is 1.00
    return f"{value:.{max(0, 2 - exponent)}f}"


def spell_large(value: float) -> str:
    """Spell a number of a million or more with three figures, e.g. `7.79 billion`."""
    if abs(value) < 999.5 * MILLION:
        return f"{figures(value / MILLION)} million"
    return f"{figures(value / BILLION)} billion"


def spell_quantity(name: str, value: float) -> str:
    """Spell a quantity by the unit in its name."""
    if math.isnan(value):
        return UNKNOWN
    if name.startswith("ratio"):
        return spell_ratio(value)
    if name.endswith("_ns") or "_ns_" in name:
        return spell_time(value / 1e9)
    if name.endswith("_percent"):
        return f"{figures(value)} %"
    if name.endswith("_bytes") or name.startswith("bytes_"):
        return spell_bytes(value)
    if name.endswith("_per_s") and abs(value) >= MILLION:
        return spell_large(value)
    return f"{value:,.0f}" if float(value).is_integer() else figures(value)


def spell_interval(name: str, found: Estimate) -> str:
    """Spell an interval, e.g. `[0.97×, 1.02×]`; empty where there is none."""
    if math.isnan(found.low):
        return ""
    return f"[{spell_quantity(name, found.low)}, {spell_quantity(name, found.high)}]"


def spell_count(count: int, name: str) -> str:
    """Spell a number of things, e.g. `2 cores`."""
    return f"{count:,} {name}" if count == 1 else f"{count:,} {name}s"
