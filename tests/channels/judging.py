"""Compares both sides when all is quiet: nothing doubled, nothing missing, and no internal word at Jira."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.mapping.service import resolved_board
from helpdesk_core.sync.links import policy_of
from helpdesk_core.sync.models import Link, LinkState
from helpdesk_core.tickets.models import Comment, Ticket
from plugins.jira.simulator.documents import plain_text
from plugins.jira.simulator.state import Issue
from tests.channels.traffic import Said, Traffic
from tests.chaos.story import done_twice, moves_of, rightly_stopped, taken_away
from tests.sync.stand import BOT, SITE, Stand


@dataclass
class Pair:
    """A ticket and its issue."""

    ticket: Ticket
    link: Link
    issue: Issue
    comments: list[Comment]

    def here(self, said: Said) -> list[Comment]:
        return [each for each in self.comments if said.word in each.body]


def judge(stand: Stand, traffic: Traffic) -> str:
    """Compare everything; tell in a few words what was found."""
    with stand.host.database.read() as session:
        pairs = pair_up(stand, traffic, session)
        judge_what_was_said_here(stand, traffic, pairs)
        judge_what_was_said_there(traffic, pairs)
        agree, stopped = judge_statuses(stand, session, pairs)
    kept = sum(not each.deleted for each in (*traffic.here.values(), *traffic.there.values()))
    return f"{len(pairs)} pairs, {kept} comments of {len(traffic.here) + len(traffic.there)} stand, " + (
        f"{agree} links agree, {stopped} are listed as stopped with the right reason"
    )


def pair_up(stand: Stand, traffic: Traffic, session: Session) -> dict[str, Pair]:
    """Every ticket has exactly one issue and every issue exactly one ticket, with the same title. By the issue's id."""
    live = stand.simulator.state.site(SITE)
    issues = {issue_id: live.issues[issue_id] for issue_id in traffic.known_issues()}
    tickets = {each.id: each for each in session.scalars(select(Ticket))}
    links = session.scalars(select(Link)).all()
    assert doubled(each.ticket_id for each in links) == []
    assert doubled(each.issue_id for each in links) == []
    assert {each.ticket_id for each in links} == set(tickets), "a ticket has no issue"
    assert {each.issue_id for each in links} == set(issues), "an issue has no ticket"
    assert len(links) == traffic.pairs
    titles = {each.title for each in tickets.values()}
    assert len(titles) == len(tickets)
    found: dict[str, Pair] = {}
    for link in links:
        ticket, issue = tickets[link.ticket_id], issues[link.issue_id]
        assert ticket.title == issue.summary
        comments = session.scalars(select(Comment).where(Comment.ticket_id == ticket.id)).all()
        found[issue.id] = Pair(ticket, link, issue, list(comments))
    return found


def judge_what_was_said_here(stand: Stand, traffic: Traffic, pairs: dict[str, Pair]) -> None:
    """Each public reply stands once on its issue, in its last words; no other word of the helpdesk stands anywhere."""
    bot = next(a.id for a in stand.simulator.state.accounts.values() if a.email == BOT)
    by_ticket = {str(each.ticket.id): each for each in pairs.values()}
    expected: Counter[str] = Counter()
    for said in traffic.here.values():
        pair = by_ticket[said.where]
        texts = [plain_text(each.body) for each in pair.issue.comments if each.author == bot]
        standing = [text for text in texts if said.word in text]
        public = said.audience == "public" and not said.deleted
        assert len(standing) == public, f"{pair.link.issue_key}: {said} stands {len(standing)} times"
        assert all(said.text in text for text in standing), f"{pair.link.issue_key}: {standing} is not {said.text}"
        expected[pair.issue.id] += public
    for issue_id, pair in pairs.items():
        assert sum(each.author == bot for each in pair.issue.comments) == expected[issue_id]
    everything = "\n".join(all_texts(pairs))
    told = b"\n".join(each.body for each in stand.simulator.control.deliveries()).decode(errors="replace")
    for said in traffic.here.values():
        if said.audience == "internal":
            assert said.word not in everything, f"internal: {said}"
        if said.always_internal:
            assert said.word not in told, f"internal, and was at Jira for a while: {said}"


def judge_what_was_said_there(traffic: Traffic, pairs: dict[str, Pair]) -> None:
    """Each comment that the helpdesk may read stands once on its ticket, as a note; no other one does."""
    expected: Counter[str] = Counter()
    for said in traffic.there.values():
        pair = pairs[said.where]
        standing = [each for each in pair.here(said) if not each.is_deleted]
        readable = said.audience != "administrators" and not said.deleted
        assert len(standing) == readable, f"{pair.link.issue_key}: {said} stands {len(standing)} times"
        assert all(said.text in each.body and each.is_internal for each in standing)
        expected[pair.issue.id] += readable
    for issue_id, pair in pairs.items():
        assert sum(bool(each.source) and not each.is_deleted for each in pair.comments) == expected[issue_id]


def judge_statuses(stand: Stand, session: Session, pairs: dict[str, Pair]) -> tuple[int, int]:
    """Both sides agree by the board, or the link is listed as stopped for a reason that both sides bear out."""
    agree = stopped = 0
    board = resolved_board(session, stand.connection_id)
    closed = policy_of(session, stand.connection_id).closed
    for pair in pairs.values():
        key, local, remote = pair.link.issue_key, pair.ticket.status, pair.issue.status_id
        assert not done_twice(stand, session, key, pair.ticket.id), f"{key} was moved twice for one change"
        place = board.inbound(remote)
        if board.agrees(local, remote) or not isinstance(place, str):
            agree += 1
            continue
        words = f"{key}: ticket {local}, issue {remote}, {pair.link.state} {pair.link.reason}: {pair.link.sentence}"
        assert pair.link.state == LinkState.STOPPED, words
        reopens = local in closed and place not in closed
        assert rightly_stopped(pair.link, local, remote, reopens=reopens, taken=taken_away(moves_of(stand, key))), words
        stopped += 1
    assert agree > len(pairs) // 2
    return agree, stopped


def doubled(values: Iterable[object]) -> list[object]:
    return [value for value, times in Counter(values).items() if times > 1]


def all_texts(pairs: dict[str, Pair]) -> Iterator[str]:
    """Every text that stands at Jira."""
    for pair in pairs.values():
        yield pair.issue.summary
        yield plain_text(pair.issue.description)
        yield from (plain_text(each.body) for each in pair.issue.comments)
