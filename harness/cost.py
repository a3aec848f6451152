"""Cost: what the measuring itself costs, read from a run's own figures."""

from __future__ import annotations

import math

import pandas as pd

IDLE = 0.05  # of a core: below this, the server's cost a request is what its runtime costs at rest
SERVER = "fixture_server_cpu_ns_per_request"


def share_of_harness(runs: pd.DataFrame) -> float:
    """Return the share of the measuring time that was not the measured processes' (0 … 1).

    NaN where nothing was timed.
    """
    timed = runs[runs["wall_ns"].notna()]
    if timed.empty:
        return math.nan
    return float(1 - timed["wall_ns"].sum() / timed["took_ns"].sum())


def spell_share(runs: pd.DataFrame) -> str:
    """Say what share of the measuring time was the harness's own."""
    share = share_of_harness(runs)
    if math.isnan(share):
        return "the harness's own share of the measuring time: nothing was timed"
    return f"the harness's own share of the measuring time: {share:.1%}"


def tabulate_server(runs: pd.DataFrame) -> pd.DataFrame:
    """Tabulate processor time a request, in µs, of the load server and of each client it served.

    One row a case, the median over its rounds; a client's time has its start-up in it. `busy` is the
    server's share of a core.
    """
    if SERVER not in runs:
        return pd.DataFrame()
    served = runs[(runs["status"] == "ok") & (runs["phase"] == "time") & runs[SERVER].notna()].copy()
    served["server_us"] = served[SERVER] / 1000
    served["client_us"] = (served["user_ns"] + served["system_ns"]) / served["units"] / 1000
    table = served.groupby("case", sort=False)[["server_us", "client_us"]].median()
    table["busy"] = (served["fixture_server_cpu_ns"] / served["wall_ns"]).groupby(served["case"]).median()
    table["ratio"] = table["server_us"] / table["client_us"]
    return table.sort_values("client_us")
