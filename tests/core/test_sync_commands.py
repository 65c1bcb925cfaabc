"""The commands of keeping in step, and who does the work: `run`, `worker`, `sync failed`, `retry`, `explain`."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from helpdesk_core.db import Database
from helpdesk_core.errors import Rejected, TemporarilyUnavailable
from helpdesk_core.jobs import slots
from helpdesk_core.sync.backlog import TicketChanged
from helpdesk_core.sync.commands import make_group
from helpdesk_core.sync.links import get_link
from helpdesk_core.sync.models import LinkState
from helpdesk_core.sync.work import register
from helpdesk_core.tickets.service import change_status, get_ticket
from tests.core.fake_tracker import BETA
from tests.core.linking_world import change_connection, connect, link_issue, map_statuses, read_link

HELPDESK = Path(sys.executable).with_name("helpdesk")


@pytest.fixture
def environ(tmp_path) -> dict[str, str]:
    """The variables of a helpdesk on SQLite, in a folder of its own."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("HELPDESK_")}
    return kept | {"HELPDESK_DATA_DIR": str(tmp_path / "data")}


@pytest.fixture
def on_postgres(environ, postgres_url) -> dict[str, str]:
    """The variables of a helpdesk on PostgreSQL."""
    return environ | {"HELPDESK_DATABASE_URL": postgres_url.replace("+psycopg", "")}


