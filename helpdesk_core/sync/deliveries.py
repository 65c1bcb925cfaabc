"""What remote systems deliver: accepted in one short transaction, worked off later, and never believed.

A delivery is a hint: it says which issue to look at, unless what it tells is known already. So it may come twice, late
or out of order. Accepting stores it and makes sure that somebody comes for it; a flag for each integration keeps that
to one job however many arrive, at some ten thousand a minute (recipes of November 2026).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from helpdesk_core.connections.guarding import guarded
from helpdesk_core.connections.integration_settings import read_set_up
from helpdesk_core.connections.models import Connection, ConnectionState
from helpdesk_core.db import insert_if_new, insert_or_update
from helpdesk_core.errors import NotFound
from helpdesk_core.host import Host
from helpdesk_core.integrations import Integration
from helpdesk_core.sync import backlog
from helpdesk_core.sync.links import links_of_issue, memory_of
from helpdesk_core.sync.models import DeliveryState, Inbox, Listening, StoredDelivery
from helpdesk_core.sync.progress import needs_reading
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.values import Delivery, Notice

log = logging.getLogger(__name__)

DRAIN: Final = "sync.drain"
"""The kind of the job that works off one integration's deliveries."""
BATCH: Final = 100
KEPT: Final = timedelta(days=7)
"""How long a delivery that is done is known again: senders repeat for hours at most."""


# ── accepting ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def accept(host: Host, integration: Integration, headers: Mapping[str, str], body: bytes) -> int:
    """Verify a delivery, store what it says, and let somebody come for it. Makes no call.

    Args:
        host: the collaborators.
        integration: whose address it came to.
        headers: by lower-case name.
        body: as it came.

    Returns:
        How many notices were new.

    Raises:
        NotFound: the integration takes no deliveries.
        Rejected: it is not verified, or cannot be read; see `WebhookReceiver.receive`.
    """
    receiver = integration.webhook_receiver
    if receiver is None:
        msg = f"{integration.card.title} takes no deliveries."
        raise NotFound(msg)
    with host.database.read() as session:
        settings = read_set_up(host, session, integration).settings
    delivery = Delivery(headers=headers, body=body, settings=settings, now=host.now())
    notices = guarded(integration, lambda: receiver.receive(delivery))
    if not notices:
        return 0
    with host.database.write() as session:
        stored = sum(_store(session, integration.key, notice, now=host.now()) for notice in notices)
        if stored and _wake(session, integration.key):
            host.jobs.enqueue(session, DRAIN, f"inbox/{integration.key}", integration.key, seq=1)
    return stored


def _store(session: Session, key: str, notice: Notice, *, now: datetime) -> bool:
    return insert_if_new(
        session,
        StoredDelivery,
        integration=key,
        workspace_hint=notice.workspace_hint,
        delivery_id=notice.delivery_id,
        issue_id=notice.issue_id,
        subscription_ids=list(notice.subscription_ids),
        status_id=notice.status_id,
        event=notice.event[:100],
        received_at=now,
        state=DeliveryState.WAITING,
    )


def _wake(session: Session, key: str) -> bool:
    """Raise the flag; tell whether it was down."""
    raised = update(Inbox).where(Inbox.integration == key, Inbox.wanted.is_(False)).values(wanted=True)
    if session.execute(raised.returning(Inbox.integration)).all():
        return True
    return insert_if_new(session, Inbox, integration=key, wanted=True)


# ── working off ───────────────────────────────────────────────────────────────────────────────────────────────────────


def drain(host: Host, key: str) -> None:
    """Work off what waits for one integration. May be killed anywhere: what is not done is found again."""
    with host.database.write() as session:  # first the flag, then the look: what comes in between raises it again
        session.execute(update(Inbox).where(Inbox.integration == key).values(wanted=False))
    after = 0
    while last := _drain_batch(host, key, after):
        after = last


def _drain_batch(host: Host, key: str, after: int) -> int:
    with host.database.write() as session:
        waiting = (
            select(StoredDelivery)
            .where(
                StoredDelivery.integration == key,
                StoredDelivery.state == DeliveryState.WAITING,
                StoredDelivery.id > after,
            )
            .order_by(StoredDelivery.id)
            .limit(BATCH)
            .with_for_update()
        )
        batch = session.scalars(waiting).all()
        routes = _Routes.read(session, key)
        for delivery in batch:
            _work(host, session, delivery, routes.find(delivery))
        return batch[-1].id if batch else 0


