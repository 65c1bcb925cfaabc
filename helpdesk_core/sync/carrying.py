"""Carries out what was decided: looks at both sides of one link, decides, acts, and stores what must be known.

`synchronize` is the one way in which ticket changes, deliveries, polls and replays end. It adds nothing to the rules:
`progress` says what to store before a request and after it (docs/sync-laws.md). A look costs one call, a hop one more;
no transaction is open during either, so a process may be killed anywhere and the next one goes on by what is stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from helpdesk_core.errors import AuthorizationLost, NotFound, Refused, Rejected, TemporarilyUnavailable
from helpdesk_core.facets import TicketGateway
from helpdesk_core.host import Host
from helpdesk_core.jobs import RetryLater
from helpdesk_core.mapping import rejections
from helpdesk_core.mapping.board import Tray
from helpdesk_core.mapping.paths import corrected
from helpdesk_core.mapping.rejections import TriedMove
from helpdesk_core.mapping.rereading import notice_status
from helpdesk_core.mapping.service import resolved_board
from helpdesk_core.mapping.workflows import known_workflow, learn, terms
from helpdesk_core.sync import backlog, outcomes
from helpdesk_core.sync.circling import turns
from helpdesk_core.sync.holds import put
from helpdesk_core.sync.links import links_of_ticket, memory_of, policy_for, store_issue, store_memory
from helpdesk_core.sync.merge import Reason, SetLocal
from helpdesk_core.sync.models import Link
from helpdesk_core.sync.planning import Planning
from helpdesk_core.sync.progress import Memory, Step, answered, arrived, next_step, overtaken, refused
from helpdesk_core.sync.showing import renew
from helpdesk_core.sync.waiting import later
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.tickets.service import change_status, get_status
from helpdesk_core.values import ConnectionView, HopRequest, IssueRequest, OpenIssue, Workflow

MOST_LOOKS: Final = 40
"""More than any workflow has hops; an issue that changes faster than it can be followed is left alone for a while."""


def synchronize(host: Host, link_id: int, *, attempt: int = 1) -> RetryLater | None:
    """Bring a ticket and its issue in step, as far as that can be done now.

    Args:
        host: the collaborators.
        link_id: which link.
        attempt: how often this has been tried; the waits grow with it.

    Returns:
        When to try again, where the remote system cannot be asked now; None: what is to be done now is done.
    """
    task = _begin(host, link_id)
    if task is None:
        return None
    try:
        _settle(host, task)
    except TemporarilyUnavailable as error:
        return later(host, link_id, error, attempt=attempt)
    except (AuthorizationLost, Refused, NotFound) as error:
        outcomes.wait_for_connection(host, link_id, str(error))
    except Rejected as error:
        outcomes.not_answered(host, link_id, task.wanted, error)
    return None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Task:
    link_id: int
    connection_id: int
    issue_id: str
    wanted: int
    gateway: TicketGateway


@dataclass(frozen=True, kw_only=True, slots=True)
class _Turn:
    """One look, decided and stored."""

    step: Step
    planning: Planning
    local: str
    remote: str


def _begin(host: Host, link_id: int) -> _Task | None:
    """Find what to do; a link that cannot or need not be looked at now gives its place in the engine back."""
    with host.database.write() as session:
        link = session.get(Link, link_id, with_for_update={"key_share": True})
        if link is None:
            return None
        if not backlog.works(session, link.connection_id):
            backlog.put_back(link)
            return None
        if not link.busy:
            backlog.finish(host.jobs, session, link, link.wanted)
            return None
        gateway = outcomes.integration_of(host, session, link).ticket_gateway
        if gateway is None:
            outcomes.no_gateway(host, session, link)
            return None
        return _Task(
            link_id=link.id,
            connection_id=link.connection_id,
            issue_id=link.issue_id,
            wanted=link.wanted,
            gateway=gateway,
        )


def _settle(host: Host, task: _Task) -> None:
    graph: Workflow | None = None
    taken: list[str] = []
    for _ in range(MOST_LOOKS):
        then = _memory(host, task)
        opened = _open(host, task)
        turn = _decide(host, task, opened, graph, then)
        if turn is None:
            continue
        if turn.step.hop is None:
            return
        graph = corrected(turn.planning.graph, opened)  # a wrong graph must not send the issue in circles
        try:
            _hop(host, task, turn)
        except Rejected as error:
            if error.code == "stale":  # not open any more: look again, plan again
                continue
            _store_refusal(host, task, turn, error)
            return
        taken.append(turn.step.hop)
        if _store_answer(host, task, turn, taken):
            return
    msg = "The issue changes faster than it can be followed."
    raise TemporarilyUnavailable(msg)


def _memory(host: Host, task: _Task) -> Memory:
    with host.database.read() as session:
        link = session.get(Link, task.link_id)
        if link is None:
            msg = "The issue was unlinked."
            raise NotFound(msg)
        return memory_of(link)


def _open(host: Host, task: _Task) -> OpenIssue:
    def question(view: ConnectionView) -> OpenIssue:
        return task.gateway.open(IssueRequest(connection=view, issue_id=task.issue_id))

    return put(host, task.connection_id, "open", question)


def _hop(host: Host, task: _Task, turn: _Turn) -> None:
    hop = turn.planning.hop
    assert hop is not None, "a step with a hop was planned"

    def question(view: ConnectionView) -> None:
        request = HopRequest(connection=view, issue_id=task.issue_id, transition=hop.transition, fields=hop.fields)
        task.gateway.hop(request)

    put(host, task.connection_id, "hop", question)


# ── the transactions ──────────────────────────────────────────────────────────────────────────────────────────────────


def _decide(host: Host, task: _Task, opened: OpenIssue, graph: Workflow | None, then: Memory) -> _Turn | None:
    """Decide, store what must be known before acting, and change the ticket where that is decided.

    None: somebody decided or changed something after the issue was read; it must be read again.
    """
    issue = opened.issue
    with host.database.write() as session:
        link = session.get(Link, task.link_id)
        ticket = session.get(Ticket, link.ticket_id) if link else None
        if link is None or ticket is None:
            msg = "The issue was unlinked."
            raise NotFound(msg)
        memory, local = memory_of(link), ticket.status
        if overtaken(memory, then):
            return None
        board = resolved_board(session, link.connection_id, issue.project_id)
        graph = graph or known_workflow(session, link.connection_id, issue.project_id, issue.kind_id)
        planning = Planning(graph, opened, terms(session, link.connection_id))
        step = next_step(
            memory,
            local,
            issue.status_id,
            board=board,
            policy=policy_for(session, link),
            route=planning.route,
            turns=lambda: turns(host, session, ticket.id),
        )
        if not _lock(session, link, ticket, step) or (memory, local) != (memory_of(link), ticket.status):
            return None
        store_memory(link, step.memory)
        if issue.status_id != link.remote_status and board.inbound(issue.status_id) is Tray.NEW:
            notice_status(host.jobs, session, link.connection_id, issue.status_id)
        store_issue(link, issue)
        learn(session, link.connection_id, opened, now=host.now())
        if isinstance(step.decision, SetLocal):
            _change_ticket(host, session, link, ticket, step.decision)
        outcomes.decided(host, session, link, ticket_status=local, step=step, planning=planning)
        if step.hop is None:
            backlog.finish(host.jobs, session, link, task.wanted)
        return _Turn(step=step, planning=planning, local=local, remote=issue.status_id)


def _lock(session: Session, link: Link, ticket: Ticket, step: Step) -> bool:
    """Lock in the order of everybody: status, ticket, link. Tell whether the link is still there."""
    if isinstance(step.decision, SetLocal):
        get_status(session, step.decision.status, hold=True)
        session.refresh(ticket, ["status"], with_for_update={"key_share": True})
    return session.get(Link, link.id, with_for_update={"key_share": True}, populate_existing=True) is not None


def _change_ticket(host: Host, session: Session, link: Link, ticket: Ticket, decision: SetLocal) -> None:
    words = outcomes.words(host, session, link, ticket.status, decision.reason)
    integration = outcomes.integration_of(host, session, link)
    change_status(
        session,
        ticket,
        decision.status,
        by=integration.card.title,
        now=host.now(),
        reason=f"{link.issue_key}: {words.sentence}",
    )
    renew(host.jobs, session, ticket)
    others = [each for each in links_of_ticket(session, ticket.id) if each.id != link.id]
    backlog.want(host.jobs, session, others, now=host.now())


def _store_answer(host: Host, task: _Task, turn: _Turn, taken: list[str]) -> bool:
    """Store that a hop was carried out; tell whether it ends the move."""
    with host.database.write() as session:
        link = session.get(Link, task.link_id, with_for_update={"key_share": True})
        if link is None:
            return True
        rejections.forget(session, _tried(link, turn))
        before = memory_of(link)
        store_memory(link, answered(before, turn.step))
        over = arrived(turn.step)
        if turn.step.hop and not overtaken(before, turn.step.memory):
            link.remote_status = turn.step.hop
            if over:
                outcomes.moved(
                    host, session, link, ticket_status=turn.local, reason=turn.step.decision.reason, taken=taken
                )
        if over:
            backlog.finish(host.jobs, session, link, task.wanted)
        return over


def _tried(link: Link, turn: _Turn) -> TriedMove:
    return TriedMove(link.connection_id, link.project_id, link.kind_id, turn.remote, turn.step.hop or "")


def _store_refusal(host: Host, task: _Task, turn: _Turn, error: Rejected) -> None:
    with host.database.write() as session:
        link = session.get(Link, task.link_id, with_for_update={"key_share": True})
        if link is None:
            return
        before = memory_of(link)
        reason = outcomes.reason_of(error)
        if reason is not Reason.NO_PERMISSION:  # that is the account's matter, and no move's
            rejections.remember(session, _tried(link, turn), error.reason, now=host.now())
        step = refused(before, turn.step, turn.remote, reason)
        store_memory(link, step.memory)
        if not overtaken(before, turn.step.memory):
            outcomes.hop_refused(host, session, link, ticket_status=turn.local, planning=turn.planning, error=error)
        backlog.finish(host.jobs, session, link, task.wanted)
