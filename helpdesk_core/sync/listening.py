"""Keeps each connection subscribed to the changes of its issues: subscribes, renews, and says why it could not.

A subscription ends by itself and without notice, covers the projects that were named, and may be removed by somebody
else. So what is wanted is compared with what is remembered, every few minutes and without a call; only what is due
asks the remote system. Where it refuses, polling fills in, and the reason is shown with its cure. A paused connection
stays subscribed: its deliveries are stored.

One job at a time works on a connection, by the key of the job. On disconnecting, the plugin removes the subscription
there; what is remembered here is forgotten by the schedule, because connections know nothing of keeping in step.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from helpdesk_core.channels.rules import for_issues
from helpdesk_core.connections.integration_settings import is_enabled
from helpdesk_core.connections.models import Connection, ConnectionState
from helpdesk_core.db import insert_or_update
from helpdesk_core.errors import AuthorizationLost, NotFound, Refused, Rejected, TemporarilyUnavailable
from helpdesk_core.facets import WebhookReceiver
from helpdesk_core.host import Host
from helpdesk_core.jobs import Jobs, Queue
from helpdesk_core.mapping.vocabulary import read_stored
from helpdesk_core.sync import polling
from helpdesk_core.sync.holds import put
from helpdesk_core.sync.models import Hold, Link, LinkState, Listening
from helpdesk_core.values import ConnectionView, SubscribeRequest, Subscription

log = logging.getLogger(__name__)

KIND: Final = "sync.listen"
RENEW_AHEAD: Final = timedelta(days=7)
"""How long before its end a subscription is renewed: long enough for somebody to mend what keeps us from it."""
AGAIN: Final = timedelta(hours=1)
"""How long to leave the remote system in peace after it refused, or after it was asked why nothing arrives."""
REFUSED: Final = "listen"
ASKED: Final = "listen.check"
"""The names of these two pauses, beside those that the remote system itself asks for."""


class Due(StrEnum):
    """What is to be done about a connection's subscription."""

    SUBSCRIBE = "subscribe"
    RENEW = "renew"
    CHECK = "check"
    """Changes happen of which no delivery tells: see whether the subscription is still there."""
    UNSUBSCRIBE = "unsubscribe"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Task:
    due: Due
    connection_id: int
    receiver: WebhookReceiver
    url: str
    project_ids: tuple[str, ...]
    known_ids: tuple[str, ...]

    def request(self, view: ConnectionView) -> SubscribeRequest:
        return SubscribeRequest(connection=view, url=self.url, project_ids=self.project_ids, known_ids=self.known_ids)


def ask_to_listen(jobs: Jobs, session: Session, connection_id: int) -> None:
    """Have a connection subscribed anew, because it was connected, its projects changed, or a person asks for it."""
    session.execute(delete(Hold).where(Hold.connection_id == connection_id, Hold.operation.in_((REFUSED, ASKED))))
    _enqueue(jobs, session, connection_id, asked=True)


def watch(host: Host) -> None:
    """Have done what is due for each connection, and forget the subscriptions of those that are disconnected."""
    with host.database.read() as session:
        ids = session.scalars(select(Connection.id).order_by(Connection.id)).all()
        tasks = [task for connection_id in ids if (task := _task(host, session, connection_id))]
    for task in tasks:
        with host.database.write() as session:
            if not host.jobs.counts(session, prefix=_key(task.connection_id)).unfinished:
                _enqueue(host.jobs, session, task.connection_id, asked=False)
    _forget_disconnected(host)


def listen(host: Host, connection_id: int, *, asked: bool = False) -> None:
    """Do what is due about a connection's subscription; nothing due is no call.

    Args:
        host: the collaborators.
        connection_id: whose.
        asked: subscribe in any case; the remote system keeps what is there already.
    """
    with host.database.read() as session:
        task = _task(host, session, connection_id, asked=asked)
    if task is None:
        return
    try:
        subscription = _carry_out(host, task)
    except (Rejected, TemporarilyUnavailable) as error:
        _note_trouble(host, connection_id, error)
    except (AuthorizationLost, Refused, NotFound) as error:
        log.info("connection %s cannot be subscribed now: %s", connection_id, error)  # it says so itself
    else:
        _store(host, task, subscription)


# ── what is due ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _task(host: Host, session: Session, connection_id: int, *, asked: bool = False) -> _Task | None:
    connection = session.get(Connection, connection_id)
    if connection is None or connection.state != ConnectionState.CONNECTED:
        return None
    if connection.integration not in host.registry or not is_enabled(session, connection.integration):
        return None
    receiver = host.registry.get(connection.integration).webhook_receiver
    if receiver is None or (_pausing(session, connection_id, REFUSED, host.now()) and not asked):
        return None
    listening = session.get(Listening, connection_id) or Listening(connection_id=connection_id, project_ids=[])
    wanted = projects_to_hear_of(session, connection_id)
    due = _due(session, listening, wanted, now=host.now(), asked=asked)
    if due is None:
        return None
    return _Task(
        due=due,
        connection_id=connection_id,
        receiver=receiver,
        url=f"{host.base_url}/webhooks/{connection.integration}",
        project_ids=tuple(sorted(wanted)),
        known_ids=(listening.subscription_id,) if listening.subscription_id else (),
    )


