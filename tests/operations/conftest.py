"""An installation in a folder of its own, and the doctor's command on it."""

from __future__ import annotations

import os
import random
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from helpdesk_core.accounts.models import Role
from helpdesk_core.accounts.service import create_user
from helpdesk_core.app import make_host
from helpdesk_core.cli import command
from helpdesk_core.config import Settings
from helpdesk_core.connections.credentials import store_new
from helpdesk_core.connections.models import Connection, ConnectionState, IntegrationSetting
from helpdesk_core.host import Host
from helpdesk_core.values import Credentials, Secret
from plugins.registry import build_registry
from tests.conftest import PASSWORD
from tests.databases import SqliteFiles, all_tables

CLIENT_SECRET = "the-client-secret"


@pytest.fixture
def environ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return the variables of a helpdesk with a data directory of its own, which this process has too."""
    for name in [name for name in os.environ if name.startswith("HELPDESK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HELPDESK_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("HELPDESK_BASE_URL", f"http://127.0.0.1:{free_port()}")
    return dict(os.environ)


@pytest.fixture
def doctor(environ: dict[str, str], tmp_path: Path) -> Callable[..., Result]:
    """Return a function that gives the command. Whatever it finds: no traceback, no file made, no secret shown."""
    data = tmp_path / "data"

    def examine(*arguments: str, **variables: str) -> Result:
        before, secrets = _files(data), _secrets(data, variables)
        answer = CliRunner().invoke(command, ("doctor", *arguments), obj=build_registry, env=variables)
        assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
        assert "Traceback" not in answer.output
        assert _files(data) == before, "looking makes nothing"
        assert [secret for secret in secrets if secret in answer.output] == []
        return answer

    return examine


@pytest.fixture
def installed(environ: dict[str, str], tmp_path: Path, sqlite_files: SqliteFiles) -> Settings:
    """Make what `helpdesk init` makes, with a first admin, and return its settings."""
    settings = Settings.from_env()
    sqlite_files.copy(all_tables, settings.data_dir / "helpdesk.db")
    with opened() as host, host.database.write() as session:
        create_user(
            session, email="a@b.example", name="Ann", password=Secret(PASSWORD), role=Role.ADMIN, now=host.now()
        )
    return settings


@contextmanager
def opened() -> Iterator[Host]:
    """Open the host of this process' environment."""
    host = make_host(Settings.from_env(), build_registry())
    try:
        yield host
    finally:
        host.database.dispose()


def connect_jira(**set_up: str | Secret) -> int:
    """Add a connection of Jira with credentials, and the values of its set-up form; return its id."""
    with opened() as host, host.database.write() as session:
        session.add(IntegrationSetting(key="jira", enabled=True, sealed=host.vault.seal_settings(set_up)))
        made = Connection(
            integration="jira",
            workspace_id="w-1",
            workspace_name="Acme Secret Project",
            workspace_url="https://acme.example",
            state=ConnectionState.CONNECTED,
            state_since=host.now(),
            account_id="a-1",
            account_name="Bot",
            connected_by_id=1,
            connected_at=host.now(),
        )
        session.add(made)
        session.flush()
        store_new(host, session, made.id, Credentials(access_token=Secret("the-access-token")))
        return made.id


def free_port() -> int:
    """Find a port below those that the system gives away, so that no other test gets it meanwhile."""
    for port in random.sample(range(20_000, 30_000), 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    pytest.fail("no port is free")


@contextmanager
def answering(status: int, body: str = "", **headers: str) -> Iterator[str]:
    """Let another program answer on this machine, always the same; give its address."""

    class Stranger(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_args: object) -> None:
            pass

    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    with ThreadingHTTPServer(("127.0.0.1", port), Stranger) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.shutdown()
            thread.join()


def _files(data: Path) -> list[str]:
    there = sorted(str(file.relative_to(data)) for file in data.rglob("*")) if data.exists() else ["nothing"]
    return [name for name in there if not name.endswith(("-wal", "-shm"))]


def _secrets(data: Path, variables: dict[str, str]) -> set[str]:
    """Return all that must not be told: keys of files and variables, passwords and what is stored encrypted."""
    files = [data / "keys", data / "session-key"]
    kept = {word for file in files if file.exists() for word in file.read_text(errors="replace").split()}
    named = {variables[name] for name in ("HELPDESK_KEYS", "HELPDESK_SESSION_KEY") if name in variables}
    return {*kept, *named, CLIENT_SECRET, PASSWORD, "the-access-token", "s3cret", "Acme Secret Project"} - {""}
