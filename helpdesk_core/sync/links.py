"""Between rows and the pure rules: what a link remembers, what an admin chose for it, and what it tells people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk_core.channels.rules import directed
from helpdesk_core.connections.models import Connection
from helpdesk_core.errors import NotFound
from helpdesk_core.host import Host
from helpdesk_core.mapping.vocabulary import read_stored
from helpdesk_core.sync.merge import Base, Policy, Reason, Winner
from helpdesk_core.sync.models import Happening, Link, LinkEvent, LinkState, SyncSetting
from helpdesk_core.sync.progress import Attempt, Memory, Refusal
from helpdesk_core.sync.wording import Subject
from helpdesk_core.tickets.service import list_statuses
from helpdesk_core.values import Issue, SystemStatus


def get_link(session: Session, link_id: int) -> Link:
    """Return a link.

    Raises:
        NotFound: there is none, or not any more.
    """
    link = session.get(Link, link_id)
    if link is None:
        msg = "There is no such link any more: somebody unlinked the issue."
        raise NotFound(msg)
    return link


def links_of_ticket(session: Session, ticket_id: int) -> list[Link]:
    """Return a ticket's links, at most one for each connection."""
    return list(session.scalars(select(Link).where(Link.ticket_id == ticket_id).order_by(Link.id)))


def links_of_issue(session: Session, connection_id: int, issue_id: str) -> list[Link]:
    """Return the links of one issue: several tickets may be about it."""
    query = select(Link).where(Link.connection_id == connection_id, Link.issue_id == issue_id)
    return list(session.scalars(query.order_by(Link.id)))


# ── memory ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def memory_of(link: Link) -> Memory:
    """Return what a link remembers, as the rules know it."""
    return Memory(
        base=Base(link.base_ticket, link.base_remote),
        own=frozenset(link.own),
        attempt=_attempt_in(link.attempt) if link.attempt else None,
        decided=link.decided,
    )


def store_memory(link: Link, memory: Memory) -> None:
    """Write what a link remembers into its row."""
    link.base_ticket, link.base_remote = memory.base.ticket, memory.base.remote
    link.own = sorted(memory.own)
    link.attempt = _attempt_out(memory.attempt) if memory.attempt else None
    link.decided = memory.decided


def store_issue(link: Link, issue: Issue) -> None:
    """Write into a link's row what its issue is now. A key and a project change when an issue is moved."""
    link.issue_id, link.issue_key, link.issue_title, link.issue_url = issue.id, issue.key, issue.title, issue.url
    link.project_id, link.kind_id, link.remote_status = issue.project_id, issue.kind_id, issue.status_id


def _attempt_out(attempt: Attempt) -> dict[str, Any]:
    refusal = attempt.refusal
    return {
        "ticket": attempt.ticket,
        "passed": sorted(attempt.passed),
        "refusal": {"at": refusal.at, "to": refusal.to, "reason": refusal.reason.value} if refusal else None,
    }


def _attempt_in(stored: dict[str, Any]) -> Attempt:
    refusal = stored["refusal"]
    return Attempt(
        ticket=stored["ticket"],
        passed=frozenset(stored["passed"]),
        refusal=Refusal(at=refusal["at"], to=refusal["to"], reason=Reason(refusal["reason"])) if refusal else None,
    )


# ── what an admin chose ───────────────────────────────────────────────────────────────────────────────────────────────


def policy_of(session: Session, connection_id: int) -> Policy:
    """Return what an admin chose for a connection."""
    row = session.get(SyncSetting, connection_id)
    closed = frozenset(s.key for s in list_statuses(session) if s.system is SystemStatus.CLOSED)
    if row is None:
        return Policy(closed=closed)
    return Policy(
        winner=Winner(row.winner),
        may_reopen=row.may_reopen,
        inward=row.inward,
        outward=row.outward,
        closed=closed,
    )


def policy_for(session: Session, link: Link) -> Policy:
    """Return the policy for one link: its channel says which way, and an issue with several tickets drives them."""
    policy = directed(session, link, policy_of(session, link.connection_id))
    same = select(func.count()).where(Link.connection_id == link.connection_id, Link.issue_id == link.issue_id)
    return policy.shared() if session.scalar(same) != 1 else policy


def set_policy(session: Session, connection_id: int, policy: Policy) -> None:
    """Store what an admin chose for a connection. Links that agree are left alone."""
    session.merge(
        SyncSetting(
            connection_id=connection_id,
            winner=policy.winner.value,
            may_reopen=policy.may_reopen,
            inward=policy.inward,
            outward=policy.outward,
        )
    )


# ── what people read ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """What things are called on one connection, read once for many sentences."""

    product: str
    tickets: dict[str, str]
    remotes: dict[str, str]

    def ticket(self, key: str) -> str:
        """Return the name of a ticket status; of a deleted one only the key is left."""
        return self.tickets.get(key, key)

    def remote(self, status_id: str) -> str:
        """Return the name of a remote status; of one that nobody has read yet, the number."""
        return self.remotes.get(status_id, f"status {status_id}")

    def subject(self, ticket: str, remote: str) -> Subject:
        """Return what `wording.explain` needs."""
        return Subject(product=self.product, ticket=self.ticket(ticket), remote=self.remote(remote))


def names(host: Host, session: Session, connection: Connection) -> Names:
    """Read what things are called on a connection."""
    stored = read_stored(session, connection.id)
    here = connection.integration in host.registry
    remotes = [*(s for used in stored.in_use if used.detail for s in used.detail.statuses), *stored.statuses]
    return Names(
        product=host.registry.get(connection.integration).card.title if here else connection.integration,
        tickets={status.key: status.name for status in list_statuses(session)},
        remotes={status.id: status.name for status in remotes},
    )


def show(link: Link, state: LinkState, reason: str, sentence: str, cure: str = "", *, now: datetime) -> bool:
    """Write how a link stands; tell whether that is news."""
    news = (link.state, link.reason, link.sentence, link.cure) != (state, reason, sentence, cure)
    if news:
        link.state, link.reason, link.sentence, link.cure = state, reason, sentence, cure
        link.state_since = now
    return news


def record(
    session: Session, link: Link, what: Happening, sentence: str, *, now: datetime, cure: str = "", by: str = ""
) -> None:
    """Add a line to a link's history."""
    session.add(
        LinkEvent(
            link_id=link.id,
            ticket_id=link.ticket_id,
            connection_id=link.connection_id,
            issue_key=link.issue_key,
            at=now,
            what=what,
            sentence=sentence,
            cure=cure,
            by_name=by,
        )
    )
