"""files, kernel: reads a file and checks its bytes; there is no concurrency in here."""

from __future__ import annotations

import zlib
from functools import reduce
from operator import xor
from pathlib import Path
from typing import Dict, List, NamedTuple, Union

from contract import Outcome
from options import Options


def read_arguments(options: Options) -> Dict[str, Union[int, str]]:
    """Take the arguments of the workload off the command line."""
    return {
        "folder": options.text("folder"),  # where the files are, each named by its number
        "files": options.natural("files", 0, 100_000),  # how many there are, numbered from 0
        "size": options.natural("size", 0, 100_000_000),  # bytes of each
    }


class File(NamedTuple):
    """A unit: one file of so many bytes."""

    path: Path
    size: int


def list_files(folder: str, files: int, size: int) -> List[File]:
    """Name the files 0 … `files` - 1 of `folder`; one file is a unit."""
    return [File(Path(folder, str(number)), size) for number in range(files)]


def read_file(file: File) -> int:
    """Do one unit: read the file, all of it, and compute its CRC-32.

    Reading lets go of the GIL, and so does `zlib` for more than 5 KiB; opening a file is Python code around it.
    Raises OSError if the file is not there, or not of its size.
    """
    remedy = "prepare the folder anew"
    try:
        content = file.path.read_bytes()
    except OSError as error:
        raise OSError(f"expected to read file {file.path.name}, got: {error.strerror}: {remedy}") from error
    if len(content) != file.size:
        raise OSError(f"expected {file.size} bytes in file {file.path.name}, got {len(content)}: {remedy}")
    return zlib.crc32(content)


def total(found: List[int]) -> Outcome:
    """Join what the units gave."""
    return Outcome(result=reduce(xor, found, 0), units=len(found))