def _work(host: Host, session: Session, delivery: StoredDelivery, connection: Connection | None) -> None:
    if connection is None:
        delivery.state = DeliveryState.UNROUTABLE
        log.warning("a delivery of %s for %s belongs to no connection", delivery.integration, delivery.workspace_hint)
        return
    delivery.connection_id = connection.id
    insert_or_update(session, Listening, {"connection_id": connection.id}, heard_at=delivery.received_at)
    if connection.paused_at is not None:
        return  # stored, and worked off on resuming
    delivery.state = DeliveryState.DONE
    for link in links_of_issue(session, connection.id, delivery.issue_id):
        local = session.get_one(Ticket, link.ticket_id).status
        if needs_reading(memory_of(link), local, delivery.status_id, busy=link.busy):
            backlog.want(host.jobs, session, [link], now=host.now())


@dataclass(frozen=True, kw_only=True, slots=True)
class _Routes:
    """Which connection a delivery belongs to: by the workspace that it names, else by its subscription."""

    by_workspace: Mapping[str, Connection]
    by_subscription: Mapping[str, tuple[Connection, ...]]

    @classmethod
    def read(cls, session: Session, key: str) -> _Routes:
        connections = session.scalars(
            select(Connection).where(Connection.integration == key, Connection.state != ConnectionState.DISCONNECTED)
        ).all()
        subscriptions: dict[str, tuple[Connection, ...]] = {}
        for connection in connections:
            listening = session.get(Listening, connection.id)
            if listening and listening.subscription_id:
                found = subscriptions.get(listening.subscription_id, ())
                subscriptions[listening.subscription_id] = (*found, connection)
        names = {c.workspace_id: c for c in connections} | {_host_of(c.workspace_url): c for c in connections}
        return cls(by_workspace=names, by_subscription=subscriptions)

    def find(self, delivery: StoredDelivery) -> Connection | None:
        """Return the connection. The numbers of subscriptions are a site's own, so they count only where one fits."""
        hint = delivery.workspace_hint
        if found := self.by_workspace.get(hint) or self.by_workspace.get(_host_of(hint)):
            return found
        if hint:
            return None
        fitting = {c.id: c for one in delivery.subscription_ids for c in self.by_subscription.get(one, ())}
        return next(iter(fitting.values())) if len(fitting) == 1 else None


def _host_of(address: str) -> str:
    return urlsplit(address).netloc or address


# ── for pages and the clock ───────────────────────────────────────────────────────────────────────────────────────────


def wake_all(host: Host) -> None:
    """Come again for what waits: for a connection that was resumed, or a job that was lost with its process."""
    waiting = select(StoredDelivery.integration).where(StoredDelivery.state == DeliveryState.WAITING).distinct()
    with host.database.read() as session:
        keys = [key for key in session.scalars(waiting).all() if _is_workable(session, key)]
    for key in keys:
        drain(host, key)


def count_waiting(session: Session, connection_id: int) -> int:
    """Count the deliveries that a paused connection has stored."""
    query = select(func.count()).where(
        StoredDelivery.connection_id == connection_id, StoredDelivery.state == DeliveryState.WAITING
    )
    return session.scalar(query) or 0


def count_unroutable(session: Session, key: str) -> int:
    """Count the deliveries of an integration that belong to no connection here."""
    query = select(func.count()).where(
        StoredDelivery.integration == key, StoredDelivery.state == DeliveryState.UNROUTABLE
    )
    return session.scalar(query) or 0


def forget_old(host: Host) -> None:
    """Delete deliveries that are done, or fit nowhere, and will not be repeated any more."""
    with host.database.write() as session:
        old = delete(StoredDelivery).where(
            StoredDelivery.state != DeliveryState.WAITING, StoredDelivery.received_at < host.now() - KEPT
        )
        session.execute(old)


def _is_workable(session: Session, key: str) -> bool:
    """Whether any delivery waits that is not merely kept for a paused connection."""
    paused = select(Connection.id).where(Connection.paused_at.is_not(None))
    query = select(StoredDelivery.id).where(
        StoredDelivery.integration == key,
        StoredDelivery.state == DeliveryState.WAITING,
        StoredDelivery.connection_id.is_(None) | StoredDelivery.connection_id.not_in(paused),
    )
    return session.scalar(query.limit(1)) is not None
