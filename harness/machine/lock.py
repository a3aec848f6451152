"""One harness at a time on one machine: two would measure each other."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

from harness.errors import HarnessError

NAME = "side-by-side"
FOLDER = Path("/tmp")  # noqa: S108 - the same for all users, whatever TMPDIR is
WAITING = 128  # connections of those that ask who holds it; nobody answers them


class HeldError(Exception):
    """Another process holds the lock; the argument is its pid, 0 where it cannot be told."""


@contextlib.contextmanager
def hold_machine(*, anyway: bool = False, name: str = "") -> Iterator[None]:
    """Hold the machine's lock; the system releases it however we end.

    Raises HarnessError if another harness holds it, unless `anyway`. The tests give a `name` of their own,
    also by the environment variable SIDE_BY_SIDE_LOCK, since they let many harnesses run at once.
    """
    name = name or os.environ.get("SIDE_BY_SIDE_LOCK") or NAME
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(hold_socket(name) if sys.platform == "linux" else hold_file(name))
        except HeldError as held:
            if not anyway:
                who = f" (process {held.args[0]})" if held.args[0] else ""
                raise HarnessError(
                    f"another harness is measuring on this machine{who}: two would measure each other: "
                    "wait for it to end, or say --anyway"
                ) from None
        yield


@contextlib.contextmanager
def hold_socket(name: str) -> Iterator[None]:
    """Hold an abstract socket (unix(7)): a name in the kernel, no file that could be in the way or stay."""
    address = f"\0{name}.lock"
    with socket.socket(socket.AF_UNIX) as held:
        try:
            held.bind(address)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise HeldError(find_holder(address)) from None
            raise HarnessError(f"expected a lock of the name '{name}', got: {error}") from None
        held.listen(WAITING)  # so that whoever connects learns our pid
        yield


def find_holder(address: str) -> int:
    """Return the pid of the process that holds a socket, 0 where it cannot be told."""
    size = struct.calcsize("3i")  # struct ucred: pid, uid, gid
    with socket.socket(socket.AF_UNIX) as asking:
        asking.setblocking(False)
        try:
            asking.connect(address)
            found = asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
        except OSError:  # it has just gone, or does not listen yet
            return 0
    pid: int = struct.unpack("3i", found)[0]
    return pid


@contextlib.contextmanager
def hold_file(name: str, folder: Path = FOLDER) -> Iterator[None]:
    """Hold a file by flock(2); nothing is ever written to it, and no link is followed."""
    path = folder / f"{name}.lock"
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        try:
            descriptor = os.open(path, flags)
        except FileNotFoundError:
            descriptor = os.open(path, flags | os.O_CREAT, 0o644)
    except OSError as error:
        raise HarnessError(f"expected a lock file at {path}, got: {error.strerror}: remove it") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HeldError(0) from None
        yield
    finally:
        os.close(descriptor)
