"""Random histories of a channel, and the laws that hold in each: what the machine does to both sides, step by step.

Each text is made once and never again, so that where it turns up tells where it came from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Any, Final

from hypothesis import strategies as st
from sqlalchemy import select

from helpdesk_core.channels import creations, saving, transferring
from helpdesk_core.channels.models import Arrival, Creation, CreationState, Way
from helpdesk_core.conversation.models import Carried, ConversationSetting
from helpdesk_core.conversation.settings import Inward, choose
from helpdesk_core.errors import Refused, Rejected
from helpdesk_core.sync.linking import link, unlink
from helpdesk_core.sync.models import Link
from helpdesk_core.sync.progress import Follow
from helpdesk_core.tickets import service as tickets
from helpdesk_core.tickets.models import Comment, Visibility
from helpdesk_core.values import About
from tests.core.channel_world import BUGS, INTERNAL, PUBLIC, TASKS, Killed, World
from tests.core.linking_world import change_connection

USUALLY_BOTH: Final = (Way.BOTH, Way.BOTH, Way.BOTH, Way.OUT, Way.IN, Way.NOT)


class Broken(AssertionError):
    """A law does not hold."""


def law(holds: object, says: str) -> None:
    """Insist."""
    if not holds:
        raise Broken(says)


def step(name: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.tuples(st.just(name), *arguments)


PICK = st.integers(0, 5)
"""Which ticket, issue or comment of those that are there."""
REFUSALS: Final = ("refused", "field_required", "no_permission")
OFTEN: Final = (
    step("ticket"),
    step("bear_and_tell", st.booleans()),
    step("say", PICK, st.sampled_from([PUBLIC, INTERNAL])),
    step("edit", PICK),
    step("hide", PICK),
    step("say_there", PICK, st.booleans()),
    step("say_there", PICK, st.booleans()),
    step("change_there", PICK, st.booleans()),
    step("lose", st.sampled_from(["creation answer", "creation request", "comment answer"]), st.integers(0, 20)),
    step("kill", PICK),
    step("replay", PICK),
    step("relink", PICK),
    step("backlog", st.sampled_from([Way.OUT, Way.IN])),
    step("look"),
)
SELDOM: Final = (
    step("refuse", st.sampled_from(["create", "recent", "open", "describe", ""]), st.sampled_from(REFUSALS)),
    step("bear", st.sampled_from(["k-1", "k-2"])),
    step("take_back", PICK),
    step("remove_there", PICK),
    step(
        "save", st.sampled_from([BUGS, BUGS, TASKS]), *(st.sampled_from(USUALLY_BOTH) for _ in range(3)), st.booleans()
    ),
    step("switch", st.booleans()),
    step("pause", st.booleans()),
    step("connection_says", st.booleans(), st.sampled_from(list(Inward))),
    step("status", PICK, st.sampled_from(["open", "in_progress", "done"])),
)
STEPS: Final = st.one_of(*OFTEN, *OFTEN, *SELDOM)
HISTORIES: Final = st.lists(st.tuples(STEPS, st.integers(0, 2)), min_size=10, max_size=20)
"""Steps, each with how much time passes after it: none, so that much happens at once, or some."""


class History:
    """One world, lived through; the laws are looked at after every step."""

    def __init__(self, world: World) -> None:
        self.world, self._text = world, count(1)
        self.secrets: set[str] = set()
        """What was written for the eyes of agents only."""
        self.theirs: set[str] = set()
        """What was said at the remote system."""
        self.seen: dict[int, Visibility] = {}
        self.channel = world.open_channel()

    def live(self, steps: list[tuple[tuple[Any, ...], int]]) -> None:
        """Live through it, then let everything come to rest."""
        self.do_ticket()
        self.do_bear_and_tell(twice=False)
        self.work(1)
        for (name, *arguments), rounds in steps:
            method: Callable[..., None] = getattr(self, f"do_{name}")
            with suppress(Killed, Rejected):  # the process dies, or an admin is told, in mid-page
                method(*arguments)
            if rounds:
                self.work(rounds)
            self.check()
        self.world.creation.before = None
        self.do_refuse("", "")
        self.do_pause(False)
        self.do_switch(True)
        for each in self.world.rows(Creation):
            if each.state == CreationState.STOPPED:
                creations.retry(self.world.host, each.id)
        saving.mended(self.world.host, self.channel)
        self.world.settle(12)
        for issue_id in self.world.gateway.issues:
            self.world.deliver(issue_id, About.COMMENTS)
        self.world.settle(2)
        self.check()
        self.rest()

    def work(self, rounds: int) -> None:
        """Let work be done; where the process dies, the next one goes on."""
        with suppress(Killed):
            self.world.settle(rounds)

    # ── what happens ──

    def text(self, kind: str) -> str:
        return f"{kind}{next(self._text)}."

    def do_ticket(self) -> None:
        self.world.ticket(self.text("ticket"))

    def do_bear(self, kind: str) -> None:
        self.world.creation.bear(str(next(self._text)), kind=kind, title=self.text("issue"))
        self.world.clock.advance(seconds=1)

    def do_bear_and_tell(self, twice: bool) -> None:
        self.do_bear("k-1")
        *_, issue_id = self.world.gateway.issues
        for _ in range(1 + twice):
            self.world.deliver(issue_id)

    def do_say(self, pick: int, visibility: Visibility) -> None:
        if ticket := self._pick(list(self.world.tickets()), pick):
            text = self.text("note" if visibility is INTERNAL else "reply")
            if visibility is INTERNAL:
                self.secrets.add(text)
            self.world.say(ticket, text, visibility)

    def do_edit(self, pick: int) -> None:
        if comment := self._own(pick):
            text = self.text("edited")
            if comment.is_internal:
                self.secrets.add(text)
            self._change(tickets.edit_comment, comment, text)

    def do_hide(self, pick: int) -> None:
        if comment := self._own(pick):
            self._change(tickets.make_internal, comment)

    def do_take_back(self, pick: int) -> None:
        if comment := self._own(pick):
            self._change(tickets.delete_comment, comment)

    def do_say_there(self, pick: int, internal: bool) -> None:
        if issue_id := self._pick(list(self.world.gateway.issues), pick):
            text = self.text("theirs")
            self.theirs.add(text)
            self.world.talk.say(issue_id, text, internal=internal)
            self.world.deliver(issue_id, About.COMMENTS)

    def do_change_there(self, pick: int, internal: bool) -> None:
        if found := self._there(pick):
            text = self.text("theirs")
            self.theirs.add(text)
            self.world.talk.change(*found, body=text, internal=internal)
            self.world.deliver(found[0], About.COMMENTS)

    def do_remove_there(self, pick: int) -> None:
        if found := self._there(pick):
            self.world.talk.remove(*found)
            self.world.deliver(found[0], About.COMMENTS)

    def do_hear(self, pick: int) -> None:
        if issue_id := self._pick(list(self.world.gateway.issues), pick):
            self.world.deliver(issue_id, About.COMMENTS)

    def do_replay(self, pick: int) -> None:
        if issue_id := self._pick(list(self.world.gateway.issues), pick):
            self.world.deliver(issue_id)

    def do_relink(self, pick: int) -> None:
        if found := self._pick(self.world.rows(Link), pick):
            unlink(self.world.host, found.id, by="Kim")
            again = {"ticket_id": found.ticket_id, "connection_id": found.connection_id, "issue_id": found.issue_id}
            self.world.host.jobs.run_all()
            if not self.paused:
                link(self.world.host, **again, follow=Follow.NEITHER, by="Kim", earlier=bool(pick % 2))
                self.world.clock.advance(seconds=1)

    def do_backlog(self, way: Way) -> None:
        if self.paused:
            return
        try:
            if way is Way.IN:
                transferring.find_issues(self.world.host, self.channel)
            transferring.begin(self.world.host, self.channel, way, by="Dana")
        except Refused:
            return

    def do_lose(self, what: str, lag: int) -> None:
        creation, talk = self.world.creation, self.world.talk
        creation.lag = lag * (creation.lag.resolution * 1_000_000)
        creation.lose_answers += what == "creation answer"
        creation.lose_requests += what == "creation request"
        talk.lose_answers += what == "comment answer"

    def do_kill(self, later: int) -> None:
        """Let the process die at the next call about creating, or some calls later."""
        deaths = iter([*[False] * later, True])

        def dying(_method: str, _request: Any) -> None:
            if next(deaths, False):
                raise Killed

        self.world.creation.before = dying

    def do_refuse(self, method: str, code: str) -> None:
        error = Rejected("No.", cure="Mend it.", code=code)
        here = {method: error} if method else {}
        self.world.gateway.refusals = {name: each for name, each in here.items() if name == "open"}
        self.world.creation.refusals = {name: each for name, each in here.items() if name != "open"}

    def do_save(self, where: str, creates: Way, status: Way, comments: Way, public: bool) -> None:
        draft = self.world.draft(where, creates=creates, status=status, comments=comments, public=public)
        saving.change(self.world.host, self.channel, draft)

    def do_switch(self, enabled: bool) -> None:
        saving.switch(self.world.host, self.channel, enabled=enabled)

    def do_pause(self, paused: bool) -> None:
        self.paused = paused
        change_connection(self.world.host, self.world.acme, paused_at=self.world.clock() if paused else None)

    paused = False

    def do_connection_says(self, outward: bool, inward: Inward) -> None:
        with self.world.host.database.write() as session:
            choose(session, self.world.acme, outward=outward, inward=inward, now=self.world.clock())

    def do_status(self, pick: int, status: str) -> None:
        if ticket := self._pick(list(self.world.tickets()), pick):
            self.world.set_status(ticket, status)

    def do_look(self) -> None:
        self.world.clock.advance(minutes=16)
        self.world.look()

    def _pick(self, among: list[Any], pick: int) -> Any:
        return among[pick % len(among)] if among else None

    def _own(self, pick: int) -> Comment | None:
        own = [each for each in self.world.rows(Comment) if not each.source and not each.is_deleted]
        found: Comment | None = self._pick(own, pick)
        return found

    def _there(self, pick: int) -> tuple[str, str] | None:
        said = [(i, id_) for i, here in self.world.talk.comments.items() for id_, c in here.items() if not c.marker]
        found: tuple[str, str] | None = self._pick(said, pick)
        return found

    def _change(self, change: Callable[..., Any], comment: Comment, *words: str) -> None:
        self.world.change(change, comment.id, *words)

    # ── the laws ──

    def check(self) -> None:
        """Look at both sides."""
        self._nothing_internal_leaves()
        self._nothing_comes_in_public_unless_both_say_so()
        self._everything_is_there_once()

    def _nothing_internal_leaves(self) -> None:
        sent = [f"{each.title} {each.body}" for each in self.world.creation.made]
        sent += [each.body for each in self.world.talk.asked if hasattr(each, "body")]
        sent += [each.ticket_title for each in self.world.gateway.shown]
        for text in sent:
            law(not any(secret in text for secret in self.secrets), f"an internal note left: {text}")
            law(not any(each in text for each in self.theirs), f"what was said there went back: {text}")

    def _nothing_comes_in_public_unless_both_say_so(self) -> None:
        host = self.world.host
        with host.database.read() as session:
            carried = {row.comment_id: row for row in session.scalars(select(Carried))}
        for comment in (each for each in self.world.rows(Comment) if each.source):
            first = comment.id not in self.seen
            was = self.seen.setdefault(comment.id, Visibility(comment.visibility))
            self.seen[comment.id] = Visibility(comment.visibility)
            if comment.is_internal:
                continue
            law(was is PUBLIC, f"a copy became public by itself: {comment.body}")
            if first:
                row = carried[comment.id]
                remote = self.world.talk.comments.get(row.issue_id, {}).get(row.remote_id)
                law(self._public(comment.ticket_id), f"public, and nobody said so: {comment.body}")
                law(remote is None or not remote.internal, f"public, and restricted there: {comment.body}")

    def _public(self, ticket_id: int) -> bool:
        """Whether an admin lets comments come to a ticket as public replies, now and thus when the jobs just ran."""
        channel_id = self.world.tickets()[ticket_id].channel_id
        if channel_id is not None:
            return self.world.channel(channel_id).public
        with self.world.host.database.read() as session:
            setting = session.get(ConversationSetting, self.world.acme)
            return setting is not None and setting.public

    def _everything_is_there_once(self) -> None:
        links = self.world.rows(Link)
        law(_once(each.ticket_id for each in links), "a ticket has two issues")
        law(_once(each.issue_id for each in links), "an issue has two tickets")
        law(_once(self.world.issues), f"an issue was created twice: {self.world.issues}")
        law(_once(each.title for each in self.world.tickets().values()), "two tickets of one issue, or one of our own")
        for issue_id, here in self.world.talk.comments.items():
            law(_once(each.marker for each in here.values() if each.marker), f"a reply is twice on {issue_id}")
        copies = [each for each in self.world.rows(Carried) if not each.marker]
        law(_once((each.ticket_id, each.remote_id) for each in copies), "a comment is twice on its ticket")

    def rest(self) -> None:
        """Nothing is left half done, and what is restricted there by now is not public here."""
        states = Counter(each.state for each in self.world.rows(Creation))
        law(set(states) <= {CreationState.DONE}, f"a ticket waits for its issue: {states}")
        law("waiting" not in {each.state for each in self.world.rows(Arrival)}, "an issue waits for its ticket")
        law(not self.world.host.jobs.runnable(), "work is left")


def _once(values: Any) -> bool:
    return max(Counter(values).values(), default=1) == 1
