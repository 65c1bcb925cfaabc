"""Watches connections by the clock, cheaply: what the helpdesk knows by itself each minute, the plugin's checks daily.

A connection that works shows it with every answer, so its plugin is asked once a day, at a minute of its own that its
number decides: a hundred connections do not ask all at once. It is asked sooner where there is something to find: after
a single question was refused, and again and again while something is in trouble or nothing answers, so that the trouble
closes by itself.

Idle authorizations are kept alive here too: an authorization that nobody uses ends (Atlassian: 90 days), also that of a
connection that is paused. Knows no Flask.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.connections.calls import ask
from helpdesk_core.connections.contact import write_all_down
from helpdesk_core.connections.models import Connection, ConnectionState, Contact, Credential
from helpdesk_core.errors import HelpdeskError
from helpdesk_core.health import record
from helpdesk_core.health.examining import is_looked_after, note_own
from helpdesk_core.host import Host
from helpdesk_core.jobs import Jobs, Queue
from helpdesk_core.sync import holds

log = logging.getLogger(__name__)

KIND: Final = "health.examine"
DAILY: Final = timedelta(hours=24)
SPREAD: Final = timedelta(hours=2)
"""Over how much of the day the looks of many connections are spread."""
TROUBLED: Final = timedelta(minutes=30)
"""How often to look while something is in trouble."""
REFUSED: Final = timedelta(minutes=15)
"""How soon to look again because a single question was refused: one refusal often has many after it."""
IDLE: Final = timedelta(days=60)
"""After how long an authorization that nobody used is renewed: a month is left to mend what keeps us from it."""
TURNS: Final = 97
"""A prime, so that consecutive numbers of connections are spread."""


def watch(host: Host) -> None:
    """Store what is known without asking, and have those connections examined whose time has come."""
    write_all_down(host)
    with host.database.read() as session:
        looked_after = [each for each in _connections(session) if is_looked_after(host, session, each)]
        due = [each.id for each in looked_after if _is_due(session, each.id, host.now())]
    for connection in looked_after:
        note_own(host, connection.id)
    for connection_id in due:
        with host.database.write() as session:
            ask_to_examine(host.jobs, session, connection_id)


def ask_to_examine(jobs: Jobs, session: Session, connection_id: int) -> None:
    """Have a connection examined, unless that is about to happen anyway."""
    key = f"connection/{connection_id}/health"
    if not jobs.counts(session, prefix=key).unfinished:
        jobs.enqueue(session, KIND, key, connection_id, seq=1, queue=Queue.BACKGROUND)


def keep_alive(host: Host) -> None:
    """Renew the authorizations that nobody has used for long: one small question makes them fresh."""
    with host.database.read() as session:
        query = select(Credential.connection_id).where(Credential.refreshed_at < host.now() - IDLE)
        idle = set(session.scalars(query))
        asked = [
            each
            for each in _connections(session)
            if each.id in idle and each.state == ConnectionState.CONNECTED and is_looked_after(host, session, each)
        ]
    for connection in asked:
        verify = host.registry.get(connection.integration).connect_flow.verify
        try:
            ask(host, connection.id, verify)
        except HelpdeskError as error:  # it says so itself, and the next turn tries again
            log.warning("connection %s was idle and could not be asked: %s", connection.id, error)


def _connections(session: Session) -> list[Connection]:
    return list(session.scalars(select(Connection).order_by(Connection.id)))


def _is_due(session: Session, connection_id: int, now: datetime) -> bool:
    connection = session.get_one(Connection, connection_id)
    hold = holds.held(session, connection_id, now=now)
    is_spent = hold is not None and not hold.refused  # a look would only spend more of the budget
    if connection.state != ConnectionState.CONNECTED or is_spent:
        return False
    contact = session.get(Contact, connection_id)
    if contact is not None and contact.failing_since is not None:
        return _has_turn(connection_id, now)  # by the clock alone: where nothing answers, no look is on record
    if contact is None or contact.examined_at is None:
        return True
    since = now - contact.examined_at
    if contact.refused_at is not None and contact.refused_at > contact.examined_at:
        return since >= REFUSED
    if any(not row.own for row in record.troubles(session, connection_id)):
        return since >= TROUBLED
    return since >= DAILY - _early(connection_id)


def _has_turn(connection_id: int, now: datetime) -> bool:
    """Whether this is the minute of a connection that does not answer, one in each half hour."""
    minutes = TROUBLED // timedelta(minutes=1)
    return int(now.timestamp() // 60) % minutes == connection_id % minutes


def _early(connection_id: int) -> timedelta:
    """Return by how much a connection is ahead of its day: always the same, and another for its neighbours."""
    return SPREAD * ((connection_id * 31) % TURNS) / TURNS
