"""Whether there is a global interpreter lock: asked when all is imported and the work is done."""

from __future__ import annotations

import sys
import sysconfig
from typing import Dict


def is_enabled() -> bool:
    """Tell whether the GIL is on: always before Python 3.13; later an extension module may turn it on."""
    return sys._is_gil_enabled() if sys.version_info >= (3, 13) else True  # noqa: SLF001 - it has no other name


def is_free_threaded() -> bool:
    """Tell whether this Python was built to do without it."""
    return bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


def read_facts(*, in_processes: bool) -> Dict[str, int]:
    """Return what this Python was: its build, and whether any worker had a GIL, here or `in_processes` of their own.

    Raises RuntimeError where a free-threaded build turned out to have one: its times would be taken for
    something that they are not.
    """
    enabled = is_enabled() or in_processes
    if enabled and is_free_threaded():
        raise RuntimeError(
            "expected no GIL in a free-threaded build, got one: PYTHON_GIL=1 or -X gil=1 turned it on, or "
            "an extension module that was not made for it: run with PYTHONWARNINGS=default to see which"
        )
    return {"free_threaded": int(is_free_threaded()), "gil_enabled": int(enabled)}
