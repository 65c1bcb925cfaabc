"""A helpdesk with one connection that creates issues and carries comments: what people do on both sides, and what came.

The tests of channels share it. Nothing here knows how channels work; it says things, lets time pass and reads rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import func, select

from helpdesk_core.accounts.models import Role, User
from helpdesk_core.accounts.service import create_user
from helpdesk_core.channels import saving
from helpdesk_core.channels.asking import target
from helpdesk_core.channels.creations import TicketCreated
from helpdesk_core.channels.models import Arrival, Channel, Creation, Way
from helpdesk_core.channels.saving import Draft
from helpdesk_core.channels.work import register as register_channels
from helpdesk_core.conversation.wishes import CommentChanged
from helpdesk_core.host import Host
from helpdesk_core.jobs import Work
from helpdesk_core.mapping.models import ProjectInUse
from helpdesk_core.mapping.vocabulary import store_detail
from helpdesk_core.sync.backlog import TicketChanged
from helpdesk_core.sync.deliveries import accept
from helpdesk_core.sync.models import Link
from helpdesk_core.sync.showing import TicketShown
from helpdesk_core.sync.work import register as register_sync
from helpdesk_core.tickets import service as tickets
from helpdesk_core.tickets.models import Comment, Ticket, Visibility
from helpdesk_core.values import About, CreateField, FieldOption, FieldValue, ProjectDetail, RemoteKind, Secret
from tests.conftest import PASSWORD, Clock
from tests.core.fake_conversation import FakeConversation
from tests.core.fake_creation import FakeCreation
from tests.core.fake_gateway import FakeGateway, FakeReceiver
from tests.core.linking_world import connect, map_statuses

Row = TypeVar("Row")

PUBLIC, INTERNAL = Visibility.PUBLIC, Visibility.INTERNAL
BUGS, TASKS = "p-1/k-1", "p-1/k-2"
"""Where channels can be."""
NOTE = CreateField(id="note", name="Note", shape="text")


def note(value: str) -> tuple[FieldValue, ...]:
    """Return values for a channel's fields, to be told apart from others."""
    return (FieldValue(field=NOTE, value=value),)


def component(value: str) -> tuple[FieldValue, ...]:
    """Return a value for the field that becomes required."""
    options = (FieldOption(id="c-1", name="Web"), FieldOption(id="c-2", name="Mobile"))
    demanded = CreateField(id="components", name="Component", required=True, options=options, shape="array")
    return (FieldValue(field=demanded, value=value),)


class Killed(BaseException):
    """A process ends in the middle of something: no handler catches it, and the job stays."""


def open_projects(host: Host, connection_id: int) -> None:
    """Map statuses, and take one project with two kinds of issues into use."""
    map_statuses(host, connection_id)
    use_project(host, connection_id)


def use_project(host: Host, connection_id: int) -> None:
    """Take the project into use, for the first time or again."""
    with host.database.write() as session:
        session.merge(ProjectInUse(connection_id=connection_id, project_id="p-1"))
        session.flush()
        statuses = ("todo", "doing", "done")
        kinds = tuple(
            RemoteKind(id=id_, name=name, status_ids=statuses) for id_, name in (("k-1", "Bug"), ("k-2", "Task"))
        )
        detail = ProjectDetail(project_id="p-1", kinds=kinds, statuses=())
        store_detail(session, connection_id, "p-1", detail, now=host.now())


