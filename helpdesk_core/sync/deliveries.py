"""Takes webhook deliveries: stores them before the answer, and works them off afterwards, in a job.

`accept` makes no call to anybody and holds no transaction open, so the sender is answered at once however slow the
remote system is. One flag for each integration says that somebody is on the way to work its deliveries off: of a
thousand deliveries only the first enqueues a job. The flag is read after the delivery is stored for good, and `drain`
takes it back before it looks, so nothing that arrives meanwhile is overlooked. Either may be killed anywhere, and run
twice at once; what lies there without a job is found by `sweep`.

A delivery is a hint. Of a connection that does not work now it stays where it is until the connection works again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, bindparam, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from helpdesk_core.channels import arriving
from helpdesk_core.connections.guarding import guarded
from helpdesk_core.connections.integration_settings import is_enabled, read_settings
from helpdesk_core.connections.models import Connection, ConnectionState
from helpdesk_core.conversation import wishes
from helpdesk_core.db import insert_if_new, insert_or_update
from helpdesk_core.errors import NotFound, Rejected
from helpdesk_core.facets import WebhookReceiver
from helpdesk_core.host import Host
from helpdesk_core.integrations import Integration
from helpdesk_core.jobs import Jobs, Queue
from helpdesk_core.sync import backlog
from helpdesk_core.sync.models import DeliveryState, Inbox, Link, Listening, StoredDelivery
from helpdesk_core.sync.noticing import hold_links, wants_look
from helpdesk_core.sync.routing import read_routes, route
from helpdesk_core.values import About, Delivery, Notice

log = logging.getLogger(__name__)

KIND: Final = "sync.drain"
BATCH: Final = 20
"""Deliveries of one transaction: it must not keep the next delivery's waiting, which on SQLite needs the same lock."""
LONGEST: Final = {"workspace_hint": 255, "delivery_id": 255, "issue_id": 255, "status_id": 255, "event": 100}
"""Characters of what is stored, by column."""
KEEP_DONE: Final = timedelta(days=7)
KEEP_UNROUTABLE: Final = timedelta(days=30)
"""Long enough to be noticed in health; without an end a stranger's deliveries would fill the disk."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Accepted:
    """What was in a delivery."""

    notices: int
    new: int
    """How many of them had not arrived before."""


def accept(host: Host, key: str, headers: Mapping[str, str], body: bytes) -> Accepted:
    """Verify a delivery and store what it says; a job does the rest.

    Args:
        host: the collaborators.
        key: the integration to whose address it came.
        headers: by lower-case name.
        body: as it arrived.

    Raises:
        NotFound: no integration of this key takes deliveries now.
        Rejected: with the code `unverified` or `unreadable`; with another one where the plugin is at fault.
    """
    integration, receiver, delivery = _open(host, key, headers, body)
    notices = guarded(integration, lambda: receiver.receive(delivery))
    if not notices:
        return Accepted(notices=0, new=0)
    _refuse_unstorable(notices)
    with host.database.write_once() as session:
        new = [_store(session, key, notice, now=delivery.now) for notice in sorted(notices, key=_identity)]
    if any(new):
        _see_to_draining(host, key)
    return Accepted(notices=len(notices), new=sum(new))


def _see_to_draining(host: Host, key: str) -> None:
    with host.database.glance() as session:
        if _is_wanted(session, key):
            return
    with host.database.write() as session:
        ask_to_drain(host.jobs, session, key)


def ask_to_drain(jobs: Jobs, session: Session, key: str) -> None:
    """Have the deliveries worked off that an integration has stored for good, unless somebody is on the way already."""
    if _is_wanted(session, key):
        return
    insert_if_new(session, Inbox, integration=key, wanted=False)
    raised = (
        update(Inbox)
        .where(Inbox.integration == key, Inbox.wanted.is_(False))
        .values(wanted=True)
        .returning(Inbox.integration)
    )
    if session.execute(raised).all():
        jobs.enqueue(session, KIND, _inbox(key), key, seq=1, queue=Queue.LINKS)


def drain(host: Host, key: str) -> None:
    """Work off all deliveries of an integration whose connections work now."""
    with host.database.write() as session:
        session.execute(update(Inbox).where(Inbox.integration == key).values(wanted=False))
    after = 0
    while True:
        with host.database.write() as session:
            batch = _waiting(session, key, after)
            _work_off(host, session, key, batch)
        if len(batch) < BATCH:
            return
        after = batch[-1].id


# ── for pages and schedules ───────────────────────────────────────────────────────────────────────────────────────────


def count_waiting(session: Session, connection_id: int) -> int:
    """Count the deliveries that wait for a connection to work again."""
    query = select(func.count()).where(
        StoredDelivery.state == DeliveryState.WAITING, StoredDelivery.connection_id == connection_id
    )
    return session.scalar(query) or 0


def unroutable(session: Session, key: str, *, limit: int = 20) -> list[StoredDelivery]:
    """Return the newest deliveries of an integration that belong to no connection here."""
    query = (
        select(StoredDelivery)
        .where(StoredDelivery.integration == key, StoredDelivery.state == DeliveryState.UNROUTABLE)
        .order_by(StoredDelivery.id.desc())
        .limit(limit)
    )
    return list(session.scalars(query))


def sweep(host: Host) -> None:
    """Have worked off what waits for a connection that works again, or what a fault has left lying."""
    receivers = [integration.key for integration in host.registry if integration.webhook_receiver]
    with host.database.read() as session:
        lying = [
            key for key in receivers if is_enabled(session, key) and session.scalar(select(_open_to_work(key).exists()))
        ]
    for key in lying:
        with host.database.write() as session:
            ask_to_drain(host.jobs, session, key)


def tidy(host: Host) -> None:
    """Delete deliveries that nobody needs any more; until then they tell repetitions from news."""
    ages = {DeliveryState.DONE: KEEP_DONE, DeliveryState.UNROUTABLE: KEEP_UNROUTABLE}
    for state, age in ages.items():
        with host.database.write() as session:
            old = (StoredDelivery.state == state, StoredDelivery.received_at < host.now() - age)
            session.execute(delete(StoredDelivery).where(*old))


# ── accepting ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _open(
    host: Host, key: str, headers: Mapping[str, str], body: bytes
) -> tuple[Integration, WebhookReceiver, Delivery]:
    integration = host.registry.get(key)
    receiver = integration.webhook_receiver
    with host.database.glance() as session:
        settings = read_settings(host, session, integration) if receiver else None
    if receiver is None or settings is None:
        msg = f"{integration.card.title} takes no deliveries here."
        raise NotFound(msg)
    return integration, receiver, Delivery(headers=headers, body=body, settings=settings, now=host.now())


def _identity(notice: Notice) -> tuple[str, str, str]:
    """Return what tells a notice from others; stored in this order, two deliveries of the same do not deadlock."""
    return notice.workspace_hint, notice.delivery_id, notice.issue_id


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
        event=notice.event,
        about=notice.about.value,
        received_at=now,
    )


def _refuse_unstorable(notices: Iterable[Notice]) -> None:
    """Refuse what no column holds: PostgreSQL would fail on it, and the sender would try again in vain."""
    for notice in notices:
        texts = {name: getattr(notice, name) or "" for name in LONGEST}
        if any(len(text) > LONGEST[name] or "\0" in text for name, text in texts.items()):
            raise Rejected(
                "A delivery holds a name or an id that is longer than any can be.",
                cure="Nothing is lost: the helpdesk also asks for changes. If it keeps happening, report it.",
                code="unreadable",
            )


_COLUMNS: Final = Inbox.__table__.c
_WANTED: Final = select(_COLUMNS.wanted).where(_COLUMNS.integration == bindparam("key"))
"""Made once: making it takes longer than the answer."""


def _is_wanted(session: Session, key: str) -> bool:
    return bool(session.scalar(_WANTED, {"key": key}))


def _inbox(key: str) -> str:
    return f"inbox/{key}"


# ── working off ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _waiting(session: Session, key: str, after: int) -> list[StoredDelivery]:
    query = _open_to_work(key, after).order_by(StoredDelivery.id).limit(BATCH).with_for_update(skip_locked=True)
    return list(session.scalars(query))


def _open_to_work(key: str, after: int = 0) -> Select[StoredDelivery]:
    """Return the query of deliveries that can be worked off: those of connections that do not work are passed over."""
    idle = or_(Connection.state == ConnectionState.REAUTHORIZE, Connection.paused_at.is_not(None))
    waits = exists().where(Connection.id == StoredDelivery.connection_id, idle)
    return select(StoredDelivery).where(
        StoredDelivery.integration == key,
        StoredDelivery.state == DeliveryState.WAITING,
        StoredDelivery.id > after,
        ~waits,
    )


def _work_off(host: Host, session: Session, key: str, batch: list[StoredDelivery]) -> None:
    routes = read_routes(session, key)
    hints: dict[int, dict[str, list[str | None]]] = {}
    talked: dict[int, set[str]] = {}
    heard_of: dict[int, set[str]] = {}
    heard: dict[int, datetime] = {}
    for delivery in batch:
        found = route(routes, delivery.workspace_hint, delivery.subscription_ids)
        if found is None:
            delivery.state = DeliveryState.UNROUTABLE
            log.warning("delivery %s to %s belongs to no connection", delivery.id, key)
            continue
        delivery.connection_id = found.id
        heard[found.id] = max(delivery.received_at, heard.get(found.id, delivery.received_at))
        if backlog.works(session, found.id):
            delivery.state = DeliveryState.DONE
            if delivery.about == About.NEW_ISSUE:
                heard_of.setdefault(found.id, set()).add(delivery.issue_id)
            if delivery.about == About.COMMENTS:
                talked.setdefault(found.id, set()).add(delivery.issue_id)
            if delivery.about != About.COMMENTS or delivery.status_id is not None:
                hints.setdefault(found.id, {}).setdefault(delivery.issue_id, []).append(delivery.status_id)
    for connection_id, issue_ids in sorted(talked.items()):
        wishes.want_reading(host.jobs, session, connection_id, issue_ids)
    for connection_id, issue_ids in sorted(heard_of.items()):
        arriving.heard(host.jobs, session, connection_id, issue_ids, now=host.now())
    backlog.want(host.jobs, session, _links_to_look_at(session, hints), now=host.now())
    for connection_id, at in sorted(heard.items()):
        _heard(session, connection_id, at)


def _links_to_look_at(session: Session, hints: dict[int, dict[str, list[str | None]]]) -> list[Link]:
    return [
        link
        for link, ticket_status in hold_links(session, hints)
        if any(wants_look(link, ticket_status, hint) for hint in hints[link.connection_id][link.issue_id])
    ]


def _heard(session: Session, connection_id: int, at: datetime) -> None:
    listening = session.get(Listening, connection_id)
    if listening is None or listening.heard_at is None or listening.heard_at < at:
        insert_or_update(session, Listening, {"connection_id": connection_id}, heard_at=at)
