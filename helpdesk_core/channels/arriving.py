"""Makes tickets of issues that arrive at the remote system, once each. Knows no Flask.

That an issue has arrived is told by a delivery or found by looking, often by both; each is one row, and the row is
taken in the transaction that adds the ticket and its link. An issue is read before a ticket is made of it: only the
issue itself tells whether it is one of ours, which every creation of ours makes arrive too.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from helpdesk_core.channels.models import TRIAL_MARKER, Arrival, ArrivalState, Channel, Creation
from helpdesk_core.channels.rules import for_issue, for_issues
from helpdesk_core.connections.models import Connection
from helpdesk_core.conversation import wishes
from helpdesk_core.db import insert_if_new
from helpdesk_core.errors import AuthorizationLost, NotFound, Refused, Rejected, TemporarilyUnavailable
from helpdesk_core.facets import IssueCreation
from helpdesk_core.host import Host
from helpdesk_core.jobs import Jobs, RetryLater
from helpdesk_core.mapping.service import resolved_board
from helpdesk_core.sync import backlog
from helpdesk_core.sync.holds import put
from helpdesk_core.sync.linking import link_arrived
from helpdesk_core.sync.models import Link
from helpdesk_core.sync.progress import created_in
from helpdesk_core.sync.waiting import pause_after
from helpdesk_core.tickets.models import MAX_EMAIL, MAX_NAME, MAX_TEXT, MAX_TITLE, Ticket
from helpdesk_core.tickets.service import create_ticket
from helpdesk_core.values import ConnectionView, FoundIssue, IssueRequest, SystemStatus

KIND: Final = "channels.arrive"
WHILE_PAUSED: Final = timedelta(minutes=1)
CUT: Final = "…"
OPEN: Final = frozenset({ArrivalState.WAITING, ArrivalState.BACKLOG})
"""Of these a ticket may still be made."""


def heard(jobs: Jobs, session: Session, connection_id: int, issue_ids: Collection[str], *, now: datetime) -> int:
    """Have issues looked at of which nobody has heard before, where a channel makes tickets of any.

    One that an admin has counted for a backlog is looked at too: it may have been created after the channel, and been
    found by counting before anybody told of it.

    Returns:
        How many of them are looked at.
    """
    if not for_issues(session, connection_id):
        return 0
    looked_at = 0
    for issue_id in sorted(set(issue_ids) - here(session, connection_id, issue_ids)):
        fresh = {"connection_id": connection_id, "issue_id": issue_id, "state": ArrivalState.WAITING, "heard_at": now}
        new = insert_if_new(session, Arrival, **fresh)
        query = select(Arrival).where(Arrival.connection_id == connection_id, Arrival.issue_id == issue_id)
        arrival = session.scalars(query).one()
        if new or arrival.state == ArrivalState.BACKLOG:
            looked_at += 1
            enqueue(jobs, session, arrival)
    return looked_at


def here(session: Session, connection_id: int, issue_ids: Collection[str]) -> set[str]:
    """Return those of some issues that have a ticket already, or were created for one."""
    linked = select(Link.issue_id).where(Link.connection_id == connection_id, Link.issue_id.in_(issue_ids))
    ours = select(Creation.issue_id).where(Creation.connection_id == connection_id, Creation.issue_id.in_(issue_ids))
    return {*session.scalars(linked), *session.scalars(ours)}


def enqueue(jobs: Jobs, session: Session, arrival: Arrival) -> None:
    """Have an issue looked at that has arrived."""
    jobs.enqueue(session, KIND, key_of(arrival), arrival.id, seq=1)


def key_of(arrival: Arrival) -> str:
    """Return the key by which the engine keeps one arrival's jobs in order."""
    return f"connection/{arrival.connection_id}/arrive/{arrival.id}"


def go_on(jobs: Jobs, session: Session, channel: Channel) -> None:
    """Have looked at what a backlog had handed on to a channel that was switched off then."""
    handed_on = select(Arrival).where(Arrival.channel_id == channel.id, Arrival.state == ArrivalState.WAITING)
    for arrival in session.scalars(handed_on.order_by(Arrival.id)):
        enqueue(jobs, session, arrival)


def forget(session: Session, channel: Channel) -> None:
    """Give up the backlog of a channel that is about other issues now, or about none; it can be counted anew."""
    over = (ArrivalState.BACKLOG, ArrivalState.WAITING)
    of_channel = update(Arrival).where(Arrival.channel_id == channel.id, Arrival.state.in_(over))
    session.execute(of_channel.values(state=ArrivalState.PASSED, channel_id=None))


