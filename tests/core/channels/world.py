"""Both sides of a channel: what people do at the helpdesk and at the remote system, and what became of it.

People act here as the application lets them act: with the same services, told of by the same observers.
"""

from __future__ import annotations

from collections import Counter
from itertools import count
from typing import Any, Final, TypeVar

from sqlalchemy import select

from helpdesk_core.accounts.models import User
from helpdesk_core.channels import saving
from helpdesk_core.channels.asking import Target
from helpdesk_core.channels.creations import TicketCreated
from helpdesk_core.channels.models import Arrival, Channel, Creation, Way
from helpdesk_core.channels.work import register
from helpdesk_core.conversation.wishes import CommentChanged
from helpdesk_core.db import Base
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
from helpdesk_core.values import CreateField, FieldOption, FieldValue, ProjectDetail, RemoteKind, RemoteProject
from tests.core.fake_conversation import FakeConversation
from tests.core.fake_creation import FakeCreation
from tests.core.fake_gateway import FakeReceiver
from tests.core.linking_world import change_connection, connect, map_statuses

R = TypeVar("R", bound=Base)

BUG: Final = RemoteKind(id="k-1", name="Bug", status_ids=("todo", "doing", "done"))
TASK: Final = RemoteKind(id="k-2", name="Task", status_ids=("todo", "doing", "done"))
ONE: Final = RemoteProject(id="p-1", key="P-1", name="One")
BUGS: Final = Target(project=ONE, kind=BUG)
TASKS: Final = Target(project=ONE, kind=TASK)
PUBLIC, INTERNAL = Visibility.PUBLIC, Visibility.INTERNAL
COMPONENT: Final = CreateField(
    id="components", name="Component", required=True, options=(FieldOption(id="c-1", name="Web"),), shape="array"
)
WEB: Final = FieldValue(field=COMPONENT, value="c-1")


class Killed(BaseException):
    """The process dies."""