@dataclass
class World:
    """Both sides, and the people there."""

    host: Host
    clock: Clock
    gateway: FakeGateway
    creation: FakeCreation
    talk: FakeConversation
    acme: int
    """The connection."""
    kim: User
    deliveries: int = 0

    @classmethod
    def build(
        cls,
        host: Host,
        work: Work,
        clock: Clock,
        *,
        gateway: FakeGateway,
        creation: FakeCreation,
        talk: FakeConversation,
    ) -> World:
        """Connect, and let all the work of channels and of keeping in step be known."""
        register_channels(work, host)
        register_sync(work, host)
        acme = connect(host)
        open_projects(host, acme)
        gateway.statuses |= {"todo", "doing", "done"}
        with host.database.write() as session:
            kim = create_user(
                session, email="kim@acme.example", name="Kim", password=Secret(PASSWORD), role=Role.AGENT, now=clock()
            )
        return cls(host=host, clock=clock, gateway=gateway, creation=creation, talk=talk, acme=acme, kim=kim)

    # ── what an admin does ──

    def draft(self, where: str = BUGS, **changes: Any) -> Draft:
        """Return what an admin enters; usually everything goes both ways, and comments come as notes."""
        with self.host.database.read() as session:
            usual = {
                "name": "Bugs",
                "where": target(session, changes.pop("connection", self.acme), where),
                "creates": Way.BOTH,
                "status": Way.BOTH,
                "comments": Way.BOTH,
                "public": False,
            }
        return Draft(**{**usual, **changes})

    def open_channel(self, where: str = BUGS, **changes: Any) -> int:
        """Add a channel, let it look for the first time, and return its id; a second passes before and after."""
        self.clock.advance(seconds=1)
        connection = changes.get("connection", self.acme)
        id_ = saving.add(self.host, connection, self.draft(where, **changes), by="Dana").id
        self.host.jobs.run_all()
        self.clock.advance(seconds=1)
        return id_

    def all_in(self, where: str = BUGS, **changes: Any) -> int:
        """Add a channel in which nothing goes out."""
        return self.open_channel(where, **{"creates": Way.IN, "status": Way.IN, "comments": Way.IN, **changes})

    # ── what agents do ──

    def ticket(self, title: str = "It burns", **more: Any) -> int:
        """Add a ticket as the page does; no job runs yet."""
        with self.host.database.write() as session:
            return tickets.create_ticket(
                session,
                title=title,
                body="Help!",
                requester_name="Rae",
                by=self.kim,
                now=self.clock(),
                observers=(TicketCreated(self.host.jobs),),
                **more,
            ).id

    def say(self, ticket_id: int, text: str, visibility: Visibility = PUBLIC) -> int:
        """Write a comment, and return its id."""
        with self.host.database.write() as session:
            return tickets.add_comment(
                session,
                tickets.get_ticket(session, ticket_id),
                text,
                visibility=visibility,
                by=self.kim,
                now=self.clock(),
                observers=(CommentChanged(self.host.jobs),),
            ).id

    def change(self, how: Callable[..., Any], comment_id: int, *words: str) -> None:
        """Let Kim edit, hide or take back a comment."""
        told = (CommentChanged(self.host.jobs),)
        with self.host.database.write() as session:
            comment = session.get_one(Comment, comment_id)
            how(session, comment, *words, by=self.kim, now=self.clock(), observers=told)

    def set_status(self, ticket_id: int, status: str) -> None:
        """Give a ticket another status."""
        told = (TicketChanged(self.host.jobs), TicketShown(self.host.jobs))
        with self.host.database.write() as session:
            tickets.change_status(
                session, tickets.get_ticket(session, ticket_id), status, by=self.kim, now=self.clock(), observers=told
            )

    # ── what happens by itself ──

    def joined(self, **terms: Any) -> int:
        """Open a channel, and return a ticket that has got its issue 1000; a minute passes."""
        self.open_channel(**terms)
        ticket = self.ticket()
        self.settle(1)
        assert self.pairs == {ticket: "1000"}
        self.clock.advance(minutes=1)
        return ticket

    def move(self, status: str, issue_id: str = "1000") -> None:
        """Let a person give an issue another status, a delivery tell of it, and work be done."""
        self.gateway.move(issue_id, status)
        self.deliver(issue_id, About.ISSUE)
        self.settle(1)

    def deliver(self, issue_id: str, about: About = About.NEW_ISSUE) -> None:
        """Let a delivery arrive; no job runs yet."""
        self.deliveries += 1
        notice = {"delivery_id": f"d-{self.deliveries}", "issue_id": issue_id, "about": about.value}
        accept(self.host, "fake", *FakeReceiver.delivery(notice))

    def settle(self, rounds: int = 15) -> None:
        """Let time pass and jobs run until nothing is left to do that a few seconds could change."""
        for _ in range(rounds):
            self.host.jobs.run_all()
            self.clock.advance(seconds=5)
            self.host.jobs.wake()
        self.host.jobs.run_all()

    def look(self) -> None:
        """Let the moment come at which channels are looked after."""
        self.host.jobs.tick("channels.look")
        self.host.jobs.run_all()

    @contextmanager
    def killing(self, victim: object, method: str, monkeypatch: Any) -> Iterator[None]:
        """Kill the process once, right after `victim` did what it was asked and before anybody knows."""
        real, deaths = getattr(victim, method), iter([True])

        def dying(request: Any) -> Any:
            answer = real(request)
            if next(deaths, False):
                raise Killed
            return answer

        with monkeypatch.context() as patch:
            patch.setattr(victim, method, dying)
            yield
            assert next(deaths, None) is None, f"{method} was never asked"

    # ── what there is ──

    def rows(self, model: type[Row]) -> list[Row]:
        """Return all rows of a table, in order."""
        with self.host.database.read() as session:
            return list(session.scalars(select(model).order_by(model.id)))  # type: ignore[attr-defined]

    def row(self, model: type[Row], id_: int) -> Row:
        """Return one row as it is now."""
        with self.host.database.read() as session:
            return session.get_one(model, id_)

    @property
    def pairs(self) -> dict[int, str]:
        """The issue of each ticket that has one; that none has two is asserted."""
        found = [(link.ticket_id, link.issue_id) for link in self.rows(Link)]
        assert len(dict(found)) == len(found), found
        return dict(found)

    @property
    def issues(self) -> list[str]:
        """The titles of all issues that are there."""
        return [issue.title for issue in self.gateway.issues.values()]

    @property
    def waiting(self) -> int:
        """How many creations are not over."""
        with self.host.database.read() as session:
            return session.scalar(select(func.count()).where(Creation.state != "done")) or 0

    def comments(self, ticket_id: int) -> list[tuple[str, str, str]]:
        """Return author, visibility and words of what was said on a ticket."""
        said = [each for each in self.rows(Comment) if each.ticket_id == ticket_id]
        return [(each.by_name, str(each.visibility), each.body) for each in said]

    @property
    def creations(self) -> list[str]:
        """How far each issue has come that a ticket is to have."""
        return [str(each.state) for each in self.rows(Creation)]

    def creation_of(self, ticket_id: int) -> Creation:
        """Return the issue that a ticket is to have."""
        (found,) = (each for each in self.rows(Creation) if each.ticket_id == ticket_id)
        return found

    def arrivals(self) -> dict[str, str]:
        """Return what became of each issue of which the helpdesk has heard."""
        return {each.issue_id: str(each.state) for each in self.rows(Arrival)}

    def channel(self, id_: int) -> Channel:
        """Return a channel as it is now."""
        return self.row(Channel, id_)

    def tickets(self) -> dict[int, Ticket]:
        """Return all tickets."""
        return {each.id: each for each in self.rows(Ticket)}

    @property
    def writes(self) -> Counter[str]:
        """The calls that changed something at the remote system, or were to."""
        calls = self.gateway.calls + self.creation.calls + self.talk.calls
        names = ("create", "delete", "hop", "link_back", "post", "edit", "withdraw")
        return Counter({name: calls[name] for name in names if calls[name]})
