"""Creates the issue of a ticket, once, whatever answers are lost. Knows no Flask.

No remote system makes a creation safe by itself. So the wish is stored with a marker, which the remote system stores
with the issue. That it was asked for is stored before the request; if nobody knows what became of it, the issues
that we created lately are searched for the marker until the search can no longer lag behind, and only then is it
asked for again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from sqlalchemy.orm import Session

from helpdesk_core.channels.creations import hold, refused, stopped
from helpdesk_core.channels.fields import values_in
from helpdesk_core.channels.models import Channel, Creation, CreationState
from helpdesk_core.connections.guarding import PLUGIN_FAULT
from helpdesk_core.connections.models import Connection
from helpdesk_core.conversation import wishes
from helpdesk_core.errors import AuthorizationLost, NotFound, Refused, Rejected, TemporarilyUnavailable
from helpdesk_core.facets import IssueCreation, TicketGateway
from helpdesk_core.host import Host
from helpdesk_core.jobs import RetryLater
from helpdesk_core.mapping.vocabulary import read_stored
from helpdesk_core.sync import backlog
from helpdesk_core.sync.holds import put
from helpdesk_core.sync.linking import link_created
from helpdesk_core.sync.waiting import pause_after
from helpdesk_core.tickets.service import get_ticket
from helpdesk_core.values import (
    ConnectionView,
    CreatedIssue,
    CreateRequest,
    FieldValue,
    FoundIssue,
    IssueRequest,
    OpenIssue,
    RecentRequest,
    RemoteProject,
)

T = TypeVar("T")

SETTLING: Final = timedelta(seconds=60)
"""How long after it was asked for an issue may still turn up: a request is given up after 25 s (`outbound`), and search
lags behind, at Jira by seconds. A doubled issue costs more than waiting does."""
LOOK_AGAIN: Final = timedelta(seconds=3)
WHILE_PAUSED: Final = timedelta(minutes=1)
SURPLUS_MIN: Final = 2
"""Minutes more than have passed: clocks differ, and relative times are cut to whole minutes."""


def carry_on(host: Host, creation_id: int, *, attempt: int = 1) -> RetryLater | None:
    """Bring a creation to its end, as far as that can be done now: the handler of its job."""
    try:
        return _Task(host, creation_id).run()
    except _NothingToDoError:
        return None
    except TemporarilyUnavailable as error:
        return RetryLater(after=max(pause_after(error, attempt), LOOK_AGAIN), reason=str(error))
    except (AuthorizationLost, Refused, NotFound) as error:
        return RetryLater(after=WHILE_PAUSED, reason=str(error))
    except _NotCreatedError as refusal:
        if not refused(host, creation_id, refusal.error, asked_at=refusal.asked_at):
            return RetryLater(after=LOOK_AGAIN, reason="its channel was mended meanwhile")
    except Rejected as error:  # the issue exists, or may: it must not be asked for again
        stopped(host, creation_id, error)
    return None


class _NotCreatedError(Exception):
    """The creation itself was refused, so there is no issue."""

    def __init__(self, error: Rejected, *, asked_at: datetime) -> None:
        super().__init__(str(error))
        self.error, self.asked_at = error, asked_at


class _NothingToDoError(Exception):
    """The creation is done, discarded or stopped, or waits for somebody to mend its channel."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Facets:
    creation: IssueCreation
    gateway: TicketGateway


