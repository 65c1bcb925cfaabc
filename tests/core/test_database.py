"""The two kinds of engine: what differs between them is nobody else's business."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from helpdesk_core import db
from helpdesk_core.db import Database
from helpdesk_core.models import Base
from helpdesk_core.sync.models import Inbox


@pytest.mark.postgres
def test_a_connection_that_the_server_has_ended_is_replaced(postgres_url, monkeypatch):
    monkeypatch.setattr(db, "TRUSTED_S", 0.0)
    database, other = Database(postgres_url), Database(postgres_url)
    with database.read() as session:
        process = session.scalar(text("SELECT pg_backend_pid()"))
    with other.write() as session:
        assert session.scalar(text("SELECT pg_terminate_backend(:process)"), {"process": process})
    with database.read() as session:
        assert session.scalar(text("SELECT pg_backend_pid()")) != process
    database.dispose()
    other.dispose()


def test_a_glance_sees_what_was_stored(database_url):
    database = Database(database_url)
    Base.metadata.create_all(database.engine)
    for number in range(2):
        with database.write() as session:
            session.add(Inbox(integration=f"i-{number}", wanted=False))
        with database.glance() as session:
            assert len(session.scalars(select(Inbox)).all()) == number + 1
    database.dispose()
