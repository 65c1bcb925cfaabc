"""Whether a connection is told of changes: its subscription, what arrives, the polling that fills in. Asks nobody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from sqlalchemy import func, select

from helpdesk_core.connections.models import Connection, ConnectionState
from helpdesk_core.formatting import plainly
from helpdesk_core.health.own import Subject
from helpdesk_core.sync import polling
from helpdesk_core.sync.listening import projects_to_hear_of
from helpdesk_core.sync.models import DeliveryState, Listening, StoredDelivery
from helpdesk_core.values import Finding, Remedy, Severity, Standing

TITLE: Final = "Changes are told within seconds"
LATELY: Final = timedelta(days=1)
"""For how long deliveries that belong to nobody are worth telling."""


def of_hearing(subject: Subject) -> Iterator[Finding]:
    """Say how a connection hears of changes."""
    integration = subject.host.registry.get(subject.connection.integration)
    if integration.webhook_receiver is None:
        return
    yield _deliveries(subject)
    yield _unroutable(subject)


def _deliveries(subject: Subject) -> Finding:
    listening = subject.session.get(Listening, subject.id)
    if subject.is_silent:
        return Finding(check="deliveries", title=TITLE, standing=Standing.UNKNOWN)
    if not projects_to_hear_of(subject.session, subject.id):
        return Finding(check="deliveries", title=TITLE, cause="No project is in use yet, so there is nothing to tell.")
    if listening is None or (listening.subscription_id is None and not listening.trouble):
        return Finding(check="deliveries", title=TITLE, standing=Standing.UNKNOWN, cause="It is being subscribed.")
    if subject.is_refused("subscribe", "renew", "unsubscribe") and (subject.troubles or subject.is_blamed()):
        return Finding(check="deliveries", title=TITLE, standing=Standing.UNKNOWN)
    return _trouble(subject, listening) or Finding(check="deliveries", title=TITLE, cause=_heard(listening))


def _trouble(subject: Subject, listening: Listening) -> Finding | None:
    if listening.trouble:
        return _told(subject, "not_subscribed", listening.trouble, "")
    if listening.expires_at is not None and listening.expires_at <= subject.now:
        ended = f"The subscription ended {plainly(listening.expires_at)} and was not renewed."
        return _told(subject, "expired", ended, "Subscribe anew.")
    if not polling.is_missing(listening):
        return None
    if listening.heard_at is None:
        help_ = subject.host.registry.get(subject.connection.integration).card.no_deliveries
        none = "The subscription stands, and no delivery has ever arrived, though changes happened."
        return _told(subject, "none_arrives", none, help_ or "See whether the helpdesk's address can be reached.")
    heard = plainly(listening.heard_at)
    stopped = f"The last delivery arrived {heard}; since then a change was found of which none told."
    return _told(subject, "deliveries_stopped", stopped, "Subscribe anew, and see whether the address can be reached.")


def _told(subject: Subject, code: str, cause: str, cure: str) -> Finding:
    minutes = int(polling.interval(subject.session, subject.id, subject.now) / timedelta(minutes=1))
    about = f"{minutes} minute{'' if minutes == 1 else 's'}"
    delay = f"Until then changes arrive within about {about}, because they are asked for."
    return Finding(
        check="deliveries",
        title=TITLE,
        standing=Standing.TROUBLE,
        code=code,
        severity=Severity.WARNING,
        cause=cause,
        cure=f"{cure} {delay}".strip(),
        remedy=Remedy.SUBSCRIBE,
    )


def _heard(listening: Listening) -> str:
    ends = f", until {plainly(listening.expires_at)}" if listening.expires_at else ""
    heard = f"the last delivery arrived {plainly(listening.heard_at)}" if listening.heard_at else "none has arrived yet"
    return f"Subscribed{ends}; {heard}."


def _unroutable(subject: Subject) -> Finding:
    """Tell of deliveries that belong to nobody, on the oldest connection of the integration."""
    title, integration = "Deliveries belong to a connection", subject.connection.integration
    live = select(func.min(Connection.id)).where(
        Connection.integration == integration, Connection.state != ConnectionState.DISCONNECTED
    )
    query = select(func.count(), func.max(StoredDelivery.workspace_hint)).where(
        StoredDelivery.integration == integration,
        StoredDelivery.state == DeliveryState.UNROUTABLE,
        StoredDelivery.received_at > subject.now - LATELY,
    )
    count, hint = subject.session.execute(query).one()
    if not count or subject.session.scalar(live) != subject.id:
        return Finding(check="unroutable", title=title)
    some = "A delivery belongs" if count == 1 else f"{count} deliveries belong"
    return Finding(
        check="unroutable",
        title=title,
        standing=Standing.TROUBLE,
        code="unroutable",
        severity=Severity.WARNING,
        cause=f"{some} to no connection here, lately of {hint or 'an unknown place'}.",
        cure="Connect that place if you use it. If another helpdesk uses the same app, give each its own. Else discard "
        "what has arrived.",
        remedy=Remedy.DISCARD_UNROUTABLE,
    )
