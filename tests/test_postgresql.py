"""query on a PostgreSQL server: the same results and the same errors in every language, and nothing left behind."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psutil
import pytest

from harness.errors import HarnessError
from harness.fixtures import postgresql
from harness.fixtures.database import Fixture, find_lack, list_rows, main
from harness.paths import ROOT
from harness.plan import cases
from harness.plan.cases import Case, Use, find_skips
from harness.plan.check import declare
from harness.run.verify import list_vectors
from tests.runners import Program
from tests.test_query import FOREIGN, MODEL, MODELS, NO_NUMBER, PLAIN, ask, check_refused, count
from tests.tree import wait_until

USE = Use("database", "database", {"rows": 10, "engine": "postgresql"})
DRIVERS = {name for name in ("asyncpg", "psycopg") if find_spec(name)}
WITH_DRIVERS = [each for each in PLAIN if each.language != "python" or len(DRIVERS) == 2]
LACK = find_lack("postgresql")
HERE = pytest.mark.skipif(bool(LACK), reason=LACK or "it is here")
NO_SERVER = "expected a PostgreSQL server, got none: start it, or name another with --database"
GONE = "expected the PostgreSQL server to stay, it went away: start it, then run again"
REFUSED = "expected the PostgreSQL server to answer, got '{}': mend --database, or the server"
EVERY = pytest.mark.parametrize("program", WITH_DRIVERS, ids=lambda program: program.language)


class Server:
    """A server with roles for the tests: `watched`, whose queries are logged, and `locked`, who has a password."""

    def __init__(self, url: str) -> None:
        self.folder = Path(parse_qs(urlsplit(url).query)["host"][0])
        rules = self.folder / "data" / "pg_hba.conf"
        rules.write_text("local all locked scram-sha-256\n" + rules.read_text())
        self.ask("ALTER SYSTEM SET log_line_prefix = '%u '")
        self.ask("CREATE ROLE watched LOGIN; ALTER ROLE watched SET log_min_duration_statement = 0")
        self.ask("CREATE ROLE short LOGIN; CREATE ROLE locked LOGIN PASSWORD 'right'")
        self.ask("GRANT SELECT ON item TO watched, short, locked; SELECT pg_reload_conf()")

    def spell(self, user: str = "postgres", database: str = "postgres") -> str:
        """The URL of a user."""
        return f"postgresql:///{database}?host={self.folder}&user={user}"

    def ask(self, sql: str) -> str:
        """What psql prints."""
        command = [postgresql.find_program("psql"), "-XAtq", "-d", self.spell(), "-c", sql]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def count_clients(self) -> int:
        """The connections that are open, but for the one that asks."""
        condition = "backend_type = 'client backend' AND pid <> pg_backend_pid()"
        return int(self.ask(f"SELECT count(*) FROM pg_stat_activity WHERE {condition}"))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Fixture(rows=1_000, engine="postgresql") as fixture:
        fixture.before()
        yield Server(fixture.value)


@HERE
@pytest.mark.parametrize(
    ("program", "model"),
    [
        each
        for each in MODELS
        if each.values[0] in WITH_DRIVERS and each.values[1] not in ("interpreters", "uvloop")
    ],
)
def test_every_model_answers_as_from_a_file_and_leaves_no_connection(
    program: Program, model: str, server: Server
) -> None:
    code, stdout, stderr = ask(program, model, server.spell(), queries=211, rows=1_000, sum_rows=40)
    assert (code, stderr) == (0, "")
    line = json.loads(stdout)
    assert (line["units"], line["result"]) == (211, count(211, 1_000, 40))
    wait_until(lambda: server.count_clients() == 0)


@HERE
@pytest.mark.parametrize(
    ("program", "model"),
    [
        *((each, "sequential") for each in WITH_DRIVERS),
        *((each, "coroutines") for each in WITH_DRIVERS if each.language == "python"),
    ],
)
def test_each_query_is_prepared_once_and_in_no_transaction(
    program: Program, model: str, server: Server
) -> None:
    log = server.folder / "log"
    before = len(log.read_text())
    code, _, stderr = ask(program, model, server.spell("watched"), 1, queries=200, rows=1_000, sum_rows=40)
    assert (code, stderr) == (0, "")
    logged = log.read_text()[before:]
    assert len(re.findall(r"^watched .* parse \S+: SELECT .* FROM item", logged, re.MULTILINE)) == 2
    assert len(re.findall(r"^watched .* execute \S+: SELECT .* FROM item", logged, re.MULTILINE)) == 200
    assert not re.search(r"BEGIN|COMMIT", logged)


@HERE
@EVERY
def test_what_a_server_refuses_is_said_in_one_line(program: Program, server: Server, tmp_path: Path) -> None:
    for url, said in (
        (f"postgresql:///postgres?host={tmp_path}&user=postgres", NO_SERVER),
        ("postgresql://postgres@127.0.0.1:1/postgres", NO_SERVER),
        (server.spell("stranger"), REFUSED.format('role "stranger" does not exist')),
        (server.spell(database="none"), REFUSED.format('database "none" does not exist')),
        (
            server.spell("locked&password=wrong"),
            REFUSED.format('password authentication failed for user "locked"'),
        ),
        (server.spell(database="template1"), FOREIGN.format('relation "item" does not exist')),
    ):
        check_refused(program, MODEL[program.language], url, said)


@HERE
@EVERY
def test_too_few_rows_are_an_error(program: Program, server: Server) -> None:
    code, stdout, stderr = ask(program, MODEL[program.language], server.spell(), rows=2_000)
    assert (code, stdout) == (1, "")
    assert stderr.endswith(f"{NO_NUMBER}\n")


@HERE
@pytest.mark.parametrize(
    ("program", "model"),
    [
        *((each, MODEL[each.language]) for each in WITH_DRIVERS),
        *((each, "coroutines") for each in WITH_DRIVERS if each.language == "python"),
    ],
)
def test_a_server_that_goes_away_is_an_error(program: Program, model: str, server: Server) -> None:
    words = [
        "--queries",
        "1000000",
        "--rows",
        "1000",
        "--sum-rows",
        "1000",
        "--batch",
        "1000",
        "--workers",
        "2",
    ]
    command = [*program.command, "query", model, "--database", server.spell("short"), *words]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        wait_until(lambda: server.count_clients() >= 2)
        while process.poll() is None:  # Go connects anew where a connection ends between two queries
            server.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'short'")
            time.sleep(0.05)
        stdout, stderr = process.communicate()
    assert (process.returncode, stdout) == (1, "")
    assert re.fullmatch(rf"runner: query {model}: ([\w.]+: )?{re.escape(GONE)}\n", stderr)


@pytest.mark.parametrize("program", [each for each in PLAIN if each.language == "python"])
@pytest.mark.parametrize("model", ["threads", "coroutines"])
def test_drivers_that_are_missing_are_said_with_the_remedy(program: Program, model: str) -> None:
    script = "import sys; sys.modules['asyncpg'] = None; sys.path.insert(0, 'python'); import runner; runner.main()"
    isolated = Program("python", (program.command[0], "-c", script))
    code, stdout, stderr = ask(isolated, model, "postgresql:///postgres")
    assert (code, stdout) == (1, "")
    assert stderr.endswith("no package asyncpg, which is an optional extra: run 'make postgresql'\n")


# The fixture.


@HERE
def test_the_table_is_the_same_as_that_of_a_file(server: Server) -> None:
    rows = server.ask("SELECT id, value FROM item ORDER BY id").splitlines()
    assert rows == [f"{number}|{value}" for number, value in list_rows(1_000)]


@HERE
def test_a_table_that_is_there_is_left_alone(server: Server) -> None:
    with pytest.raises(SystemExit, match=r'relation "item" already exists'):
        main([server.spell(), "10"])
    assert server.ask("SELECT count(*) FROM item") == "1000"


def list_processes(folder: Path) -> list[int]:
    """The processes that work in a folder, or did before it was removed."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.cwd().startswith(str(folder)):
                found.append(process.pid)
    return found


