"""What became of a look at a link, as people read it: its state, one sentence, the cure, and a line in its history."""

from __future__ import annotations

from typing import Final

from sqlalchemy.orm import Session

from helpdesk_core.connections.models import Connection
from helpdesk_core.errors import Rejected
from helpdesk_core.host import Host
from helpdesk_core.integrations import Integration
from helpdesk_core.sync import backlog
from helpdesk_core.sync.links import Names, names, record, show
from helpdesk_core.sync.merge import Conflict, InSync, MoveRemote, Reason, SetLocal, Stopped
from helpdesk_core.sync.models import NEEDS_A_PERSON, Happening, Link, LinkState
from helpdesk_core.sync.planning import Planning
from helpdesk_core.sync.progress import Step
from helpdesk_core.sync.refusals import details
from helpdesk_core.sync.wording import Explanation, explain

GONE: Final = "gone"
"""The code of a `Rejected` that says the issue is deleted or hidden."""
_REASONS: Final = {
    "field_required": Reason.FIELD_REQUIRED,
    "no_permission": Reason.NO_PERMISSION,
    "permission_missing": Reason.NO_PERMISSION,
}


def reason_of(error: Rejected) -> Reason:
    """Return the reason under which a refused hop is remembered."""
    return _REASONS.get(error.code, Reason.REJECTED)


def integration_of(host: Host, session: Session, link: Link) -> Integration:
    """Return the integration of a link's connection."""
    return host.registry.get(session.get_one(Connection, link.connection_id).integration)


def words(host: Host, session: Session, link: Link, ticket: str, reason: Reason) -> Explanation:
    """Say a decision about a link, whose ticket is in `ticket`."""
    return explain(reason, _names(host, session, link).subject(ticket, link.remote_status))


def decided(
    host: Host,
    session: Session,
    link: Link,
    *,
    ticket_status: str,
    step: Step,
    planning: Planning,
) -> None:
    """Write down a decision; the issue's own row was stored before.

    Args:
        host: the collaborators.
        session: the transaction that stores the decision.
        link: whose.
        ticket_status: what the ticket was when it was decided.
        step: the decision.
        planning: what was planned; says the details of why an issue cannot move.
    """
    said = words(host, session, link, ticket_status, step.decision.reason)
    match step.decision:
        case InSync(reason=reason):
            was = link.state
            if show(link, LinkState.IN_STEP, reason.value, said.sentence, now=host.now()) and was in NEEDS_A_PERSON:
                record(session, link, Happening.IN_STEP, said.sentence, now=host.now())
        case SetLocal(reason=reason, status=status):
            name = _names(host, session, link).ticket(status)
            sentence = f"{said.sentence} It is {name} now."
            show(link, LinkState.IN_STEP, reason.value, sentence, now=host.now())
            record(session, link, Happening.TICKET_CHANGED, sentence, now=host.now())
        case MoveRemote(reason=reason):
            show(link, LinkState.WAITING, reason.value, said.sentence, now=host.now())
        case Stopped(reason=reason):
            _stopped(host, session, link, reason=reason, said=said, planning=planning)
        case Conflict(reason=reason):
            if show(link, LinkState.CONFLICT, reason.value, said.sentence, said.cure, now=host.now()):
                record(session, link, Happening.CONFLICT, said.sentence, cure=said.cure, now=host.now())


def _stopped(
    host: Host, session: Session, link: Link, *, reason: Reason, said: Explanation, planning: Planning
) -> None:
    if planning.refusal is None and (link.state, link.reason) == (LinkState.STOPPED, reason.value):
        return  # a refusal that is remembered: what the remote system said then is still shown
    more = details(planning.refusal, _names(host, session, link)) if planning.refusal else ""
    sentence = f"{said.sentence} {more}".strip()
    if show(link, LinkState.STOPPED, reason.value, sentence, said.cure, now=host.now()):
        record(session, link, Happening.STOPPED, sentence, cure=said.cure, now=host.now())


