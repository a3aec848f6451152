"""Burners: what computes beside units that must be in time (heartbeat, serve)."""

from __future__ import annotations

import time

STEPS = 1_000  # of one burned unit


def burn_unit(state: int) -> int:
    """Do one burned unit: so many steps of the random number generator "minimal standard".

    Ten units after 1 comes 399268537, the number that the C++ standard names for `std::minstd_rand`.
    """
    for _ in range(STEPS):
        state = state * 48271 % 2147483647
    return state


def burn_until(until_ns: int) -> int:
    """Compute until the monotonic clock shows `until_ns`; return how many units were done."""
    state, burned_units = 1, 0
    while time.monotonic_ns() < until_ns:
        state = burn_unit(state)
        burned_units += 1
    return burned_units
