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

import pytest

from helpdesk_core.db import Database
from helpdesk_core.jobs import slots

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
