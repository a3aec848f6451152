"""A runner whose models are named after what is wrong with them; but for the workload `early`, only when timed."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

HERE = Path(__file__).resolve().parent
BEGIN_NS = time.monotonic_ns()
LATE_FROM = 10  # vectors have lower limits than this, sizes have not
FLOOD_MB = 50

Line = dict[str, Any]


def say(line: Line) -> None:
    print(json.dumps(line))


def change(key: str, value: object) -> Callable[[Line], None]:
    return lambda line: say({**line, key: value})


def exclaim(text: str) -> Callable[[Line], None]:
    """Fail with a text."""

    def fail(_: Line) -> None:
        sys.stderr.write(f"{text}\n")
        sys.exit(1)

    return fail


def silent(_: Line) -> None:
    """Print nothing."""


def chatty(line: Line) -> None:
    print("let me see")
    say(line)


def babbling(_: Line) -> None:
    print("42")


def crashing(_: Line) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def hanging(_: Line) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    wait_for_ever()


def wait_for_ever() -> NoReturn:
    while True:
        select.select([], [], [])


def leaving(line: Line) -> None:
    leave_child(own_session=False)
    say(line)


def escaping(line: Line) -> None:
    leave_child(own_session=True)
    say(line)


def leave_child(*, own_session: bool) -> None:
    """Start a child that never ends, and go on once it is there."""
    ready, tell = os.pipe()
    if os.fork() == 0:
        if own_session:
            os.setsid()
        os.write(tell, b".")
        wait_for_ever()
    os.read(ready, 1)


def waiting(line: Line) -> None:
    """Tell the test that a run is under way, and wait for its leave; work at once where there is no test."""
    started, gate = Path("started"), Path("gate")
    if started.is_fifo():
        started.write_bytes(b".")
        gate.read_bytes()
    say(line)


def breaking(line: Line) -> None:
    """Do the work, and take the shelf away."""
    shutil.rmtree(line.pop("shelf", "nowhere"), ignore_errors=True)
    say(line)


def loud(line: Line) -> None:
    """Write more to standard error than anybody wants to read."""
    for _ in range(FLOOD_MB):
        sys.stderr.write("x" * 2**20)
    say(line)


def flooding(line: Line) -> None:
    loud(line)
    sys.exit(1)


MODELS: dict[str, Callable[[Line], None]] = {
    "sequential": say,
    "steady": say,
    "waiting": waiting,
    "wrong": change("result", -1),
    "few": change("units", 1),
    "impostor": change("model", "sequential"),
    "boasting": change("elapsed_ns", 10**15),
    "hasty": change("elapsed_ns", 1),
    "silent": silent,
    "chatty": chatty,
    "babbling": babbling,
    "crashing": crashing,
    "failing": exclaim("first cause\ndisk on fire"),
    "hanging": hanging,
    "leaving": leaving,
    "escaping": escaping,
    "breaking": breaking,
    "dollar": exclaim(r"$\frac{1}$ and $x_$ and $"),
    "bracket": exclaim("[/bold] [red]red[/red] [/]"),
    "control": exclaim("\x1b[31mred\x1b[0m \x00 \x07 end"),
    "html": exclaim("<script>alert(1)</script> & <b>bold</b>"),
    "markdown": exclaim("| cell | `code` | **strong** [link](http://x) <!-- end -->"),
    "flooding": flooding,
    "loud": loud,
}


def run(workload: str, model: str, options: list[str]) -> None:
    """Do a workload."""
    words = dict(zip(options[::2], options[1::2], strict=True))
    line: Line = {"workload": workload, "model": model, "workers": int(words["--workers"])}
    line |= beat(words) if workload == "pulse" else count(words)
    line["elapsed_ns"] = time.monotonic_ns() - BEGIN_NS
    behave = say if workload != "early" and line["units"] < LATE_FROM else MODELS[model]
    if behave is not breaking:
        line.pop("shelf", None)
    behave(line)


def count(words: dict[str, str]) -> Line:
    """Count up to the limit: the limit is the result, and the number of units."""
    limit = int(words["--limit"])
    return {"result": limit, "units": limit, "metrics": {"tempo": int(words["--pace"])}}


def beat(words: dict[str, str]) -> Line:
    """Beat once a file; in wild mode the gaps are three times as long."""
    beats, shelf = int(words["--beats"]), words["--shelf"]
    if len(list(Path(shelf).iterdir())) != beats:
        sys.exit(f"expected {beats} files on the shelf")
    long = 3 if words["--mode"] == "wild" else 1
    gaps = [1_000 * long * (10 + number + int(words["--workers"])) for number in range(beats)]
    metrics = {"gap_ns": gaps, "depth": list(range(beats)), "depth_seen": beats - 1}
    return {"result": beats - os.getpid() % 2, "units": beats, "metrics": metrics, "shelf": shelf}


def main(words: list[str]) -> None:
    """Speak the contract."""
    if words == ["--version"]:
        print("fake 1.2.3")
    elif words == ["--list"]:
        for path in sorted(HERE.glob("*/*.txt")):
            if path.stem != "unlisted":
                print(path.parent.name, path.stem)
    else:
        run(words[0], words[1], words[2:])


if __name__ == "__main__":
    main(sys.argv[1:])
