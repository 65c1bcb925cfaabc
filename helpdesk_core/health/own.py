"""What the helpdesk knows of a connection by itself: authorization, answers, budget. Asks nobody. Knows no Flask.

One cause is blamed once. While the authorization is lost or the remote system does not answer, nothing is said of what
follows from that; and what the plugin's checks have named is not named again by its consequences.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.connections.contact import OUTAGE
from helpdesk_core.connections.models import Connection, ConnectionState, Contact, Credential
from helpdesk_core.formatting import plainly
from helpdesk_core.health.models import HealthCheck
from helpdesk_core.host import Host
from helpdesk_core.sync import holds
from helpdesk_core.sync.models import Hold
from helpdesk_core.values import Finding, Remedy, Severity, Standing

SET_UP: Final = frozenset({"client_refused", "setup_needed", "insecure_address"})
"""Codes of refusals that an operator mends in the integration's set-up; a plugin's checks are not even reached."""
UNREACHABLE: Final = "unreachable"
"""The code of an outage."""
LOW: Final = 0.05
"""The share of a budget below which it is told."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """The connection that is looked at, with what every check needs."""

    host: Host
    session: Session
    connection: Connection
    contact: Contact | None
    troubles: tuple[HealthCheck, ...]
    """What the plugin's checks have found."""
    now: datetime

    @property
    def id(self) -> int:
        """The connection's id."""
        return self.connection.id

    @property
    def product(self) -> str:
        """What the integration calls itself."""
        return self.host.registry.get(self.connection.integration).card.title

    @property
    def is_lost(self) -> bool:
        """Whether a person must authorize again."""
        return self.connection.state == ConnectionState.REAUTHORIZE

    @property
    def is_silent(self) -> bool:
        """Whether nothing can be asked now, for a reason that is told by itself."""
        return self.is_lost or (self.contact is not None and self.contact.failing_since is not None)

    @property
    def is_idle(self) -> bool:
        """Whether it is to do nothing now: it is paused."""
        return self.connection.paused_at is not None

    def is_blamed(self, *, project_id: str | None = None) -> bool:
        """Whether the plugin's checks have named trouble of the whole connection, or of this project."""
        return any(each.project_id in ("", project_id) and each.severity == Severity.ERROR for each in self.troubles)

    def is_refused(self, *operations: str) -> bool:
        """Whether one of these was refused for a cause that concerns more than one question."""
        query = select(Hold.operation).where(
            Hold.connection_id == self.id, Hold.refused, Hold.operation.in_((*operations, holds.EVERYTHING))
        )
        return self.session.scalar(query.limit(1)) is not None


def subject_of(host: Host, session: Session, connection: Connection) -> Subject:
    """Load what the checks of a connection need."""
    troubles = select(HealthCheck).where(
        HealthCheck.connection_id == connection.id,
        HealthCheck.own.is_(False),
        HealthCheck.standing == Standing.TROUBLE,
    )
    return Subject(
        host=host,
        session=session,
        connection=connection,
        contact=session.get(Contact, connection.id),
        troubles=tuple(session.scalars(troubles)),
        now=host.now(),
    )


def of_connection(subject: Subject) -> Iterator[Finding]:
    """Say how authorization, answers and budget stand."""
    yield _authorization(subject)
    yield _answers(subject)
    yield _budget(subject)


def _authorization(subject: Subject) -> Finding:
    title = "The authorization holds"
    connection = subject.connection
    if subject.is_lost:
        return Finding(
            check="authorization",
            title=title,
            standing=Standing.TROUBLE,
            code="authorization_lost",
            cause=connection.trouble,
            cure="Re-authorize: mapping, links and waiting work are kept.",
            remedy=Remedy.REAUTHORIZE,
        )
    row = subject.session.get(Credential, connection.id)
    words = f"Agreed {plainly(row.consented_at)}, last renewed {plainly(row.refreshed_at)}." if row else ""
    return Finding(check="authorization", title=title, cause=words)


def _answers(subject: Subject) -> Finding:
    contact, title = subject.contact, f"{subject.product} answers"
    if subject.is_lost or contact is None:
        return Finding(check="answers", title=title, standing=Standing.UNKNOWN)
    if contact.failing_since is None:
        words = f"Last answered {plainly(contact.answered_at)}." if contact.answered_at else ""
        return Finding(check="answers", title=title, cause=words)
    if contact.failure == OUTAGE:
        return Finding(
            check="answers",
            title=title,
            standing=Standing.TROUBLE,
            code=UNREACHABLE,
            cause=contact.sentence,
            cure="The helpdesk goes on by itself as soon as it answers. Nothing is lost, and nobody needs to authorize "
            "again.",
            remedy=Remedy.WAIT,
        )
    if contact.failure not in SET_UP and subject.is_blamed():
        return Finding(check="answers", title=title, standing=Standing.UNKNOWN)
    return Finding(
        check="answers",
        title=title,
        standing=Standing.TROUBLE,
        code=contact.failure,
        cause=contact.sentence,
        cure=contact.cure,
        remedy=Remedy.MEND_SET_UP if contact.failure in SET_UP else Remedy.LOOK_AGAIN,
    )


def _budget(subject: Subject) -> Finding:
    title, contact = f"{subject.product}'s budget of calls lasts", subject.contact
    hold = subject.session.get(Hold, (subject.id, holds.EVERYTHING))
    if hold and hold.until > subject.now and not hold.refused:
        return Finding(
            check="budget",
            title=title,
            standing=Standing.TROUBLE,
            code="budget_spent",
            severity=Severity.WARNING,
            cause=hold.reason,
            cure=f"The helpdesk goes on by itself {plainly(hold.until)}. Work waits until then, and nothing is lost.",
            remedy=Remedy.WAIT,
        )
    if contact is None or contact.budget_left is None or not contact.budget_limit:
        return Finding(check="budget", title=title)
    if contact.budget_until is None or contact.budget_until <= subject.now:
        return Finding(check="budget", title=title, cause=f"Of {contact.budget_limit} points nothing is known now.")
    left = f"{contact.budget_left} of {contact.budget_limit} points are left until {plainly(contact.budget_until)}"
    if contact.budget_left >= LOW * contact.budget_limit:
        return Finding(check="budget", title=title, cause=f"{left}.")
    return Finding(
        check="budget",
        title=title,
        standing=Standing.TROUBLE,
        code="budget_low",
        severity=Severity.WARNING,
        cause=f"{left}; all who use the same app share them.",
        cure="Work will wait when they are spent, and go on by itself. If that happens often, use fewer projects, or "
        "an app of your own.",
        remedy=Remedy.WAIT,
    )
