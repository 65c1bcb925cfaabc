"""Whether work is done: what waits too long, what stopped, which channels create nothing. Asks nobody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from helpdesk_core.channels.models import Channel, Creation, CreationState
from helpdesk_core.conversation.models import Carried
from helpdesk_core.formatting import plainly
from helpdesk_core.health.own import Subject
from helpdesk_core.sync import backlog
from helpdesk_core.sync.models import Hold, Link, LinkState
from helpdesk_core.values import Finding, Remedy, Severity, Standing

STUCK: Final = timedelta(minutes=15)
"""How long work may wait while the remote system answers."""
OF_THE_ACCOUNT: Final = frozenset({"no_permission", "permission_missing", "site_refused", "site_gone", "scope_missing"})
"""Reasons of stopped links that the checks of account and projects explain, and that pass with their cause."""
Counted = TypeVar("Counted", Creation, Carried)
STOPPED: Final = (LinkState.STOPPED, LinkState.GONE)


def of_work(subject: Subject) -> Iterator[Finding]:
    """Say how a connection's work stands."""
    yield _waiting(subject)
    yield _stopped(subject)
    for channel in subject.session.scalars(_channels(subject.id)):
        yield _channel(subject, channel)


def refused_links(session: Session, connection_id: int, project_id: str = "") -> list[Link]:
    """Return the links that stopped for want of a permission, or whose issue is hidden: of one project, or of all."""
    query = select(Link).where(
        Link.connection_id == connection_id,
        (Link.state == LinkState.GONE) | ((Link.state == LinkState.STOPPED) & Link.reason.in_(sorted(OF_THE_ACCOUNT))),
    )
    if project_id:
        query = query.where(Link.project_id == project_id)
    return list(session.scalars(query.order_by(Link.id)))


def _waiting(subject: Subject) -> Finding:
    title = "Work is done"
    waiting = backlog.count_waiting(subject.session, subject.id)
    oldest = subject.session.scalar(
        select(func.min(Link.wanted_at)).where(Link.connection_id == subject.id, Link.wanted > Link.done)
    )
    if not waiting or oldest is None:
        return Finding(check="work", title=title, cause="Nothing waits.")
    told = f"{waiting} link{' waits' if waiting == 1 else 's wait'}, the oldest since {plainly(oldest)}."
    is_held = subject.is_silent or subject.is_idle or _is_held(subject)
    if is_held or subject.now - oldest < STUCK:
        return Finding(check="work", title=title, cause=told)
    return Finding(
        check="work",
        title=title,
        standing=Standing.TROUBLE,
        code="stuck",
        cause=f"{told} {subject.product} answers, so nobody seems to do it.",
        cure="See whether a worker runs: on PostgreSQL start `helpdesk worker`; `helpdesk doctor` tells more.",
        remedy=Remedy.SEE_WORK,
    )


def _is_held(subject: Subject) -> bool:
    query = select(Hold.operation).where(Hold.connection_id == subject.id, Hold.until > subject.now)
    return subject.session.scalar(query.limit(1)) is not None


def _stopped(subject: Subject) -> Finding:
    title, session = "Nothing has stopped", subject.session
    explained = {
        link.id for link in refused_links(session, subject.id) if subject.is_blamed(project_id=link.project_id)
    }
    links = session.scalars(select(Link.id).where(Link.connection_id == subject.id, Link.state.in_(STOPPED)))
    issues = session.scalars(_of(Creation, subject).where(Creation.state == CreationState.STOPPED))
    unmade = [each for each in issues if not subject.is_blamed(project_id=each.project_id)]
    unsaid = [] if subject.troubles else session.scalars(_of(Carried, subject).where(Carried.refused != "")).all()
    words = [
        counted(len(set(links) - explained), "link", "links"),
        counted(len(unmade), "new issue", "new issues"),
        counted(len(unsaid), "reply", "replies"),
    ]
    if not any(words):
        elsewhere = f"But for {len(explained)}, whose cause another check tells." if explained else ""
        return Finding(check="stopped", title=title, cause=elsewhere)
    return Finding(
        check="stopped",
        title=title,
        standing=Standing.TROUBLE,
        code="stopped",
        severity=Severity.WARNING,
        cause=f"Stopped, each for its own cause: {', '.join(filter(None, words))}.",
        cure="Look at each under Activity, or at its ticket: there stands what helps, and Retry.",
        remedy=Remedy.SEE_WORK,
    )


def counted(number: int, one: str, many: str) -> str:
    """Return a number of things in words; empty for none."""
    return f"{number} {one if number == 1 else many}" if number else ""


def _of(model: type[Counted], subject: Subject) -> Select[Counted]:
    return select(model).where(model.connection_id == subject.id)


def _channels(connection_id: int) -> Select[Channel]:
    return select(Channel).where(Channel.connection_id == connection_id, Channel.enabled).order_by(Channel.id)


def _channel(subject: Subject, channel: Channel) -> Finding:
    check, title = f"channel.{channel.id}", f"The channel “{channel.name}” creates issues"
    if not channel.trouble:
        return Finding(check=check, title=title)
    if subject.is_blamed(project_id=channel.project_id):
        return Finding(check=check, title=title, standing=Standing.UNKNOWN)
    return Finding(
        check=check,
        title=title,
        standing=Standing.TROUBLE,
        code="channel_stopped",
        cause=channel.trouble,
        cure=channel.cure,
        remedy=Remedy.MEND_CHANNEL,
    )
