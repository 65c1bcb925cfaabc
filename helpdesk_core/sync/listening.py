"""Orders deliveries at remote systems, one subscription a connection, and keeps the order from expiring.

Where that cannot be done, as behind a firewall, the reason is kept for the pages and `polling` fills in. It runs as one
job a connection, so two processes never subscribe at once (a remote system may allow few, and one address).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.connections.models import Connection, ConnectionState
from helpdesk_core.db import insert_or_update
from helpdesk_core.errors import HelpdeskError, Rejected, TemporarilyUnavailable
from helpdesk_core.facets import WebhookReceiver
from helpdesk_core.host import Host
from helpdesk_core.jobs import Jobs, Queue, RetryLater
from helpdesk_core.mapping.vocabulary import read_stored
from helpdesk_core.sync import backlog
from helpdesk_core.sync.holds import put
from helpdesk_core.sync.models import Link, Listening
from helpdesk_core.sync.waiting import pause_after
from helpdesk_core.values import ConnectionView, SubscribeRequest, Subscription

log = logging.getLogger(__name__)

LISTEN: Final = "sync.listen"
"""The kind of the job that subscribes or renews for one connection."""
AHEAD: Final = timedelta(days=7)
"""How long before its end a subscription is renewed; Jira's last 30 days and end without notice."""
AGAIN: Final = timedelta(hours=1)
"""How long after a refusal it is tried again, unless somebody asks."""


def ask_to_listen(jobs: Jobs, session: Session, connection_id: int) -> None:
    """Have a connection's subscription looked after soon: it was connected, or its projects changed."""
    jobs.enqueue(session, LISTEN, f"connection/{connection_id}/listen", connection_id, seq=1, queue=Queue.BACKGROUND)


def ask_where_due(host: Host) -> None:
    """Look after the subscriptions whose time has come, and forget those of connections that ended."""
    with host.database.write() as session:
        for connection in session.scalars(select(Connection)).all():
            row = session.get(Listening, connection.id)
            if connection.state == ConnectionState.DISCONNECTED:
                if row and row.subscription_id:  # the plugin has removed it at the remote system
                    row.subscription_id, row.expires_at, row.heard_at = None, None, None
            elif backlog.works(session, connection.id) and _is_due(session, connection.id, row, now=host.now()):
                ask_to_listen(host.jobs, session, connection.id)


def listen(host: Host, connection_id: int, *, attempt: int = 1) -> RetryLater | None:
    """Subscribe, renew, or subscribe anew where the projects changed.

    Returns:
        When to try again, where the remote system cannot be asked now.
    """
    order = _order(host, connection_id)
    if order is None:
        return None
    try:
        subscription = _place(host, connection_id, order)
    except TemporarilyUnavailable as error:
        return RetryLater(after=pause_after(error, attempt), reason=str(error))
    except HelpdeskError as error:
        log.warning("connection %s cannot hear of changes: %s", connection_id, error)
        _store(host, connection_id, None, order, trouble=_words(error))
        return None
    _store(host, connection_id, subscription, order, trouble="")
    return None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Order:
    receiver: WebhookReceiver
    url: str
    project_ids: tuple[str, ...]
    subscription_id: str | None
    is_same: bool
    """Whether the subscription that is there covers these projects."""


def _order(host: Host, connection_id: int) -> _Order | None:
    with host.database.read() as session:
        connection = session.get(Connection, connection_id)
        if connection is None or not backlog.works(session, connection_id):
            return None
        receiver = host.registry.get(connection.integration).webhook_receiver
        wanted = _projects(session, connection_id)
        row = session.get(Listening, connection_id)
        if receiver is None or not wanted:
            return None
        return _Order(
            receiver=receiver,
            url=f"{host.base_url}/webhooks/{connection.integration}",
            project_ids=wanted,
            subscription_id=row.subscription_id if row else None,
            is_same=row is not None and tuple(row.project_ids) == wanted,
        )


def _place(host: Host, connection_id: int, order: _Order) -> Subscription:
    known = (order.subscription_id,) if order.subscription_id else ()

    def request(view: ConnectionView) -> SubscribeRequest:
        return SubscribeRequest(connection=view, url=order.url, project_ids=order.project_ids, known_ids=known)

    if known and order.is_same:
        renewed = put(host, connection_id, "renew", lambda view: order.receiver.renew(request(view)))
        if renewed is not None:
            return renewed
    return put(host, connection_id, "subscribe", lambda view: order.receiver.subscribe(request(view)))


def _store(host: Host, connection_id: int, found: Subscription | None, order: _Order, *, trouble: str) -> None:
    with host.database.write() as session:
        insert_or_update(
            session,
            Listening,
            {"connection_id": connection_id},
            subscription_id=found.id if found else None,
            expires_at=found.expires_at if found else host.now() + AGAIN,
            project_ids=list(order.project_ids),
            trouble=trouble,
        )


def _is_due(session: Session, connection_id: int, row: Listening | None, *, now: datetime) -> bool:
    wanted = _projects(session, connection_id)
    if not wanted:
        return False
    if row is None or tuple(row.project_ids) != wanted:
        return True
    if row.subscription_id is None:
        return row.expires_at is None or row.expires_at <= now
    return row.expires_at is not None and row.expires_at - now <= AHEAD


def _projects(session: Session, connection_id: int) -> tuple[str, ...]:
    """Return the projects in use, and those of links: an issue may have moved to another one."""
    linked = session.scalars(select(Link.project_id).where(Link.connection_id == connection_id).distinct())
    return tuple(sorted(read_stored(session, connection_id).used_ids | set(linked)))


def _words(error: HelpdeskError) -> str:
    return f"{error.reason} {error.cure}" if isinstance(error, Rejected) else str(error)
