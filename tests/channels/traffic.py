"""People on both sides: they add tickets and create issues, talk, change their words and take them back.

What everybody did is kept, and it is all that the judgement believes. Each text has a word of its own, by which it is
found again wherever it stands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from sqlalchemy import select

from helpdesk_core.accounts.models import User
from helpdesk_core.channels.creations import TicketCreated
from helpdesk_core.conversation.wishes import CommentChanged
from helpdesk_core.tickets import service as tickets
from helpdesk_core.tickets.models import Ticket, Visibility
from tests.sync.stand import (
    ANALYSIS,
    BOT,
    CLOSED,
    DANA,
    IN_PROGRESS,
    OPEN,
    PROJECT,
    REJECTED,
    REOPENED,
    RESOLVED,
    REVIEW,
    SITE,
    WAITING,
    Stand,
)

REMOTE_STATUSES = (OPEN, ANALYSIS, WAITING, IN_PROGRESS, REVIEW, REJECTED, RESOLVED, CLOSED, REOPENED)
TICKET_STATUSES = ("open", "in_progress", "waiting", "done", "closed")
ROLES = {"members": "Member", "administrators": "Administrator"}
"""Who may read a restricted comment. The helpdesk's own account is a member, and no administrator."""
WHOLE = {
    "add_ticket": 100,
    "create_issue": 100,
    "reply": 80,
    "note": 40,
    "comment": 90,
    "comment_for_some": 30,
    "edit_here": 24,
    "edit_there": 24,
    "hide_here": 8,
    "delete_here": 14,
    "delete_there": 14,
    "change_ticket": 40,
    "move_issue": 40,
}
"""How often people do each thing."""
SAMPLE = {what: times // 5 for what, times in WHOLE.items()}


@dataclass
class Said:
    """A comment, as its author left it."""

    number: int
    where: str
    """The ticket's number or the issue's id."""
    audience: str
    """Here: public or internal. There: all, members or administrators."""
    edition: int = 0
    deleted: bool = False
    always_internal: bool = False

    @property
    def word(self) -> str:
        """The beginning of its word, which is the same in each edition."""
        return f"said{self.number:04}"

    @property
    def text(self) -> str:
        return f"It was {self.word}x{self.edition} that somebody said."


@dataclass
class Traffic:
    """All that people do, in an order that chance decides."""

    stand: Stand
    random: Random
    plan: dict[str, int]
    needs: dict[str, str] = field(default_factory=dict)
    """What Jira demands of a new issue now: people there fill it in."""
    here: dict[int, Said] = field(default_factory=dict)
    there: dict[str, Said] = field(default_factory=dict)
    issues: list[str] = field(default_factory=list)
    """The keys of those that people created."""

    @property
    def pairs(self) -> int:
        """How many tickets shall have an issue in the end."""
        return self.plan["add_ticket"] + self.plan["create_issue"]

    @property
    def comments(self) -> int:
        """How many comments people write."""
        return sum(self.plan[each] for each in ("reply", "note", "comment", "comment_for_some"))

    def acts(self) -> list[Callable[[], None]]:
        """Everything that is to happen. A ticket and an issue come first, so that there is something to talk about."""
        names = [name for name, times in self.plan.items() for _ in range(times)]
        self.random.shuffle(names)
        for first in ("create_issue", "add_ticket"):
            names.remove(first)
            names.insert(0, first)
        return [getattr(self, name) for name in names]

    # ── in the helpdesk ──

    def add_ticket(self) -> None:
        jobs, now = self.stand.host.jobs, self.stand.host.now()
        with self.stand.host.database.write() as session:
            tickets.create_ticket(
                session,
                title=f"Ticket {self.random.getrandbits(40):010x}",
                body="It *hums*.",
                requester_name="Rae",
                by="Kim",
                now=now,
                observers=(TicketCreated(jobs),),
            )

    def reply(self) -> None:
        self._say(Visibility.PUBLIC)

    def note(self) -> None:
        self._say(Visibility.INTERNAL)

    def _say(self, visibility: Visibility) -> None:
        ticket_id = self.random.choice(self._tickets())
        internal = visibility is Visibility.INTERNAL
        said = Said(self._next(), str(ticket_id), visibility.value, always_internal=internal)
        with self.stand.host.database.write() as session:
            made = tickets.add_comment(
                session,
                tickets.get_ticket(session, ticket_id),
                said.text,
                visibility=visibility,
                by=session.scalars(select(User)).one(),
                now=self.stand.host.now(),
                observers=(CommentChanged(self.stand.host.jobs),),
            )
            number = made.id
        self.here[number] = said

    def edit_here(self) -> None:
        if chosen := self._some(self.here):
            self.here[chosen].edition += 1
            self._change(
                chosen, lambda session, row, **by: tickets.edit_comment(session, row, self.here[chosen].text, **by)
            )

    def hide_here(self) -> None:
        public = {number: each for number, each in self.here.items() if each.audience == "public"}
        if chosen := self._some(public):
            self._change(chosen, tickets.make_internal)
            self.here[chosen].audience = "internal"

    def delete_here(self) -> None:
        if chosen := self._some(self.here):
            self._change(chosen, tickets.delete_comment)
            self.here[chosen].deleted = True

    def _change(self, number: int, change: Callable[..., object]) -> None:
        with self.stand.host.database.write() as session:
            row = tickets.get_comment(session, int(self.here[number].where), number)
            by = session.scalars(select(User)).one()
            observers = (CommentChanged(self.stand.host.jobs),)
            change(session, row, by=by, now=self.stand.host.now(), observers=observers)

    def change_ticket(self) -> None:
        self.stand.change(self.random.choice(self._tickets()), self.random.choice(TICKET_STATUSES))

    def _tickets(self) -> list[int]:
        with self.stand.host.database.read() as session:
            return list(session.scalars(select(Ticket.id).order_by(Ticket.id)))

    # ── at Jira ──

    def create_issue(self) -> None:
        control, summary = self.stand.simulator.control, f"Issue {self.random.getrandbits(40):010x}"
        who = BOT if self.random.random() < 0.1 else DANA  # the helpdesk's account is somebody's, who may use it too
        self.issues.append(control.create_issue(SITE, PROJECT, "Task", summary, who, **self.needs))

    def comment(self) -> None:
        self._comment("all")

    def comment_for_some(self) -> None:
        self._comment(self.random.choice(list(ROLES)))

    def _comment(self, audience: str) -> None:
        issue_id = self.random.choice(self.known_issues())
        said = Said(self._next(), issue_id, audience)
        role = {"type": "role", "value": ROLES[audience]} if audience in ROLES else None
        made = self.stand.simulator.control.comment(SITE, issue_id, DANA, said.text, visibility=role)
        self.there[made] = said

    def edit_there(self) -> None:
        if chosen := self._some(self.there):
            self.there[chosen].edition += 1
            self.stand.simulator.control.edit_comment(SITE, chosen, DANA, self.there[chosen].text)

    def delete_there(self) -> None:
        if chosen := self._some(self.there):
            self.stand.simulator.control.delete_comment(SITE, chosen, DANA)
            self.there[chosen].deleted = True

    def move_issue(self) -> None:
        self.stand.move(self.random.choice(self.known_issues()), self.random.choice(REMOTE_STATUSES))

    def known_issues(self) -> list[str]:
        """The ids of all issues that have come into being since the world began, whoever created them."""
        state = self.stand.simulator.state
        with state.lock:
            live = state.site(SITE)
            return list(live.issues)[len(live.site.issues) :]

    # ── both ──

    def _next(self) -> int:
        return len(self.here) + len(self.there)

    def _some(self, said: dict) -> int | str | None:
        there = [name for name, each in said.items() if not each.deleted]
        return self.random.choice(there) if there else None
