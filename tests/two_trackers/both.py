"""A helpdesk that is connected with a simulated Jira site and a real Roundup server, and tickets linked in both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from tracker import BOT, BOT_PASSWORD, Template, Tracker, serving

from helpdesk_core.accounts.models import User
from helpdesk_core.connections import connecting
from helpdesk_core.connections.connecting import Connecting
from helpdesk_core.connections.models import Connection
from helpdesk_core.host import Host
from helpdesk_core.mapping.board import Board
from helpdesk_core.mapping.reading import read_details, refresh_vocabulary
from helpdesk_core.mapping.versions import add_version
from helpdesk_core.mapping.vocabulary import choose_projects, read_stored
from helpdesk_core.sync import linking
from helpdesk_core.sync.progress import Follow
from helpdesk_core.values import Secret
from tests.sync.stand import BOT as JIRA_BOT
from tests.sync.stand import Stand

PEOPLE_SAY = {
    "open": ("unread",),
    "in_progress": ("in-progress", "chatting", "testing"),
    "waiting": ("need-eg", "deferred"),
    "done": ("done-cbb",),
    "closed": ("resolved",),
}
"""Where an admin places Roundup's statuses; where a ticket status has several, the first is where issues go."""


@contextmanager
def roundup(folder: Path) -> Iterator[Tracker]:
    """Run a tracker of its own."""
    with serving(Template.make(folder / "template"), folder / "roundup") as tracker:
        yield tracker


@dataclass(frozen=True)
class Both:
    """Both remote systems, connected at once, each with a board of its own."""

    jira: Stand
    roundup: Tracker
    roundup_id: int

    @property
    def host(self) -> Host:
        return self.jira.host

    def link(self, key: str) -> tuple[int, str]:
        """Link a new ticket with an issue in each; return the ticket's id and the issue's in Roundup."""
        ticket = self.jira.ticket()
        self.jira.link(ticket, key)
        issue_id = self.roundup.add_issue(f"As {key}", text="The same as there.")
        linking.link(
            self.host,
            ticket_id=ticket,
            connection_id=self.roundup_id,
            issue_id=issue_id,
            follow=Follow.ISSUE_FOLLOWS,
            by="Kim",
        )
        return ticket, issue_id

    def moves_in_roundup(self, issue_id: str) -> list[tuple[float, bool, str]]:
        """Each move of an issue in Roundup: when, whether it was the helpdesk's, and where to."""
        with self.roundup.acting("admin") as db:
            bot, name = db.user.lookup(BOT), lambda status: db.status.get(status, "name")
            # the journal holds what was before, so each move ends where the next one begins
            steps = [
                (at.timestamp(), who == bot, params["status"])
                for _, at, who, action, params in db.issue.history(issue_id)
                if action == "set" and "status" in params
            ]
            ends = [*(name(before) for _, _, before in steps[1:]), name(db.issue.get(issue_id, "status"))]
            return [(at, ours, end) for (at, ours, _), end in zip(steps, ends, strict=True)]

    def moves_in_jira(self, key: str) -> list[tuple[float, bool, str]]:
        """The same of an issue in Jira."""
        accounts = self.jira.simulator.state.accounts.values()
        bot = next(account.id for account in accounts if account.email == JIRA_BOT)
        return [
            (change.at, change.author == bot, item.new)
            for change in self.jira.issue(key).changelog
            for item in change.items
            if item.field == "status"
        ]


def connect_roundup(host: Host, tracker: Tracker) -> int:
    """Connect as an admin does at the form, choose the tracker's one project, and draw the board."""
    with host.database.read() as session:
        dana = session.scalars(select(User)).first()
    assert dana is not None
    integration = host.registry.get("roundup")
    attempt, _ = connecting.begin(host, integration, user_id=dana.id)
    typed = {"url": tracker.url, "login": BOT, "password": Secret(BOT_PASSWORD), "messages": "everybody"}
    made = Connecting(host=host, integration=integration, attempt=attempt).complete(form=typed)
    assert isinstance(made, Connection), made
    refresh_vocabulary(host, made.id)
    with host.database.write() as session:
        stored = read_stored(session, made.id)
        choose_projects(session, made.id, [project.id for project in stored.projects])
        ids = {status.name: status.id for status in stored.statuses}
        columns = {key: tuple(ids[name] for name in names) for key, names in PEOPLE_SAY.items()}
        add_version(session, made.id, Board(columns=columns), seen=0, by=dana, now=host.now())
    read_details(host, made.id)
    return made.id
