"""files: the bytes of the folder and their CRC-32, computed in another way; a folder that is not whole is said."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from functools import reduce
from itertools import islice
from operator import xor
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.fixtures import Fixtures
from harness.fixtures.folder import Fixture
from harness.plan.cases import Use
from harness.plan.check import declare
from harness.run.processes import Supervisor
from tests.runners import TYPICAL, Program

DECLARED = declare()
READERS = [(program, model) for program, workload, model in TYPICAL if workload == "files"]
IDS = [f"{program.name}-{model}" for program, model in READERS]
FILES, SIZE = 6, 300
REMEDY = ": prepare the folder anew\n"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that is whole."""
    with Fixture(FILES, SIZE) as made:
        yield Path(made.value)


def read(
    program: Program, model: str, folder: Path | str, files: int = FILES, size: int = SIZE
) -> subprocess.CompletedProcess[str]:
    workers = 1 if model == DECLARED.find_baseline(program.language) else 3
    words = ("--folder", str(folder), "--files", str(files), "--size", str(size))
    return program.run("files", model, "--workers", str(workers), *words)


# Another way to the same numbers.


def list_values(seed: int) -> Iterator[int]:
    """SplitMix64, in whole numbers of any size."""
    mask = 2**64 - 1
    while True:
        seed = (seed + 0x9E3779B97F4A7C15) & mask
        value = ((seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9) & mask
        value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & mask
        yield value ^ (value >> 31)


def list_bytes(number: int, size: int) -> bytes:
    values = islice(list_values(number), size // 8 + 1)
    return b"".join(value.to_bytes(8, "little") for value in values)[:size]


def compute_crc(content: bytes) -> int:
    """CRC-32, bit by bit: what is left of a division by the polynomial."""
    rest = 0xFFFFFFFF
    for byte in content:
        rest ^= byte
        for _ in range(8):
            rest = (rest >> 1) ^ (0xEDB88320 if rest & 1 else 0)
    return rest ^ 0xFFFFFFFF


def test_splitmix64_and_crc_32_are_the_published_ones() -> None:
    assert next(list_values(0)) == 0xE220A8397B1DCDAF
    assert compute_crc(b"123456789") == 0xCBF43926


def test_the_folder_has_the_bytes_that_it_says(folder: Path) -> None:
    assert {file.name for file in folder.iterdir()} == {str(number) for number in range(FILES)}
    for number in range(FILES):
        assert (folder / str(number)).read_bytes() == list_bytes(number, SIZE)


@pytest.mark.parametrize("vector", DECLARED.workloads["files"].vectors, ids=lambda each: str(each.arguments))
def test_the_vectors_are_what_another_computation_gives(vector: object) -> None:
    arguments = {"files": 0, "size": 0, **getattr(vector, "arguments")}  # noqa: B009 - it has no type here
    contents = (list_bytes(number, int(arguments["size"])) for number in range(int(arguments["files"])))
    assert reduce(xor, map(compute_crc, contents), 0) == getattr(vector, "result")  # noqa: B009


# The folder.


def test_it_is_made_in_the_scratch_folder_and_ends_with_it() -> None:
    with Supervisor() as supervisor, Fixtures(supervisor.folder) as fixtures:
        with fixtures.serve([Use("folder", "folder", {"files": 2, "size": 5})]) as served:
            made = Path(served.given["folder"])
        assert made.parent == supervisor.folder
        assert made.exists()
        supervisor._guardian.kill()  # as if the harness itself had been killed, the other half removes all
        supervisor.close()
        assert not made.exists()


def test_it_is_removed_at_the_end(folder: Path) -> None:
    with Fixture(2, 5) as made:
        assert Path(made.value).exists()
    assert not Path(made.value).exists()
    assert folder.exists()


@pytest.mark.parametrize("what", ["all", "one"])
def test_one_that_is_not_whole_is_noticed_before_a_run(what: str) -> None:
    with Fixture(2, 5) as made:
        made.before()
        for file in [*Path(made.value).iterdir()][: 2 if what == "all" else 1]:
            file.unlink()
        with pytest.raises(
            HarnessError, match="expected 2 files in the folder that was made, some have gone"
        ):
            made.before()


def test_a_disk_that_is_full_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", fail)
    with (
        pytest.raises(HarnessError, match=r"expected room for 3 files, 3\.0 MB, .*: No space left"),
        Fixture(3, 10**6),
    ):
        pass


# The programs.


@pytest.mark.parametrize(("program", "model"), READERS, ids=IDS)
def test_every_file_is_read_to_its_end(program: Program, model: str, folder: Path) -> None:
    content = bytearray(list_bytes(FILES - 1, SIZE))
    content[-1] ^= 1
    (folder / str(FILES - 1)).write_bytes(content)
    expected = reduce(xor, (compute_crc(file.read_bytes()) for file in folder.iterdir()))
    finished = read(program, model, folder)
    assert (finished.returncode, finished.stderr) == (0, "")
    assert f'"result":{expected},"units":{FILES},' in finished.stdout


@pytest.mark.parametrize(("program", "model"), READERS, ids=IDS)
def test_a_file_that_is_not_whole_is_a_failure(program: Program, model: str, folder: Path) -> None:
    for content, got in ((b"short", 5), (bytes(SIZE + 1), SIZE + 1), (b"", 0)):
        (folder / "3").write_bytes(content)
        finished = read(program, model, folder)
        assert (finished.returncode, finished.stdout) == (1, "")
        assert finished.stderr.endswith(f"expected {SIZE} bytes in file 3, got {got}{REMEDY}")
        assert finished.stderr.count("\n") == 1


@pytest.mark.parametrize(("program", "model"), READERS, ids=IDS)
def test_a_file_that_is_missing_is_a_failure(program: Program, model: str, folder: Path) -> None:
    (folder / "4").unlink()
    said = "expected to read file 4, got: no such file or directory" + REMEDY
    finished = read(program, model, folder)
    assert (finished.returncode, finished.stdout) == (1, "")
    assert finished.stderr.lower().endswith(said)
    assert finished.stderr.count("\n") == 1


@pytest.mark.parametrize(("program", "model"), READERS, ids=IDS)
def test_a_folder_that_is_gone_is_a_failure(program: Program, model: str, tmp_path: Path) -> None:
    finished = read(program, model, tmp_path / "gone", files=1)
    assert (finished.returncode, finished.stdout) == (1, "")
    assert finished.stderr.lower().endswith(
        "expected to read file 0, got: no such file or directory" + REMEDY
    )
    assert finished.stderr.count("\n") == 1