class World:
    """One connection with a project in use; `register` has told the engine of all work."""

    def __init__(self, host: Host, work: Work, *, creation: FakeCreation, talk: FakeConversation, kim: User) -> None:
        self.host, self.work, self.kim = host, work, kim
        self.clock: Any = host.now
        self.creation, self.talk, self.gateway = creation, talk, creation.gateway
        self._deliveries = count(1)
        register(work, host)
        register_sync(work, host)
        self.connection = connect(host)
        self.gateway.statuses |= {"todo", "doing", "done"}
        map_statuses(host, self.connection)
        use_project(host, self.connection)

    # ── admins ──

    def draft(self, **changes: Any) -> saving.Draft:
        """Say what an admin enters: everything both ways, comments as notes, but for `changes`."""
        usual = {"name": "Bugs", "where": BUGS, "creates": Way.BOTH, "status": Way.BOTH, "comments": Way.BOTH}
        return saving.Draft(**{**usual, "public": False, **changes})

    def add(self, **changes: Any) -> Channel:
        """Add a channel, and do what has to be done about that; all that is there now was there before it."""
        made = saving.add(self.host, changes.pop("connection", self.connection), self.draft(**changes), by="Dana")
        self.settle()
        self.clock.advance(minutes=10)
        return made

    def inward(self, **changes: Any) -> Channel:
        """Add a channel in which everything comes in."""
        return self.add(**{"creates": Way.IN, "status": Way.IN, "comments": Way.IN, **changes})

    def channel(self, id_: int = 1) -> Channel:
        """Return a channel as it is stored now."""
        return next(each for each in self.all(Channel) if each.id == id_)

    def change_connection(self, **changes: Any) -> None:
        """Write into the connection's row."""
        change_connection(self.host, self.connection, **changes)

    # ── agents ──

    def ask(self, title: str = "It burns", *, channel_id: int | None = None, status: str = "open") -> int:
        """Let somebody open a ticket."""
        with self.host.database.write() as session:
            made = tickets.create_ticket(
                session,
                title=title,
                body="Help!",
                requester_name="Rae",
                status=status,
                channel_id=channel_id,
                by=self.kim,
                now=self.host.now(),
                observers=(TicketCreated(self.host.jobs),),
            )
            return made.id

    def set_status(self, ticket_id: int, status: str) -> None:
        """Let an agent give a ticket another status."""
        jobs = self.host.jobs
        with self.host.database.write() as session:
            ticket = tickets.get_ticket(session, ticket_id)
            told = (TicketChanged(jobs), TicketShown(jobs))
            tickets.change_status(session, ticket, status, by=self.kim, now=self.host.now(), observers=told)

    def say(self, ticket_id: int, text: str, visibility: Visibility = PUBLIC) -> int:
        """Let an agent comment a ticket."""
        told = (CommentChanged(self.host.jobs),)
        with self.host.database.write() as session:
            ticket = tickets.get_ticket(session, ticket_id)
            now = self.host.now()
            made = tickets.add_comment(
                session, ticket, text, visibility=visibility, by=self.kim, now=now, observers=told
            )
            return made.id

    # ── the remote system ──

    def bear(self, issue_id: str, **told: str) -> None:
        """Let somebody there create an issue, some time after whatever was done before."""
        self.clock.advance(seconds=1)
        self.creation.bear(issue_id, **told)

    def hear(self, *issue_ids: str, about: str = "new_issue", again: str = "") -> None:
        """Let a delivery tell of issues; `again`: the number of one that is repeated."""
        number = again or f"n-{next(self._deliveries)}"
        notices = [{"delivery_id": number, "issue_id": each, "about": about} for each in issue_ids]
        accept(self.host, "fake", *FakeReceiver.delivery(*notices))

    def look(self) -> None:
        """Let the time come to look for new issues, and do all work."""
        self.clock.advance(minutes=20)
        self.host.jobs.tick("channels.look")
        self.settle()

    # ── work ──

    def run(self) -> None:
        """Do all work that can be done at this moment."""
        self.host.jobs.run_all()

    def settle(self, rounds: int = 40) -> None:
        """Let time pass and work be done until nothing is left, or so many times five seconds are over."""
        for _ in range(rounds):
            self.run()
            if not self.unfinished:
                return
            self.clock.advance(seconds=5)
            self.host.jobs.wake()
        self.run()

    @property
    def unfinished(self) -> int:
        """How many jobs are left."""
        with self.host.database.read() as session:
            return self.host.jobs.counts(session).unfinished

    # ── what became of it ──

    def all(self, kind: type[R]) -> list[R]:
        """Return all rows of a table."""
        with self.host.database.read() as session:
            return list(session.scalars(select(kind).order_by(kind.id)))

    @property
    def pairs(self) -> list[tuple[int, str]]:
        """Which ticket has which issue."""
        return [(each.ticket_id, each.issue_id) for each in self.all(Link)]

    def ticket(self, id_: int = 1) -> Ticket:
        """Return a ticket as it is stored now."""
        return next(each for each in self.all(Ticket) if each.id == id_)

    def creations(self) -> list[str]:
        """Return how far each issue has come that a ticket is to have."""
        return [str(each.state) for each in self.all(Creation)]

    def arrivals(self) -> dict[str, str]:
        """Return what became of each issue of which was heard."""
        return {each.issue_id: str(each.state) for each in self.all(Arrival)}

    def comments(self, ticket_id: int) -> list[tuple[str, str]]:
        """Return visibility and words of each comment of a ticket."""
        rows = self.all(Comment)
        return [(str(each.visibility), each.body) for each in rows if each.ticket_id == ticket_id]

    @property
    def writes(self) -> Counter[str]:
        """How often the remote system was asked to change anything."""
        of = {"create": self.creation, "delete": self.creation, "hop": self.gateway, "link_back": self.gateway}
        of |= dict.fromkeys(("post", "edit", "withdraw"), self.talk)
        return +Counter({name: fake.calls[name] for name, fake in of.items()})


def use_project(host: Host, connection_id: int) -> None:
    """Take a project into use whose kinds are known."""
    with host.database.write() as session:
        session.merge(ProjectInUse(connection_id=connection_id, project_id=ONE.id))
        session.flush()
        detail = ProjectDetail(project_id=ONE.id, kinds=(BUG, TASK), statuses=())
        store_detail(session, connection_id, ONE.id, detail, now=host.now())