def run(environ: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([HELPDESK, *arguments], env=environ, capture_output=True, text=True, timeout=60, check=False)


def initialize(environ: dict[str, str], folder: Path) -> None:
    (folder / "password").write_text("correct horse battery")
    password = str(folder / "password")
    answer = run(environ, "init", "--email", "a@b.example", "--name", "Ann", "--password-file", password)
    assert answer.returncode == 0, answer.stderr


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
    assert answer.returncode == 1
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
            assert second.returncode == 1
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


# ── helpdesk sync ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def acme(host, work) -> int:
    register(work, host)
    connection_id = connect(host)
    map_statuses(host, connection_id)
    return connection_id


@pytest.fixture
def sync(host) -> Callable[..., Result]:
    """Return a function that runs `helpdesk sync` on the test's host."""

    @contextmanager
    def open_host(_context: click.Context) -> Iterator[object]:
        yield host

    group = make_group(open_host)
    return lambda *arguments: CliRunner().invoke(group, [str(each) for each in arguments])


def stop_some(host, gateway, connection_id, *issue_ids: str) -> list[int]:
    """Link new tickets with issues that cannot get to where the tickets then want them."""
    gateway.statuses |= {"todo", "doing", "done"}
    links = []
    for id_ in issue_ids:
        gateway.add(id_)
        links.append(link_issue(host, connection_id, id_))
    host.jobs.run_all()
    gateway.hop_errors["done"] = Rejected("The door is shut.", cure="Open it.", code="refused")
    for link_id in links:
        with host.database.write() as session:
            ticket = get_ticket(session, get_link(session, link_id).ticket_id)
            observers = (TicketChanged(host.jobs),)
            change_status(session, ticket, "done", by="Kim", now=host.now(), observers=observers)
    host.jobs.run_all()
    assert {read_link(host, link_id).state for link_id in links} == {LinkState.STOPPED}
    return links


def test_failed_says_when_all_is_well(sync, acme):
    assert sync("failed").output == "Nothing needs attention.\n"


def test_failed_lists_link_ticket_issue_reason_and_cure(sync, host, gateway, acme):
    other = connect(host, BETA)
    map_statuses(host, other)
    (here,), (there,) = stop_some(host, gateway, acme, "1"), stop_some(host, gateway, other, "2")
    lines = sync("failed").output.splitlines()
    assert [int(line.split()[0]) for line in lines] == [here, there]
    for part in ("ticket 1", "P-1-1", "stopped", "The door is shut.", "then press Retry."):
        assert part in lines[0]
    only = sync("failed", "--connection", other).output.splitlines()
    assert [int(line.split()[0]) for line in only] == [there]


@pytest.mark.parametrize("command", [("failed",), ("retry", "--all"), ("reconcile",)])
def test_a_connection_that_does_not_exist_is_named(sync, acme, command):
    answer = sync(*command, "--connection", 99)
    assert answer.exit_code != 0
    assert "99" in f"{answer.output}{answer.exception}"


def test_retry_of_one_link(sync, host, gateway, acme):
    first, second = stop_some(host, gateway, acme, "1", "2")
    gateway.hop_errors.clear()
    assert sync("retry", second).output == "Ticket 2 and P-1-2 are tried again.\n"
    host.jobs.run_all()
    assert [read_link(host, each).state for each in (first, second)] == [LinkState.STOPPED, LinkState.IN_STEP]


def test_retry_of_all_counts_and_leaves_other_connections_alone(sync, host, gateway, acme):
    other = connect(host, BETA)
    map_statuses(host, other)
    here, there = stop_some(host, gateway, acme, "1", "2"), stop_some(host, gateway, other, "3")
    gateway.hop_errors.clear()
    assert "2 links are tried again." in sync("retry", "--all", "--connection", acme).output
    host.jobs.run_all()
    assert {read_link(host, each).state for each in here} == {LinkState.IN_STEP}
    assert read_link(host, there[0]).state == LinkState.STOPPED
    assert "1 link is tried again." in sync("retry", "--all").output


def test_retry_while_paused_says_that_it_waits(sync, host, gateway, acme):
    (link_id,) = stop_some(host, gateway, acme, "1")
    change_connection(host, acme, paused_at=host.now(), paused_by_name="Dana")
    assert "Paused by Dana" in sync("retry", link_id).output


@pytest.mark.parametrize("arguments", [(), ("1", "--all"), ("1", "--connection", "1"), ("0",), ("x",)])
def test_retry_is_told_exactly_what_to_retry(sync, acme, arguments):
    assert sync("retry", *arguments).exit_code == 2


def test_explain_tells_the_whole_story_in_order(sync, host, gateway, acme):
    (link_id,) = stop_some(host, gateway, acme, "1")
    gateway.hop_errors.clear()
    sync("retry", link_id)
    host.jobs.run_all()
    told = sync("explain", 1).output
    parts = ["Ticket 1: About 1 (Done)", "In step since", "Linked with P-1-1.", "The door is shut.", "tried again"]
    parts += ["The issue moved to Shipped, because the ticket is Done."]
    places = [told.rindex(part) for part in parts]
    assert places == sorted(places), told
    assert "Command line" in told


def test_explain_of_a_ticket_that_was_never_linked(sync, host, gateway, acme):
    stop_some(host, gateway, acme, "1")
    with host.database.write() as session:
        session.delete(get_link(session, 1))
    assert "It is linked with no issue now." in sync("explain", 1).output
    assert sync("explain", 99).exit_code != 0


def test_reconcile_finds_what_nobody_told_and_counts_it(sync, host, gateway, acme):
    for id_ in ("1", "2", "3"):
        gateway.add(id_)
        link_issue(host, acme, id_)
    host.jobs.run_all()
    gateway.move("2", "done")
    gateway.delete("3")
    answer = sync("reconcile")
    assert answer.exit_code == 0, answer.output
    assert "3 issues compared, 2 links are looked at again." in answer.output
    host.jobs.run_all()
    states = [read_link(host, each).state for each in (1, 2, 3)]
    assert states == [LinkState.IN_STEP, LinkState.IN_STEP, LinkState.GONE]
    with host.database.read() as session:
        assert get_ticket(session, 2).status == "done"


def test_one_connections_trouble_does_not_keep_reconcile_from_the_others(sync, host, gateway, acme):
    other = connect(host, BETA)
    for connection_id, id_ in ((acme, "1"), (other, "2")):
        gateway.add(id_)
        link_issue(host, connection_id, id_)

    def fail_for_acme(method: str, request) -> None:
        if method == "fetch" and request.connection.workspace.id != BETA.id:
            raise TemporarilyUnavailable("It is down.")

    gateway.before = fail_for_acme
    answer = sync("reconcile")
    assert answer.exit_code == 1
    assert "It is down." in answer.output
    assert "1 issue compared, 0 links are looked at again." in answer.output
