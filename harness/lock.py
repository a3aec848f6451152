"""One harness at a time on one machine: two would measure each other."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.errors import HarnessError


@contextmanager
def hold_machine(*, anyway: bool = False, folder: Path | None = None) -> Iterator[None]:
    """Hold the machine's lock; the system releases it however we end.

    Raises HarnessError if another harness holds it, unless `anyway`.
    """
    path = (folder or Path(tempfile.gettempdir())) / "side-by-side.lock"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except PermissionError:  # another user made it: it can be locked, but not written to
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).decode().strip()
            if not anyway:
                raise HarnessError(
                    f"another harness is measuring on this machine (process {holder}): two would measure "
                    "each other: wait for it to end, or say --anyway"
                ) from None
        else:
            if fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_RDWR:
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)
