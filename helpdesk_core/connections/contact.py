"""Keeps on record how it went to ask a remote system: whether it answers, since when not, and what calls cost.

It is told of every question by `calls.ask`. Single refusals are nothing of the kind: the remote system answered. One
line is logged when a connection stops being answered and one when it is again, whichever process saw it first.
Writing may fail, as while the database is busy: a question that was answered must not be lost for that.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Final

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from helpdesk_core.connections.models import Connection, Contact
from helpdesk_core.db import insert_if_new
from helpdesk_core.errors import Extent, Rejected, TemporarilyUnavailable
from helpdesk_core.host import Host
from helpdesk_core.tally import Counted

log = logging.getLogger(__name__)

OUTAGE: Final = "outage"
"""The `Contact.failure` of a remote system that cannot answer now."""


def answered(host: Host, connection_id: int) -> None:
    """Note that a question was answered."""
    if host.tally.answered(connection_id, now=host.now()):
        write_down(host, connection_id)


def failed(host: Host, connection_id: int, error: TemporarilyUnavailable | Rejected) -> None:
    """Note that a question was not answered, or refused.

    A limit is no failure: the remote system answers, and asks for fewer questions.
    """
    if isinstance(error, TemporarilyUnavailable) and error.extent is Extent.CONNECTION:
        return
    if isinstance(error, Rejected) and error.extent is not Extent.CONNECTION:
        _on_record(host, connection_id, refused=True)
        return
    host.tally.forget_writing(connection_id)
    _on_record(host, connection_id, error=error)


def write_down(host: Host, connection_id: int) -> None:
    """Write down what this process has counted for a connection."""
    counted = host.tally.take(connection_id, now=host.now())
    if counted == Counted():
        return
    try:
        with host.database.write() as session:
            row = _row(session, connection_id)
            if row is None:
                return
            row.calls, row.points = row.calls + counted.calls, row.points + counted.points
            row.refreshes += counted.refreshes
            if counted.left is not None:
                row.budget_left, row.budget_limit = counted.left, counted.limit
                row.budget_until = counted.whole_at
            if counted.answered_at is not None:
                _answers(row, counted.answered_at)
    except OperationalError as error:
        host.tally.put_back(connection_id, counted)
        log.warning("what connection %s was asked is not written down: %s", connection_id, type(error.orig).__name__)


def write_all_down(host: Host) -> None:
    """Write down all that this process has counted."""
    for connection_id in host.tally.connections():
        write_down(host, connection_id)


def _answers(row: Contact, at: datetime) -> None:
    if row.failing_since is not None:
        if at < row.failing_since:
            return
        log.warning("connection %s is answered again, after %s", row.connection_id, at - row.failing_since)
    row.answered_at = at
    row.failing_since, row.failure, row.sentence, row.cure = None, "", "", ""


def _on_record(
    host: Host,
    connection_id: int,
    *,
    error: TemporarilyUnavailable | Rejected | None = None,
    refused: bool = False,
) -> None:
    try:
        with host.database.write() as session:
            row = _row(session, connection_id)
            if row is None:
                return
            if refused:
                row.refused_at = host.now()
            if error is not None:
                _fails(row, error, host.now())
    except OperationalError as busy:
        log.warning("trouble of connection %s is not written down: %s", connection_id, type(busy.orig).__name__)


def _fails(row: Contact, error: TemporarilyUnavailable | Rejected, at: datetime) -> None:
    if row.failing_since is None:
        log.warning("connection %s is not answered: %s", row.connection_id, error)
        row.failing_since = at
    if isinstance(error, Rejected):
        row.failure, row.sentence, row.cure = error.code[:50], error.reason, error.cure
    else:
        row.failure, row.sentence, row.cure = OUTAGE, str(error), ""


def _row(session: Session, connection_id: int) -> Contact | None:
    """Return the row, locked; None: the connection was forgotten meanwhile."""
    if session.get(Connection, connection_id) is None:
        return None
    insert_if_new(session, Contact, connection_id=connection_id, calls=0, points=0, refreshes=0)
    return session.get(Contact, connection_id, with_for_update=True, populate_existing=True)
