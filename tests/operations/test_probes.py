"""`/healthz` and `/readyz`: answered without signing in, without a session, and without a word that matters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from alembic import command as alembic
from flask.testing import FlaskClient
from sqlalchemy import event, text

from helpdesk_core.app import create_app
from helpdesk_core.db import Database
from helpdesk_core.operations.instance import instance_id
from helpdesk_core.operations.readiness import REASONS, Obstacle
from helpdesk_core.schema import alembic_config, revisions
from helpdesk_core.values import Secret
from tests.databases import KINDS, NewDatabase, all_tables

both = pytest.mark.parametrize("kind", KINDS)
SESSION_KEY = "only for tests"


@pytest.fixture
def database(kind: str, new_database: NewDatabase) -> Iterator[Database]:
    """Return a database as `helpdesk init` makes it."""
    database = Database(new_database(kind, all_tables))
    yield database
    database.dispose()


@pytest.fixture
def client(app) -> FlaskClient:
    return app.test_client()


def execute(database: Database, statement: str) -> None:
    with database.engine.begin() as connection:
        connection.execute(text(statement))


def assert_not_ready(client: FlaskClient, obstacle: Obstacle) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {"status": "not ready", "reason": obstacle.value, "words": REASONS[obstacle]}


def test_health_is_answered_with_the_name_of_the_installation(client):
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json == {"status": "ok", "instance": instance_id(Secret(SESSION_KEY))}


def test_the_name_is_that_of_the_session_key_and_does_not_show_it():
    name = instance_id(Secret("a session key"))
    assert name == instance_id(Secret("a session key"))
    assert name != instance_id(Secret("another one"))
    assert len(name) == 16
    assert "a session key" not in name


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_probes_set_no_cookie_and_are_not_kept(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


def test_health_asks_no_database_whoever_is_signed_in(host, signed_in, admin):
    client = signed_in(admin)
    asked: list[str] = []
    event.listen(host.database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    assert client.get("/healthz").status_code == 200
    assert asked == []
    assert client.get("/readyz").status_code == 200
    assert asked != []


@both
def test_with_everything_in_place_a_process_is_ready(client):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (200, {"status": "ready"})


def test_readiness_does_not_wait_for_who_writes(client, host):
    with host.database.write() as session:
        session.execute(text("DELETE FROM ticket"))
        assert client.get("/readyz").status_code == 200


@both
def test_an_earlier_schema_is_not_ready(client, database):
    alembic.downgrade(alembic_config(database), revisions()[-2])
    assert_not_ready(client, Obstacle.SCHEMA_BEHIND)


@both
def test_a_later_schema_is_not_ready(client, database):
    execute(database, "UPDATE alembic_version SET version_num = '9999'")
    assert_not_ready(client, Obstacle.SCHEMA_AHEAD)


@both
def test_an_empty_database_is_not_ready(client, database):
    execute(database, "DROP TABLE alembic_version")
    assert_not_ready(client, Obstacle.SCHEMA_MISSING)


@both
def test_without_the_job_engines_tables_a_process_is_not_ready(client, database):
    execute(database, "DROP TABLE job_process")
    assert_not_ready(client, Obstacle.JOB_TABLES_MISSING)


def test_a_database_out_of_reach_is_named_and_its_address_is_not(host):
    away = Database("postgresql://bob:s3cret@127.0.0.1:1/helpdesk")
    client = create_app(replace(host, database=away), session_key=SESSION_KEY).test_client()
    assert_not_ready(client, Obstacle.DATABASE_UNREACHABLE)
    for path in ("/readyz", "/metrics"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert "s3cret" not in answer.text
        assert "127.0.0.1" not in answer.text
    assert client.get("/healthz").status_code == 200