def arrive(host: Host, arrival_id: int, *, attempt: int = 1) -> RetryLater | None:
    """Look at an issue and make a ticket of it if a channel says so: the handler of its job. One call."""
    with host.database.read() as session:
        arrival = session.get(Arrival, arrival_id)
        if arrival is None or arrival.state not in OPEN or _waits(session, arrival):
            return None
        facet = _facet(host, session, arrival.connection_id)
        works = backlog.works(session, arrival.connection_id)
    if not works or facet is None:  # a plugin that is missing now may be back: nothing is decided without asking
        return RetryLater(after=WHILE_PAUSED, reason="the connection does not work now")
    try:
        found = _describe(host, arrival, facet)
    except TemporarilyUnavailable as error:
        return RetryLater(after=pause_after(error, attempt), reason=str(error))
    except (AuthorizationLost, Refused, NotFound) as error:
        return RetryLater(after=WHILE_PAUSED, reason=str(error))
    except Rejected as error:
        if error.code != "gone":
            return RetryLater(after=WHILE_PAUSED, reason=error.reason)
        found = None  # deleted or hidden since: of what nobody can see no ticket is made
    with host.database.write() as session:
        _decide(host, session, arrival_id, found)
    return None


def _waits(session: Session, arrival: Arrival) -> bool:
    """Whether it was handed on to a channel that is switched off: `go_on` follows when it is on again."""
    if arrival.state != ArrivalState.WAITING or arrival.channel_id is None:
        return False
    return not session.get_one(Channel, arrival.channel_id).enabled


def _describe(host: Host, arrival: Arrival, facet: IssueCreation) -> FoundIssue:
    def question(view: ConnectionView) -> FoundIssue:
        return facet.describe(IssueRequest(connection=view, issue_id=arrival.issue_id))

    return put(host, arrival.connection_id, "describe", question)


def _decide(host: Host, session: Session, arrival_id: int, found: FoundIssue | None) -> None:
    arrival = session.get(Arrival, arrival_id, with_for_update=True, populate_existing=True)
    if arrival is None or arrival.state not in OPEN or _waits(session, arrival):
        return
    channel = _channel(session, arrival, found) if found else None
    if found and channel is None and arrival.state == ArrivalState.BACKLOG:
        return  # it is older than the channel, and its turn comes
    if found is None or channel is None or _is_here(session, arrival, found):
        arrival.state = ArrivalState.PASSED
        return
    ticket = _make_ticket(host, session, channel, found)
    arrival.state, arrival.channel_id, arrival.ticket_id = ArrivalState.TAKEN, channel.id, ticket.id


def _channel(session: Session, arrival: Arrival, found: FoundIssue) -> Channel | None:
    issue = found.issue
    if arrival.state == ArrivalState.WAITING and arrival.channel_id is not None:  # an admin brings it over, however old
        chosen = session.get_one(Channel, arrival.channel_id)
        fits = (chosen.project_id, chosen.kind_id) == (issue.project_id, issue.kind_id)
        return chosen if fits and chosen.creates.inward else None
    return for_issue(session, arrival.connection_id, issue.project_id, issue.kind_id, found.created_at)


def _is_here(session: Session, arrival: Arrival, found: FoundIssue) -> bool:
    """Whether an issue has a ticket, or was created for one whose job does not know of it yet, or is a trial."""
    if here(session, arrival.connection_id, [found.issue.id]):
        return True
    if not found.marker:
        return False
    created = select(Creation.id).where(Creation.marker == found.marker)
    return found.marker.startswith(TRIAL_MARKER) or session.scalar(created) is not None


def _make_ticket(host: Host, session: Session, channel: Channel, found: FoundIssue) -> Ticket:
    issue = found.issue
    board = resolved_board(session, channel.connection_id, issue.project_id)
    start = created_in(issue.status_id, board, SystemStatus.OPEN.value)
    product = host.registry.get(session.get_one(Connection, channel.connection_id).integration).card.title
    ticket = create_ticket(
        session,
        title=_cut(issue.title, MAX_TITLE) or issue.key,
        body=_cut(found.body, MAX_TEXT),
        requester_name=_cut(found.reporter, MAX_NAME) or product,
        requester_email=found.reporter_email if len(found.reporter_email) <= MAX_EMAIL else "",
        status=start.ticket,
        by=product,
        now=host.now(),
    )
    ticket.channel_id = channel.id
    session.flush()
    made = link_arrived(host, session, ticket, channel.connection_id, issue, start=start, by=product)
    made.talks_since = min(found.created_at or host.now(), host.now())
    session.flush()
    wishes.want(host.jobs, session, [made], reading=True)  # what was said there before the link was there
    return ticket


def _facet(host: Host, session: Session, connection_id: int) -> IssueCreation | None:
    key = session.get_one(Connection, connection_id).integration
    return host.registry.get(key).issue_creation if key in host.registry else None


def _cut(text: str, most: int) -> str:
    text = text.replace("\r\n", "\n").replace("\x00", "").strip()
    return text if len(text) <= most else text[: most - len(CUT)] + CUT