class _Task:
    """One run of one creation. No transaction is open while the remote system is asked."""

    def __init__(self, host: Host, creation_id: int) -> None:
        self._host, self._id = host, creation_id
        with host.database.read() as session:
            found = session.get(Creation, creation_id)
            if found is None or found.state in {CreationState.DONE, CreationState.STOPPED}:
                raise _NothingToDoError
            self._row = found
            channel = session.get(Channel, found.channel_id) if found.channel_id is not None else None
            if found.state == CreationState.WAITING and _has_to_wait(channel):
                raise _NothingToDoError
            self._ticket = get_ticket(session, found.ticket_id)
            self._works = backlog.works(session, found.connection_id)
            self._facets = _facets(host, session, found.connection_id)

    def run(self) -> RetryLater | None:
        """Go on from where an earlier run has stopped."""
        if not self._works:
            return RetryLater(after=WHILE_PAUSED, reason="the connection does not work now")
        if self._row.state == CreationState.ASKED:
            if found := self._search():
                self._store_created(found.issue.id)
                self._link(OpenIssue(issue=found.issue, transitions=()))
                return None
            if self._row.asked_at and self._host.now() < self._row.asked_at + SETTLING:
                return RetryLater(after=LOOK_AGAIN, reason="it may have been created")
        if self._row.state != CreationState.CREATED:
            self._store_created(self._create().id)
        self._link(self._open())
        return None

    def _search(self) -> FoundIssue | None:
        asked = self._row.asked_at or self._row.created_at
        minutes = int((self._host.now() - asked).total_seconds() // 60) + SURPLUS_MIN

        def question(view: ConnectionView) -> tuple[FoundIssue, ...]:
            request = RecentRequest(connection=view, project_id=self._row.project_id, minutes=minutes)
            return self._facets.creation.recent(request)

        return next((each for each in self._put("recent", question) if each.marker == self._row.marker), None)

    def _create(self) -> CreatedIssue:
        self._put("create", _nothing)  # a pause, or a sign-in that must be renewed first, is found out before it counts
        now = self._host.now()
        try:
            project, values = self._announce()
            return self._ask(project, values)
        except AuthorizationLost:
            self._take_back()
            raise
        except Rejected as error:
            if error.code == PLUGIN_FAULT:  # which may have come after the answer
                raise
            raise _NotCreatedError(error, asked_at=now) from error

    def _announce(self) -> tuple[RemoteProject, tuple[FieldValue, ...]]:
        """Store that the issue is asked for, as its channel says by now; return where, and what goes into fields."""
        with self._host.database.write() as session:
            channel, creation = hold(session, self._id)
            if creation is None:
                raise _NothingToDoError
            if not (waits := _has_to_wait(channel)):
                if channel is not None:
                    creation.project_id, creation.kind_id = channel.project_id, channel.kind_id
                values = values_in(channel.values if channel else creation.values)
                project = _project(session, creation)
            state, at = (CreationState.WAITING, None) if waits else (CreationState.ASKED, self._host.now())
            creation.state, creation.asked_at = state, at
            self._row = creation
        if waits:
            raise _NothingToDoError
        return project, values

    def _take_back(self) -> None:
        """Store that the issue was not asked for after all: the remote system did not even let us in."""
        with self._host.database.write() as session:
            if creation := session.get(Creation, self._id, with_for_update=True):
                creation.state, creation.asked_at = CreationState.WAITING, None

    def _ask(self, project: RemoteProject, values: tuple[FieldValue, ...]) -> CreatedIssue:
        def question(view: ConnectionView) -> CreatedIssue:
            return self._facets.creation.create(
                CreateRequest(
                    connection=view,
                    project=project,
                    kind_id=self._row.kind_id,
                    marker=self._row.marker,
                    title=self._ticket.title,
                    body=self._ticket.body,
                    author=self._ticket.requester_name,
                    fields=values,
                )
            )

        return self._put("create", question)

    def _open(self) -> OpenIssue:
        def question(view: ConnectionView) -> OpenIssue:
            return self._facets.gateway.open(IssueRequest(connection=view, issue_id=self._row.issue_id))

        return self._put("open", question)

    def _store_created(self, issue_id: str) -> None:
        self._row.state, self._row.issue_id = CreationState.CREATED, issue_id
        with self._host.database.write() as session:
            creation = session.get(Creation, self._id, with_for_update=True)
            if creation is None:
                raise _NothingToDoError
            creation.state, creation.issue_id = CreationState.CREATED, issue_id

    def _link(self, opened: OpenIssue) -> None:
        with self._host.database.write() as session:
            ticket = get_ticket(session, self._row.ticket_id)
            creation = session.get_one(Creation, self._id, with_for_update=True)
            creation.state, creation.sentence, creation.cure = CreationState.DONE, "", ""
            try:
                made = link_created(self._host, session, ticket, self._row.connection_id, opened, by=self._row.by_name)
                made.talks_since = creation.created_at  # what was said while the issue was on its way goes along
                session.flush()
                wishes.want(self._host.jobs, session, [made], reading=False)
            except Refused as refusal:  # somebody linked the ticket meanwhile, and that holds
                creation.sentence = f"{opened.issue.key} was created but not linked. {refusal}"

    def _put(self, operation: str, question: Callable[[ConnectionView], T]) -> T:
        return put(self._host, self._row.connection_id, operation, question)


def _nothing(_view: ConnectionView) -> None:
    """Ask nothing."""


def _has_to_wait(channel: Channel | None) -> bool:
    """Whether the channel that wants an issue is switched off, or needs mending first."""
    return channel is not None and bool(channel.trouble or not channel.enabled)


def _facets(host: Host, session: Session, connection_id: int) -> _Facets:
    integration = host.registry.get(session.get_one(Connection, connection_id).integration)
    if integration.issue_creation is None or integration.ticket_gateway is None:
        raise Rejected(
            f"The {integration.card.title} plugin cannot create issues.", cure="Install a version of it that can."
        )
    return _Facets(creation=integration.issue_creation, gateway=integration.ticket_gateway)


def _project(session: Session, creation: Creation) -> RemoteProject:
    for used in read_stored(session, creation.connection_id).in_use:
        if used.project.id == creation.project_id:
            return used.project
    raise Rejected(
        "The project is not in use any more.",
        cure="Take it into use again under Projects, or discard this.",
        code="project",
    )
