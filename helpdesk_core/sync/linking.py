"""Linking a ticket with an issue, unlinking them, and what a person decides about a link. Knows no Flask."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from helpdesk_core.channels.rules import shows_ticket
from helpdesk_core.conversation import wishes
from helpdesk_core.errors import Refused
from helpdesk_core.host import Host
from helpdesk_core.mapping.board import Tray
from helpdesk_core.mapping.rereading import notice_status
from helpdesk_core.mapping.service import resolved_board
from helpdesk_core.mapping.workflows import EMPTY, learn, terms
from helpdesk_core.sync import backlog, outcomes
from helpdesk_core.sync.finding import gateway_of
from helpdesk_core.sync.holds import put
from helpdesk_core.sync.links import (
    get_link,
    links_of_issue,
    links_of_ticket,
    memory_of,
    policy_for,
    record,
    show,
    store_issue,
    store_memory,
)
from helpdesk_core.sync.listening import ask_to_listen
from helpdesk_core.sync.merge import Reason, merge
from helpdesk_core.sync.models import EVER, Happening, Link, LinkState, Listening
from helpdesk_core.sync.planning import Planning
from helpdesk_core.sync.progress import Follow, Start, Step, chosen, created_out, linked, retried, settled
from helpdesk_core.sync.showing import ask_to_show, renew
from helpdesk_core.tickets.models import Ticket, Who
from helpdesk_core.tickets.service import change_status, get_ticket
from helpdesk_core.values import ConnectionView, Issue, IssueRequest, OpenIssue


def link(
    host: Host, *, ticket_id: int, connection_id: int, issue_id: str, follow: Follow, by: Who, earlier: bool = False
) -> Link:
    """Join a ticket with an issue, which is read for that: one call. A job then shows the ticket on the issue.

    Args:
        host: the collaborators.
        ticket_id: the ticket.
        connection_id: where the issue is.
        issue_id: its stable id, or its key.
        follow: who follows if they do not agree.
        by: who does it.
        earlier: whether what was said before is carried too, where comments are carried at all.

    Raises:
        Refused: the ticket has a link on this connection already.
        NotFound: there is no such ticket.
        IntegrationError: the issue cannot be read.
    """
    with host.database.read() as session:
        _refuse_second(session, ticket_id, connection_id)
    opened = _open(host, connection_id, issue_id)
    with host.database.write() as session:
        ticket = get_ticket(session, ticket_id)
        session.refresh(ticket, ["status"], with_for_update={"key_share": True})
        _refuse_second(session, ticket_id, connection_id)
        board = resolved_board(session, connection_id, opened.issue.project_id)
        start = linked(ticket.status, opened.issue.status_id, board, follow)
        made = _new_link(session, ticket, connection_id, opened.issue, start, now=host.now())
        if earlier:
            made.talks_since = EVER
            wishes.want_all(host.jobs, session, made)
        return _join(host, session, made, ticket=ticket, opened=opened, start=start, verb="Linked with", by=by)


def link_created(
    host: Host, session: Session, ticket: Ticket, connection_id: int, opened: OpenIssue, *, by: Who
) -> Link:
    """Join a ticket with the issue that was just created for it. A job then shows the ticket on the issue.

    Raises:
        Refused: the ticket has got a link on this connection meanwhile.
    """
    session.refresh(ticket, ["status"], with_for_update={"key_share": True})
    _refuse_second(session, ticket.id, connection_id)
    start = Start(ticket=ticket.status, memory=created_out(opened.issue.status_id))
    made = _new_link(session, ticket, connection_id, opened.issue, start, now=host.now())
    return _join(host, session, made, ticket=ticket, opened=opened, start=start, verb="Created", by=by)


def link_arrived(
    host: Host, session: Session, ticket: Ticket, connection_id: int, issue: Issue, *, start: Start, by: Who
) -> Link:
    """Join an issue with the ticket that was just made of it, and that has the status with which the link starts."""
    made = _new_link(session, ticket, connection_id, issue, start, now=host.now())
    opened = OpenIssue(issue=issue, transitions=())
    return _join(host, session, made, ticket=ticket, opened=opened, start=start, verb="Made of", by=by)


def _join(
    host: Host, session: Session, made: Link, *, ticket: Ticket, opened: OpenIssue, start: Start, verb: str, by: Who
) -> Link:
    connection_id, name = made.connection_id, by if isinstance(by, str) else by.name
    record(session, made, Happening.LINKED, f"{verb} {made.issue_key}.", now=host.now(), by=name)
    learn(session, connection_id, opened, now=host.now())
    _begin(host, session, made, ticket=ticket, start=start, opened=opened)
    others = [each for each in links_of_issue(session, connection_id, made.issue_id) if each.id != made.id]
    backlog.want(host.jobs, session, others, now=host.now())  # with a second ticket, none drives the issue
    if session.get(Listening, connection_id) is None:  # the first link: from now on changes matter
        ask_to_listen(host.jobs, session, connection_id)
    if shows_ticket(session, made):
        ask_to_show(host.jobs, session, made)
    return made


def unlink(host: Host, link_id: int, *, by: Who) -> None:
    """End a link. Both sides stay as they are.

    Raises:
        NotFound: it is ended already.
    """
    with host.database.write() as session:
        ended = get_link(session, link_id)
        name = by if isinstance(by, str) else by.name
        record(session, ended, Happening.UNLINKED, f"{ended.issue_key} was unlinked.", now=host.now(), by=name)
        session.flush()
        others = [e for e in links_of_issue(session, ended.connection_id, ended.issue_id) if e.id != ended.id]
        session.delete(ended)
        session.flush()
        backlog.want(host.jobs, session, others, now=host.now())  # one of two may drive the issue again


def choose(
    host: Host, link_id: int, follow: Follow, *, by: Who, note: str = "", seen: tuple[str, str] | None = None
) -> bool:
    """Let a person decide which side holds: in a conflict, after a stop, or where an issue was edited by hand.

    Args:
        host: the collaborators.
        link_id: which link.
        follow: who follows whom; neither leaves both as they are, and what was to be done is discarded.
        by: who decides.
        note: why, for the history.
        seen: the ticket's status and the issue's on which the decision rests. Where one of them is another one by now,
            or something is under way, nothing is decided: that change must not be overruled unseen.

    Returns:
        Whether it was decided.

    Raises:
        NotFound: the link is ended.
    """
    with host.database.write() as session:
        decided = get_link(session, link_id)
        ticket = get_ticket(session, decided.ticket_id)
        session.refresh(ticket, ["status"], with_for_update={"key_share": True})
        session.refresh(decided, with_for_update={"key_share": True})
        if seen is not None and (decided.busy or seen != (ticket.status, decided.remote_status)):
            return False
        board = resolved_board(session, decided.connection_id, decided.project_id)
        start = chosen(memory_of(decided), ticket.status, decided.remote_status, board, follow)
        store_memory(decided, start.memory)
        what = Happening.DISCARDED if follow is Follow.NEITHER else Happening.CHOSEN
        sentence = f"{_CHOICES[follow]} {note}".strip()
        name = by if isinstance(by, str) else by.name
        record(session, decided, what, sentence, now=host.now(), by=name)
        show(decided, LinkState.WAITING, "chosen", sentence, now=host.now())
        _change_ticket(host, session, decided, ticket, start, by=by, reason=f"{decided.issue_key}: {sentence}")
        backlog.want(host.jobs, session, [decided], now=host.now())
        return True


def retry(host: Host, link_id: int, *, by: Who) -> None:
    """Try again what was stopped, because somebody mended the cause.

    Raises:
        NotFound: the link is ended.
    """
    with host.database.write() as session:
        try_again(host, session, get_link(session, link_id), by=by)


def try_again(host: Host, session: Session, link: Link, *, by: Who) -> None:
    """Try one link again, in the transaction of whoever found that the cause is gone."""
    session.refresh(link, with_for_update={"key_share": True})
    store_memory(link, retried(memory_of(link)))
    sentence = "It is tried again."
    name = by if isinstance(by, str) else by.name
    show(link, LinkState.WAITING, "retried", sentence, now=host.now())
    record(session, link, Happening.RETRIED, sentence, now=host.now(), by=name)
    backlog.want(host.jobs, session, [link], now=host.now())


_CHOICES: Final = {
    Follow.TICKET_FOLLOWS: "The ticket follows the issue.",
    Follow.ISSUE_FOLLOWS: "The issue follows the ticket.",
    Follow.NEITHER: "Both stay as they are.",
}


def _new_link(
    session: Session, ticket: Ticket, connection_id: int, issue: Issue, start: Start, *, now: datetime
) -> Link:
    made = Link(
        ticket_id=ticket.id,
        connection_id=connection_id,
        state=LinkState.WAITING,
        state_since=now,
        reason="",
        sentence="",
        cure="",
        wanted=0,
        done=0,
        wanted_at=now,
        queued=False,
        created_at=now,
    )
    store_issue(made, issue)
    store_memory(made, start.memory)
    session.add(made)
    session.flush()
    return made


def _begin(host: Host, session: Session, made: Link, *, ticket: Ticket, start: Start, opened: OpenIssue) -> None:
    """Settle a new link at once by what was just read; only where the issue must move is there work."""
    product = outcomes.integration_of(host, session, made).card.title
    reason = f"{made.issue_key}: The ticket follows the issue."
    _change_ticket(host, session, made, ticket, start, by=product, reason=reason)
    board = resolved_board(session, made.connection_id, made.project_id)
    policy = policy_for(session, made)
    memory, remote = start.memory, opened.issue.status_id
    if board.inbound(remote) is Tray.NEW:
        notice_status(host.jobs, session, made.connection_id, remote)
    decision = merge(memory.base, memory.own, ticket.status, remote, board=board, policy=policy)
    if start.memory.base.ticket is None and decision.reason is not Reason.AGREE:
        backlog.want(host.jobs, session, [made], now=host.now())
        return
    step = Step(memory=settled(memory, decision.base), decision=decision)
    store_memory(made, step.memory)  # a created issue that agrees is in step from now on: its next change is news
    planning = Planning(EMPTY, opened, terms(session, made.connection_id))
    outcomes.decided(host, session, made, ticket_status=ticket.status, step=step, planning=planning)


def _change_ticket(
    host: Host, session: Session, link: Link, ticket: Ticket, start: Start, *, by: Who, reason: str
) -> None:
    """Let the ticket follow where a link begins so, or somebody decided it; its other links are to hear of it."""
    if start.ticket != ticket.status:
        change_status(session, ticket, start.ticket, by=by, now=host.now(), reason=reason)
        renew(host.jobs, session, ticket)
        others = [each for each in links_of_ticket(session, ticket.id) if each.id != link.id]
        backlog.want(host.jobs, session, others, now=host.now())


def _refuse_second(session: Session, ticket_id: int, connection_id: int) -> None:
    for each in links_of_ticket(session, ticket_id):
        if each.connection_id == connection_id:
            msg = f"This ticket is linked with {each.issue_key} already. Unlink it first."
            raise Refused(msg)


def _open(host: Host, connection_id: int, issue_id: str) -> OpenIssue:
    gateway = gateway_of(host, connection_id)

    def question(view: ConnectionView) -> OpenIssue:
        return gateway.open(IssueRequest(connection=view, issue_id=issue_id))

    return put(host, connection_id, "open", question)
