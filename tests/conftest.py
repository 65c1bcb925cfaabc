"""Fixtures that every test may use: a fresh database, a host around it, an application and people who sign in."""

from __future__ import annotations

import gc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from helpdesk_core.accounts.models import Role, User
from helpdesk_core.accounts.service import create_user
from helpdesk_core.app import create_app
from helpdesk_core.db import Database
from helpdesk_core.host import Host
from helpdesk_core.integrations import IntegrationRegistry
from helpdesk_core.jobs import Work
from helpdesk_core.jobs.memory import MemoryJobs
from helpdesk_core.values import Secret
from helpdesk_core.vault import Vault
from tests.sampling import pytest_addoption, pytest_collection_modifyitems, sampled  # noqa: F401 - pytest finds them by name
from tests.telling import pytest_terminal_summary, tell  # noqa: F401 - pytest finds hooks and fixtures by name

pytest_plugins = ["tests.databases", "tests.sparing"]

PASSWORD = "correct horse battery"


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def advance(self, **by: float) -> None:
        """Move on by a `timedelta`."""
        self.time += timedelta(**by)


def note_failure(kind: str, key: str, _args: object, error: Exception) -> None:
    """Let a test fail where a handler raised what nobody expected."""
    msg = f"{kind} of {key} failed"
    raise AssertionError(msg) from error


def pytest_collection_finish() -> None:
    """Take what was imported and collected out of the garbage collector's rounds, which took a tenth of the time."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def registry() -> IntegrationRegistry:
    """Override it to admit plugins."""
    return IntegrationRegistry()


@pytest.fixture
def vault_key() -> Secret:
    return Vault.new_key()


@pytest.fixture
def work() -> Work:
    """The work that `host.jobs` can do; `helpdesk_core.sync.work.register` fills it."""
    return Work(failed=note_failure)


@pytest.fixture
def host(database: Database, registry: IntegrationRegistry, clock: Clock, vault_key: Secret, work: Work) -> Host:
    return Host(
        database=database,
        jobs=MemoryJobs(work, clock),
        vault=Vault([vault_key]),
        registry=registry,
        base_url="http://helpdesk.test",
        now=clock,
    )


@pytest.fixture
def app(host: Host) -> Flask:
    """The application without CSRF tokens; tests/core/test_security.py proves that they are asked for."""
    app = create_app(host, session_key="only for tests")
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return app


@pytest.fixture
def admin(host: Host) -> User:
    return _person(host, "Dana Admin", "dana@acme.example", Role.ADMIN)


@pytest.fixture
def agent(host: Host) -> User:
    return _person(host, "Alex Agent", "alex@acme.example", Role.AGENT)


@pytest.fixture
def signed_in(app: Flask) -> Callable[[User], FlaskClient]:
    """Return a function that gives a client signed in as somebody."""

    def sign_in(user: User) -> FlaskClient:
        client = app.test_client()
        answer = client.post("/sign-in", data={"email": user.email, "password": PASSWORD})
        assert answer.status_code == 302, answer.text
        return client

    return sign_in


def _person(host: Host, name: str, email: str, role: Role) -> User:
    with host.database.write() as session:
        return create_user(session, email=email, name=name, password=Secret(PASSWORD), role=role, now=host.now())
