"""Takes a ticket through all five statuses in every order, and compares what happens with what the judgement said."""

from __future__ import annotations

from collections import Counter, deque

from helpdesk_core.mapping.judgement import Goal, Judgement, landing
from helpdesk_core.mapping.paths import Plan, Unknown
from helpdesk_core.sync import linking
from helpdesk_core.sync.backlog import TicketChanged
from helpdesk_core.sync.merge import Reason
from helpdesk_core.sync.models import Link, LinkState
from helpdesk_core.sync.progress import Follow
from helpdesk_core.tickets import service as tickets
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.values import Evidence
from tests.judgement.site import Mapped, Situation, copy_of, new_issue

KEYS = ("open", "in_progress", "waiting", "done", "closed")


def count_ways(judgement: Judgement, count: Counter[str]) -> None:
    """Count how the ways to all targets are known."""
    for way in (way for goal in judgement.goals for way in goal.ways):
        count["known"] += way.evidence is Evidence.KNOWN
        count["learnt"] += way.evidence is Evidence.LEARNT
        count["unknown"] += isinstance(way.outcome, Unknown)


class Walk:
    """Changes a ticket from every situation that can come to be, and compares what happens with what was said."""

    def __init__(self, mapped: Mapped, judgement: Judgement, count: Counter[str]) -> None:
        self._mapped, self._judgement, self._count = mapped, judgement, count
        self._board = mapped.resolved
        self.surprises: set[tuple[str, str]] = set()
        self._next: dict[tuple[Situation, str], Situation] = {}
        self._begin = self._link()
        self._start = self._situation(self._begin)

    def everywhere(self) -> None:
        """Try every change from every situation."""
        waiting, seen = deque([self._begin]), {self._start}
        while waiting:
            here = waiting.popleft()
            for key in KEYS:
                situation = self._situation(here)
                if key == situation.local:
                    self._next[situation, key] = situation
                    continue
                moved = copy_of(self._mapped, here)
                self._change(moved, situation, key)
                after = self._situation(moved)
                self._next[situation, key] = after
                if after not in seen:
                    seen.add(after)
                    waiting.append(moved)

    def covers(self, order: tuple[str, ...]) -> bool:
        """Whether every change of this order was tried in the situation in which it comes."""
        here = self._start
        for key in order:
            if (here, key) not in self._next:
                return False
            here = self._next[here, key]
        return True

    def _link(self) -> int:
        _, issue_id = new_issue(self._mapped)
        host, now = self._mapped.host, self._mapped.host.now()
        with host.database.write() as session:
            number = tickets.create_ticket(session, title="It", body="", requester_name="Rae", by="Kim", now=now).id
        link = linking.link(
            host,
            ticket_id=number,
            connection_id=self._mapped.connection_id,
            issue_id=issue_id,
            follow=Follow.TICKET_FOLLOWS,
            by="Kim",
        )
        host.jobs.run_all()
        return link.id

    def _situation(self, link_id: int) -> Situation:
        with self._mapped.host.database.read() as session:
            link = session.get_one(Link, link_id)
            return Situation.of(link, session.get_one(Ticket, link.ticket_id))

    def _change(self, link_id: int, before: Situation, key: str) -> None:
        """Let an agent change the ticket, and compare."""
        host = self._mapped.host
        with host.database.write() as session:
            ticket = session.get_one(Ticket, session.get_one(Link, link_id).ticket_id)
            observers = (TicketChanged(host.jobs),)
            tickets.change_status(session, ticket, key, by="Kim", now=host.now(), observers=observers)
        host.jobs.run_all()
        with host.database.read() as session:
            link = session.get_one(Link, link_id)
        goal = next(goal for goal in self._judgement.goals if goal.key == key)
        self._count["tried"] += 1
        if goal.target is None or before.remote == goal.target or link.reason == Reason.AGREE:
            assert link.remote_status == before.remote, "nothing was to move"
            return
        self._compare(goal, before, link)

    def _compare(self, goal: Goal, before: Situation, link: Link) -> None:
        way = next(way for way in goal.ways if way.start == before.remote)
        said_yes = isinstance(way.outcome, Plan) and not way.rejected
        arrived = link.state == LinkState.IN_STEP
        if isinstance(way.outcome, Plan) and arrived:
            assert link.remote_status == landing(way.outcome, goal.key, self._board)
        self._count["moved"] += arrived
        if arrived:
            self._count["false alarms"] += not said_yes
        elif said_yes:
            self._surprised(link)
        else:
            self._count["announced"] += 1
            if not isinstance(way.outcome, Plan):
                assert link.reason == way.outcome.reason.value

    def _surprised(self, link: Link) -> None:
        assert link.reason == Reason.REJECTED, link.sentence
        assert link.attempt is not None
        refusal = link.attempt["refusal"]
        self._count["surprises"] += 1
        self.surprises.add((refusal["at"], refusal["to"]))
        self._judgement = self._mapped.judgement()  # from now on it announces that
