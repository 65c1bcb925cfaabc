"""Which links want to be looked at, given what was heard of their issues: by a delivery, a poll or a reconciliation.

All three end here, and none changes a ticket or moves an issue: they only want a look, which reads the issue anew.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from helpdesk_core.host import Host
from helpdesk_core.sync import backlog
from helpdesk_core.sync.links import memory_of
from helpdesk_core.sync.models import Link, LinkState
from helpdesk_core.sync.progress import needs_reading
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.values import Issue


@dataclass(frozen=True, kw_only=True, slots=True)
class Noticed:
    """What came of comparing links with their issues."""

    differing: int = 0
    """How many links are to be looked at."""
    unseen: frozenset[str] = frozenset()
    """The issues of these that somebody else took elsewhere, as far as can be told, and of which nobody knew yet."""


def hold_links(session: Session, issues: Mapping[int, Collection[str]]) -> list[tuple[Link, str]]:
    """Return the links of some issues, each with its ticket's status, and keep them from being changed or ended.

    Args:
        session: a writing session that has locked no link yet.
        issues: a moderate number of issues, by connection.
    """
    if not issues:
        return []
    of_these = [and_(Link.connection_id == one, Link.issue_id.in_(ids)) for one, ids in issues.items()]
    query = (
        select(Link, Ticket.status)
        .join(Ticket, Ticket.id == Link.ticket_id)
        .where(or_(*of_these))
        .order_by(Link.id)
        .with_for_update(of=Link)
        .execution_options(populate_existing=True)
    )
    return [(link, status) for link, status in session.execute(query)]


def wants_look(link: Link, ticket_status: str, hinted: str | None) -> bool:
    """Whether hearing that its issue is in `hinted` is a reason to look at a link. None: it does not say."""
    if link.state == LinkState.GONE:
        return hinted is not None  # it was deleted or hidden, and somebody tells of it: it may be back
    return needs_reading(memory_of(link), ticket_status, hinted, busy=link.busy)


def compare(
    host: Host, session: Session, connection_id: int, issue_ids: Collection[str], found: Mapping[str, Issue]
) -> Noticed:
    """Compare links with their issues as they were just read, and have those that differ looked at.

    Args:
        host: the collaborators.
        session: a writing session that has locked no link yet.
        connection_id: the connection.
        issue_ids: the issues that were asked for; those that are not found are gone or hidden.
        found: the issues, by id.
    """
    differing: list[Link] = []
    unseen: set[str] = set()
    for link, ticket_status in hold_links(session, {connection_id: issue_ids}):
        issue = found.get(link.issue_id)
        if _differs(link, ticket_status, issue):
            differing.append(link)
        if issue is not None and not link.busy:
            if not link.own and issue.status_id != link.remote_status:
                unseen.add(link.issue_id)
            _rename(link, issue)
    backlog.want(host.jobs, session, differing, now=host.now())
    return Noticed(differing=len(differing), unseen=frozenset(unseen))


def _differs(link: Link, ticket_status: str, issue: Issue | None) -> bool:
    if issue is None:
        return link.state != LinkState.GONE
    elsewhere = (issue.project_id, issue.kind_id) != (link.project_id, link.kind_id)  # another board, other rules
    return elsewhere or wants_look(link, ticket_status, issue.status_id)


def _rename(link: Link, issue: Issue) -> None:
    """Write down what an issue is called and where it is. Its status is left to the look that decides by it."""
    link.issue_key, link.issue_title, link.issue_url = issue.key, issue.title, issue.url
    link.project_id, link.kind_id = issue.project_id, issue.kind_id
