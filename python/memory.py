"""Memory that processes share: gone once the program that made it has ended, however it ends."""

from __future__ import annotations

import contextlib
import shutil
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import Iterator, Tuple

FOLDER = Path("/dev/shm")  # noqa: S108 - where Linux has it: who writes more than there is space is killed


@contextlib.contextmanager
def make_memory(size: int) -> Iterator[Tuple[str, memoryview]]:
    """Make so many bytes of it, and give its name, by which others can open it; called in the runner."""
    if FOLDER.is_dir() and shutil.disk_usage(FOLDER).free < size:
        raise MemoryError(f"expected {size} bytes of space in {FOLDER}, got fewer: lower --size")
    memory = SharedMemory(create=True, size=size)
    try:
        with look_at(memory, size) as content:
            yield memory.name, content
    finally:
        memory.close()
        memory.unlink()


@contextlib.contextmanager
def open_memory(name: str, size: int) -> Iterator[memoryview]:
    """Open the memory of that name; called in a worker."""
    memory = SharedMemory(name)
    try:
        with look_at(memory, size) as content:
            yield content
    finally:
        memory.close()


def look_at(memory: SharedMemory, size: int) -> memoryview:
    """Return what is in the memory, of which the system may have made more."""
    assert memory.buf is not None  # as long as it is open
    return memory.buf[:size]