def moved(host: Host, session: Session, link: Link, *, ticket_status: str, reason: Reason, taken: list[str]) -> None:
    """Write down that an issue has arrived where its ticket wanted it."""
    called = _names(host, session, link)
    over = f", by way of {' and '.join(map(called.remote, taken[:-1]))}" if taken[:-1] else ""
    why = "although both sides had changed, as " if reason is Reason.HELPDESK_WINS else "because "
    here = (
        "the helpdesk is followed here"
        if reason is Reason.HELPDESK_WINS
        else (f"the ticket is {called.ticket(ticket_status)}")
    )
    sentence = f"The issue moved to {called.remote(link.remote_status)}{over}, {why}{here}."
    show(link, LinkState.IN_STEP, reason.value, sentence, now=host.now())
    record(session, link, Happening.ISSUE_MOVED, sentence, now=host.now())


def hop_refused(
    host: Host, session: Session, link: Link, *, ticket_status: str, planning: Planning, error: Rejected
) -> None:
    """Write down that the remote system refused a move, with its own words and the move's name."""
    reason = reason_of(error)
    said = words(host, session, link, ticket_status, reason)
    name = f" The move is called “{planning.hop.transition.name}”." if planning.hop else ""
    sentence = f"{said.sentence}{name} {error.reason}"
    if show(link, LinkState.STOPPED, reason.value, sentence, said.cure, now=host.now()):
        record(session, link, Happening.STOPPED, sentence, cure=said.cure, now=host.now())


# ── where not even a look was possible ────────────────────────────────────────────────────────────────────────────────


def not_answered(host: Host, link_id: int, wanted: int, error: Rejected) -> None:
    """Write down that the issue could not be read, for good; what is wished later is tried all the same."""
    with host.database.write() as session:
        link = session.get(Link, link_id, with_for_update={"key_share": True})
        if link is None:
            return
        gone = error.code == GONE
        state, what = (LinkState.GONE, Happening.GONE) if gone else (LinkState.STOPPED, Happening.STOPPED)
        if show(link, state, error.code[:50], error.reason, error.cure, now=host.now()):
            record(session, link, what, error.reason, cure=error.cure, now=host.now())
        backlog.finish(host.jobs, session, link, wanted)


def no_gateway(host: Host, session: Session, link: Link) -> None:
    """Write down that the plugin of a link reads no issues (any more)."""
    sentence = "The plugin of this connection cannot read issues."
    show(link, LinkState.STOPPED, "no_gateway", sentence, "Install a version of it that can.", now=host.now())
    backlog.finish(host.jobs, session, link, link.wanted)


def wait_for_connection(host: Host, link_id: int, sentence: str) -> None:
    """Let a link wait until its connection works again; the job ends, and the wish stays."""
    with host.database.write() as session:
        link = session.get(Link, link_id, with_for_update={"key_share": True})
        if link is None:
            return
        backlog.put_back(link)
        if link.state not in NEEDS_A_PERSON:
            show(link, LinkState.WAITING, "connection", sentence, now=host.now())


def broken(host: Host, link_id: int, error: Exception) -> None:
    """Write down that a fault of ours ended a link's job. The error's text may quote anything, so its kind is told."""
    with host.database.write() as session:
        link = session.get(Link, link_id, with_for_update={"key_share": True})
        if link is None:
            return
        sentence = f"A fault in the helpdesk stopped this ({type(error).__name__}). Nothing was lost."
        cure = "Press Retry; if it comes back, report it with the log of that moment."
        show(link, LinkState.STOPPED, "fault", sentence, cure, now=host.now())
        record(session, link, Happening.STOPPED, sentence, cure=cure, now=host.now())
        backlog.finish(host.jobs, session, link, link.wanted)


def _names(host: Host, session: Session, link: Link) -> Names:
    return names(host, session, session.get_one(Connection, link.connection_id))