@HERE
def test_nothing_is_left_at_the_end() -> None:
    with Fixture(rows=1, engine="postgresql") as fixture:
        folder = Path(parse_qs(urlsplit(fixture.value).query)["host"][0])
        assert list_processes(folder)
        fixture._database._process.kill()  # type: ignore[union-attr]
        fixture._database._process.wait()  # type: ignore[union-attr]
        with pytest.raises(HarnessError, match="expected the PostgreSQL server to run, it ended"):
            fixture.before()
    assert not folder.exists()
    wait_until(lambda: not list_processes(folder))


@HERE
def test_nothing_is_left_after_kill_9_of_the_harness() -> None:
    script = f"""
import time
from harness.fixtures import Fixtures
from harness.plan.cases import Use
from harness.run.processes import Supervisor
with Supervisor() as supervisor, Fixtures(supervisor.folder) as fixtures:
    with fixtures.serve([Use({USE.fixture!r}, {USE.gives!r}, {USE.options!r})]):
        print(supervisor.folder, flush=True)
        time.sleep(600)
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as harness:
        assert harness.stdout
        folder = Path(harness.stdout.readline().strip())
        assert len(list_processes(folder)) > 1
        harness.kill()
    wait_until(lambda: not list_processes(folder) and not folder.exists())


def test_a_socket_has_a_short_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "LONGEST", 10)
    monkeypatch.setattr(postgresql, "find_lack", lambda: "")
    with pytest.raises(HarnessError, match="TMPDIR"), Fixture(rows=1, engine="postgresql"):
        pass


# What cannot be run is skipped.


def test_cases_without_a_server_are_skipped_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "find_program", lambda _: "")
    assert cases.find_lack(USE) == "no initdb of PostgreSQL here: run 'apt install postgresql'"
    assert cases.find_lack(Use("database", "database", {"rows": 10, "engine": "sqlite"})) == ""


def test_cases_without_drivers_are_skipped_with_the_reason() -> None:
    declarations = declare()
    workload = declarations.workloads["query"]
    case = Case(
        id="", language="python", workload="query", model="threads", runtime="cpython-3.11", workers=1, size="served",
        arguments=workload.choose_arguments("python", {"database": "postgresql"}),
    )  # fmt: skip
    reasons = [skip.reason for skip in find_skips(workload, case, 2, {"psycopg": "3"})]
    assert reasons == ["its PostgreSQL drivers are an optional extra: run 'make postgresql'"]
    assert not list(find_skips(workload, case, 2, {"psycopg": "3", "asyncpg": "0"}))
    assert {vector.chosen[0] for vector in list_vectors(declarations, case, 2)} == {"sqlite", "postgresql"}
