"""The commands of keeping in step, and who does the work: `run`, `worker`, `sync failed`, `retry`, `explain` …"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import make_url

from helpdesk_core.cli import command
from helpdesk_core.db import Database
from helpdesk_core.errors import NotFound, Refused, TemporarilyUnavailable
from helpdesk_core.jobs import slots
from helpdesk_core.sync.commands import make_group
from helpdesk_core.sync.linking import unlink
from helpdesk_core.sync.models import Link, LinkState
from plugins.registry import build_registry
from tests.core.fake_tracker import BETA
from tests.core.linking_world import change_connection, connect, link_issue, read_link
from tests.databases import all_tables

HELPDESK = Path(sys.executable).with_name("helpdesk")


@pytest.fixture
def environ(tmp_path, new_database) -> dict[str, str]:
    """The variables of a helpdesk on SQLite, in a folder of its own. Its tables are there: they take `init` longest."""
    (tmp_path / "data").mkdir()
    Path(make_url(new_database("sqlite", all_tables)).database).rename(tmp_path / "data" / "helpdesk.db")
    kept = {k: v for k, v in os.environ.items() if not k.startswith("HELPDESK_")}
    return kept | {"HELPDESK_DATA_DIR": str(tmp_path / "data")}


@pytest.fixture
def on_postgres(environ, new_database) -> dict[str, str]:
    """The variables of a helpdesk on PostgreSQL."""
    return environ | {"HELPDESK_DATABASE_URL": new_database("postgres", all_tables).replace("+psycopg", "")}


def run(environ: dict[str, str], *arguments: str) -> Result:
    """Give a command that ends by itself, in this process."""
    return CliRunner().invoke(command, arguments, obj=build_registry, env=environ)


def initialize(environ: dict[str, str], folder: Path) -> None:
    (folder / "password").write_text("correct horse battery")
    password = str(folder / "password")
    answer = run(environ, "init", "--email", "a@b.example", "--name", "Ann", "--password-file", password)
    assert answer.exit_code == 0, answer.stderr


@contextmanager
def started(environ: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Start a command that goes on until it is stopped."""
    process = subprocess.Popen(
        [HELPDESK, *arguments],
        env=environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def stop(process: subprocess.Popen[str], number: int = signal.SIGTERM) -> tuple[str, str]:
    """Stop a process as an operator does, and return what it still said."""
    process.send_signal(number)
    said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    return said


def free_port() -> str:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return str(door.getsockname()[1])


@pytest.fixture
def holders() -> Iterator[Callable[[str], set[str]]]:
    """Return a function that tells which processes work on a database."""
    opened: list[Database] = []

    def read(url: str) -> set[str]:
        opened.append(Database(url))
        return set(slots.read(opened[-1]))

    yield read
    for database in opened:
        database.dispose()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_on_sqlite_the_web_process_works_and_ends_in_order(environ, tmp_path, holders, number):
    initialize(environ, tmp_path)
    url = f"sqlite:///{tmp_path / 'data' / 'helpdesk.db'}"
    with started(environ, "run", "--port", free_port()) as process:
        assert "Helpdesk: " in process.stdout.readline()
        assert "Tickets and issues are kept in step by this process." in process.stdout.readline()
        assert holders(url) == {"web"}
        _, errors = stop(process, number)
        assert "Traceback" not in errors
    assert holders(url) == set(), "its slot is free, so that the next start need not wait"


def test_a_worker_on_sqlite_is_refused_with_the_reason(environ, tmp_path):
    initialize(environ, tmp_path)
    answer = run(environ, "worker", "--name", "one")
    assert answer.exit_code == 1
    assert "the web process does this work itself" in answer.stderr


@pytest.mark.postgres
def test_on_postgresql_a_worker_works_and_the_web_process_says_so(on_postgres, tmp_path, holders):
    initialize(on_postgres, tmp_path)
    url = on_postgres["HELPDESK_DATABASE_URL"]
    with started(on_postgres, "run", "--port", free_port()) as web:
        web.stdout.readline()
        assert "start beside it: helpdesk worker" in web.stdout.readline()
        assert holders(url) == set()
        with started(on_postgres, "worker", "--name", "one") as worker:
            assert "Worker one" in worker.stdout.readline()
            assert holders(url) == {"one"}
            second = run(on_postgres, "worker", "--name", "one")
            assert second.exit_code == 1
            assert "works as 'one' already" in second.stderr
            stop(worker)
        stop(web)
    assert holders(url) == set()


@pytest.mark.postgres
def test_on_postgresql_the_web_process_works_too_where_that_is_asked(on_postgres, tmp_path, holders):
    initialize(on_postgres, tmp_path)
    with started(on_postgres, "run", "--port", free_port(), "--with-worker") as web:
        web.stdout.readline()
        assert "Tickets and issues are kept in step by this process." in web.stdout.readline()
        assert len(holders(on_postgres["HELPDESK_DATABASE_URL"])) == 1
        stop(web)


# ── failed, retry, explain, reconcile ─────────────────────────────────────────────────────────────────────────────────


def test_the_commands_belong_to_the_command_line(environ, tmp_path):
    initialize(environ, tmp_path)
    answer = run(environ, "sync", "failed")
    assert (answer.exit_code, answer.stdout) == (0, "Nothing needs attention.\n")
    assert run(environ, "sync", "reconcile").exit_code == 0
    assert run(environ, "sync", "retry", "--all").stdout == "0 links are tried again.\n"
    for arguments, message in {
        ("explain", "99"): "There is no ticket 99.",
        ("retry", "99"): "There is no such link any more",
        ("failed", "--connection", "99"): "There is no connection with the id 99.",
    }.items():
        answer = run(environ, "sync", *arguments)
        assert answer.exit_code == 1
        assert message in answer.stderr
        assert isinstance(answer.exception, SystemExit)


@pytest.fixture
def sync(host) -> Callable[..., Result]:
    """Return a function that gives a command of `helpdesk sync` in this process, on the fake integration."""
    group = make_group(lambda _context: nullcontext(host))
    return lambda *arguments: CliRunner().invoke(group, arguments)


@pytest.fixture
def acme(host) -> int:
    return connect(host)


@pytest.fixture
def put(host, acme, gateway) -> Callable[..., int]:
    """Return a function that makes a link which stands in a certain way, and returns its id."""

    def put(issue_id: str, state: LinkState, connection_id: int = acme) -> int:
        link_id = link_issue(host, connection_id, gateway.add(issue_id).id)
        with host.database.write() as session:
            link = session.get_one(Link, link_id)
            link.state, link.sentence, link.cure, link.done = state, "It cannot move.", "Mend it.", link.wanted
        return link_id

    return put


def test_failed_lists_what_needs_attention_of_all_connections_or_one(host, sync, put):
    put("1", LinkState.STOPPED)
    put("2", LinkState.IN_STEP)
    put("3", LinkState.GONE, connect(host, BETA))
    stopped, gone = sync("failed").output.splitlines()
    assert stopped == ("1  ticket 1  P-1-1  fake acme  stopped  since 2026-11-24 09:00 UTC  It cannot move. Mend it.")
    assert gone.startswith("3  ticket 3  P-1-3  fake beta  gone")
    assert sync("failed", "--connection", "2").output.splitlines() == [gone]


def test_retry_takes_one_link_or_all_but_conflicts(host, sync, put):
    first, second = put("1", LinkState.STOPPED), put("2", LinkState.GONE)
    conflict = put("3", LinkState.CONFLICT)
    assert "Ticket 1 and P-1-1 are tried again." in sync("retry", str(first)).output
    assert "1 link is tried again." in sync("retry", "--all", "--connection", "1").output
    assert [read_link(host, each).state for each in (first, second)] == [LinkState.WAITING] * 2
    refused = sync("retry", str(conflict))
    assert isinstance(refused.exception, Refused)
    assert read_link(host, conflict).state == LinkState.CONFLICT
    assert "Command line" in sync("explain", "1").output


@pytest.mark.parametrize("arguments", [(), ("1", "--all"), ("1", "--connection", "1"), ("0",), ("x",)])
def test_retry_wants_either_a_link_or_all(sync, arguments):
    assert sync("retry", *arguments).exit_code == 2


def test_retrying_while_nothing_is_done_says_why(host, sync, put):
    link = put("1", LinkState.STOPPED)
    change_connection(host, 1, paused_at=host.now(), paused_by_name="Dana")
    assert "fake acme: Paused by Dana" in sync("retry", str(link)).output
    assert "Paused since 2026-11-24 09:00 UTC." in sync("explain", "1").output


def test_explain_tells_how_a_ticket_stands_and_all_that_happened(host, sync, put):
    link = put("1", LinkState.STOPPED)
    lines = sync("explain", "1").output.splitlines()
    assert lines[:4] == [
        "Ticket 1: About 1 (Open)",
        "Link 1 with P-1-1 on fake acme: Stopped since 2026-11-24 09:00 UTC.",
        "  It cannot move.",
        "  What helps: Mend it.",
    ]
    assert lines[4:] == ["", "What happened:", "2026-11-24 09:00 UTC  P-1-1  Linked with P-1-1.  (Kim)"]
    unlink(host, link, by="Kim")
    answer = sync("explain", "1").output
    assert "It is linked with no issue now." in answer
    assert answer.index("Linked with P-1-1.") < answer.index("P-1-1 was unlinked.")


def test_explain_of_no_ticket_is_refused(sync):
    assert isinstance(sync("explain", "99").exception, NotFound)


def test_reconcile_compares_and_counts_what_differs(sync, put, gateway):
    put("1", LinkState.IN_STEP)
    put("2", LinkState.IN_STEP)
    gateway.move("2", "done")
    answer = sync("reconcile", "--connection", "1")
    assert answer.exit_code == 0, answer.output
    assert "fake acme: 2 issues compared, 1 link differs and is looked at." in answer.output


def test_reconcile_goes_on_with_the_other_connections_and_says_what_hindered(host, sync, put, gateway):
    put("1", LinkState.IN_STEP)
    connect(host, BETA)
    gateway.outage = TemporarilyUnavailable("It is being maintained.")
    answer = sync("reconcile")
    assert answer.exit_code == 1
    assert "fake acme: It is being maintained." in answer.output
    assert "fake beta: 0 issues compared" in answer.output