def _due(session: Session, listening: Listening, wanted: frozenset[str], *, now: datetime, asked: bool) -> Due | None:
    if not wanted:
        return Due.UNSUBSCRIBE if listening.subscription_id else None
    if asked or listening.subscription_id is None or wanted != set(listening.project_ids):
        return Due.SUBSCRIBE
    ends = listening.expires_at
    if ends is not None and ends - now <= RENEW_AHEAD:
        return Due.RENEW if ends > now else Due.SUBSCRIBE
    if polling.is_missing(listening) and not _pausing(session, listening.connection_id, ASKED, now):
        return Due.CHECK
    return None


def projects_to_hear_of(session: Session, connection_id: int) -> frozenset[str]:
    """Return the projects in use, and those of linked issues and of channels that make tickets. One that is gone or
    hidden would make the whole order refused.
    """
    stored = read_stored(session, connection_id)
    query = select(Link.project_id).where(Link.connection_id == connection_id, Link.state != LinkState.GONE).distinct()
    wanted = stored.used_ids.union(
        session.scalars(query), (each.project_id for each in for_issues(session, connection_id))
    )
    if stored.read_at is None:
        return wanted
    there = {project.id for project in stored.projects}
    return wanted - (stored.used_ids - there)  # one that was linked since then is not listed yet, and is there


def _pausing(session: Session, connection_id: int, what: str, now: datetime) -> bool:
    hold = session.get(Hold, (connection_id, what))
    return hold is not None and hold.until > now


# ── doing it ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _carry_out(host: Host, task: _Task) -> Subscription | None:
    """Ask the remote system; None: there is no subscription any more, as wanted."""
    if task.due is Due.UNSUBSCRIBE:
        put(host, task.connection_id, "unsubscribe", lambda view: task.receiver.unsubscribe(task.request(view)))
        return None
    if task.due in {Due.RENEW, Due.CHECK}:
        renewed = put(host, task.connection_id, "renew", lambda view: task.receiver.renew(task.request(view)))
        if renewed is not None:
            return renewed
        log.warning("connection %s: the remote system has forgotten the subscription", task.connection_id)
    return put(host, task.connection_id, "subscribe", lambda view: task.receiver.subscribe(task.request(view)))


def _store(host: Host, task: _Task, subscription: Subscription | None) -> None:
    with host.database.write() as session:
        insert_or_update(
            session,
            Listening,
            {"connection_id": task.connection_id},
            subscription_id=subscription.id if subscription else None,
            expires_at=subscription.expires_at if subscription else None,
            project_ids=list(task.project_ids),
            trouble="",
        )
        session.execute(delete(Hold).where(Hold.connection_id == task.connection_id, Hold.operation == REFUSED))
        if task.due is Due.CHECK:
            _pause(session, task.connection_id, ASKED, "Whether the subscription is still there was asked.", host.now())
        if task.known_ids and subscription and subscription.id not in task.known_ids:
            polling.ask_to_poll(host.jobs, session, task.connection_id)  # nobody told of what happened meanwhile


def _note_trouble(host: Host, connection_id: int, error: Rejected | TemporarilyUnavailable) -> None:
    sentence = str(error)  # of a refusal: with its cure
    log.warning("connection %s is not subscribed: %s", connection_id, sentence)
    with host.database.write() as session:
        insert_or_update(session, Listening, {"connection_id": connection_id}, trouble=sentence)
        _pause(session, connection_id, REFUSED, sentence, host.now())


def _pause(session: Session, connection_id: int, what: str, reason: str, now: datetime) -> None:
    key = {"connection_id": connection_id, "operation": what}
    insert_or_update(session, Hold, key, until=now + AGAIN, reason=reason)


def _forget_disconnected(host: Host) -> None:
    ended = select(Connection.id).where(Connection.state == ConnectionState.DISCONNECTED)
    remembered = (Listening.connection_id.in_(ended), Listening.subscription_id.is_not(None))
    with host.database.read() as session:
        if not session.scalar(select(select(Listening).where(*remembered).exists())):
            return
    with host.database.write() as session:
        forgotten: dict[str, object] = {
            "subscription_id": None,
            "expires_at": None,
            "project_ids": [],
            "trouble": "",
            "heard_at": None,
        }
        session.execute(update(Listening).where(*remembered).values(**forgotten))


def _enqueue(jobs: Jobs, session: Session, connection_id: int, *, asked: bool) -> None:
    jobs.enqueue(session, KIND, _key(connection_id), connection_id, asked, seq=1, queue=Queue.BACKGROUND)


def _key(connection_id: int) -> str:
    return f"connection/{connection_id}/listen"
