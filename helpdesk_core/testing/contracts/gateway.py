"""The ticket gateway: issues as they are, and one move at a time."""

from __future__ import annotations

from typing import Final

import pytest

from helpdesk_core.testing.asking import refusal_of, shows_tickets
from helpdesk_core.testing.connected import is_safe
from helpdesk_core.testing.contract import Contract, reads
from helpdesk_core.testing.desk import Desk
from helpdesk_core.values import ChangedRequest, FindRequest, HopRequest, Issue, Transition

MANY: Final = 12
MORE_THAN_A_PAGE: Final = 25
FOUND_AT_MOST: Final = 20
MINUTES: Final = 5
NONSENSE: Final = (
    "",
    " ",
    "zzz-no-such-issue-9f3",
    '") OR 1=1 --',
    "%_\\*?",
    "🜚",
    "x" * 500,
    "https://elsewhere.test/a?b=c",
)
MEANINGLESS: Final = ("", " ", "zzz-no-such-issue-9f3")
"""Of those, what fits no issue in any way of searching."""
DEPTH: Final = 5
"""How many moves away a transition with a demanding screen is looked for."""


class TicketGatewayContract(Contract):
    """What is told of issues is fresh and whole, and a move is taken once or refused by name."""

    hook = "helpdesk_ticket_gateway"

    # ── reading ──

    @reads("TicketGateway.fetch", "Issue")
    def test_gateway_fetch_tells_an_issue(self, desk: Desk) -> None:
        """`fetch` tells id, key, title, address, project, kind and status of an issue as they are there."""
        title = desk.name()
        issue_id = desk.seed(title)
        (issue,) = desk.fetch(issue_id)
        assert (issue.id, issue.title) == (issue_id, title)
        assert issue.status_id == desk.remote.status_of(issue_id)
        assert issue.project_id == desk.project.id
        assert issue.kind_id in {kind.id for kind in desk.detail.kinds}, f"{issue.kind_id} is no kind of the project"
        assert issue.key.strip(), "the issue has no key that people know"
        assert is_safe(issue.url), f"an agent would be led to {issue.url!r}"

    @reads("TicketGateway.fetch")
    def test_gateway_fetch_is_fresh(self, desk: Desk) -> None:
        """`fetch` tells what an issue is now, not what a search index has heard of it."""
        issue_id = desk.seed()
        there = desk.a_move(issue_id).to_id
        desk.remote.move_issue(issue_id, there)
        assert [each.status_id for each in desk.fetch(issue_id)] == [there]

    @reads("TicketGateway.fetch")
    def test_gateway_fetch_leaves_out_what_is_gone(self, desk: Desk) -> None:
        """An issue that is deleted is missing from the answer; the others are there."""
        kept, gone = desk.seed(), desk.seed()
        desk.remote.delete_issue(gone)
        assert [each.id for each in desk.fetch(gone, kept)] == [kept]

    @reads("TicketGateway.fetch")
    def test_gateway_fetch_asks_for_many_at_once(self, desk: Desk) -> None:
        """Many issues are read in few calls: a helpdesk with a thousand links is compared each hour."""
        wanted = [desk.seed() for _ in range(MANY)]
        _ = desk.connection
        before = len(desk.line.sent)
        assert sorted(each.id for each in desk.fetch(*wanted)) == sorted(wanted)
        calls = len(desk.line.sent) - before
        assert calls <= MANY // 2, f"{MANY} issues took {calls} calls"

    @reads("TicketGateway.fetch")
    def test_gateway_fetch_of_nothing_asks_nobody(self, desk: Desk) -> None:
        """No ids, no issues, and no call."""
        _ = desk.connection
        before = len(desk.line.sent)
        assert desk.fetch() == ()
        assert len(desk.line.sent) == before, "a call was made to read nothing"

    # ── open ──

    @reads("TicketGateway.open", "OpenIssue")
    def test_gateway_open_tells_issue_and_moves(self, desk: Desk) -> None:
        """`open` tells the issue as `fetch` does, and transitions with unique ids into statuses of the project."""
        issue_id = desk.seed()
        told = desk.open(issue_id)
        assert (told.issue,) == desk.fetch(issue_id)
        assert told.transitions, "nothing is open to a fresh issue"
        ids = [each.id for each in told.transitions]
        assert len(set(ids)) == len(ids), f"two transitions have one id: {ids}"
        known = {each.id for each in desk.detail.statuses}
        strange = {each.to_id for each in told.transitions} - known
        assert strange == set(), f"transitions lead to statuses that the project does not have: {strange}"

    @reads("TicketGateway.open")
    def test_gateway_open_of_what_is_gone_is_refused(self, desk: Desk) -> None:
        """`open` of a deleted issue is `Rejected` with the code `gone`: the helpdesk stops the link by that name."""
        issue_id = desk.seed()
        desk.remote.delete_issue(issue_id)
        assert refusal_of(lambda: desk.open(issue_id)) == "gone"

    # ── hop ──

    @reads("TicketGateway.hop")
    def test_gateway_hop_takes_the_transition(self, desk: Desk) -> None:
        """`hop` takes the transition: the issue has its status afterwards."""
        issue_id = desk.seed()
        move = desk.a_move(issue_id)
        _hop(desk, issue_id, move)
        assert desk.remote.status_of(issue_id) == move.to_id

    @reads("TicketGateway.hop")
    def test_gateway_hop_that_is_not_open_any_more_is_stale(self, desk: Desk) -> None:
        """A transition that was open a moment ago and is not now is `Rejected` with the code `stale`.

        The helpdesk then looks again and plans anew. A move that is still open may simply be taken.
        """
        issue_id = desk.seed()
        move = desk.a_move(issue_id)
        desk.remote.move_issue(issue_id, move.to_id)
        refused = refusal_of(lambda: _hop(desk, issue_id, move))
        assert refused in {"", "stale"}, f"the code must be stale, not {refused}"
        assert desk.remote.status_of(issue_id) == move.to_id

    @reads("TicketGateway.hop", "TransitionField")
    def test_gateway_hop_without_a_demanded_field_is_refused(self, desk: Desk) -> None:
        """Without a field that is `required` a transition is `Rejected` with the code `field_required`."""
        issue_id, demanding = _find_demanding(desk)
        if demanding is None:
            pytest.skip("No transition within reach demands a field.")
        before = desk.remote.status_of(issue_id)
        assert refusal_of(lambda: _hop(desk, issue_id, demanding, fill=False)) == "field_required"
        assert desk.remote.status_of(issue_id) == before, "it was refused, and moved"

    @reads("TicketGateway.hop", "TransitionField")
    def test_gateway_hop_with_its_fields_is_taken(self, desk: Desk) -> None:
        """With the fields that `open` names, filled in by an option's id or a text, the transition is taken."""
        issue_id, demanding = _find_demanding(desk)
        if demanding is None:
            pytest.skip("No transition within reach demands a field.")
        _hop(desk, issue_id, demanding)
        assert desk.remote.status_of(issue_id) == demanding.to_id

    @reads("TicketGateway.hop")
    def test_gateway_hop_of_what_is_gone_is_refused(self, desk: Desk) -> None:
        """Moving a deleted issue is `Rejected` with the code `gone`."""
        issue_id = desk.seed()
        move = desk.a_move(issue_id)
        desk.remote.delete_issue(issue_id)
        assert refusal_of(lambda: _hop(desk, issue_id, move)) == "gone"

    # ── find and changed ──

    @reads("TicketGateway.find")
    def test_gateway_find_knows_key_and_address(self, desk: Desk) -> None:
        """An agent who types a key or pastes an address finds that issue first."""
        (issue,) = desk.fetch(desk.seed())
        desk.remote.settle()
        for text in (issue.key, f"  {issue.key} ", issue.url):
            found = _find(desk, text)
            assert found, f"nothing is found for {text!r}"
            assert found[0].id == issue.id, f"{found[0].key} comes first for {text!r}"

    @reads("TicketGateway.find")
    def test_gateway_find_knows_words_of_the_title(self, desk: Desk) -> None:
        """Words of a title find the issue."""
        title = desk.name("Marmalade")
        issue_id = desk.seed(title)
        desk.remote.settle()
        assert issue_id in {each.id for each in _find(desk, title)}

    @reads("TicketGateway.find")
    def test_gateway_find_of_nonsense_is_no_error(self, desk: Desk) -> None:
        """Whatever an agent types is no error: text that means nothing finds nothing."""
        desk.seed()
        desk.remote.settle()
        for text in NONSENSE:
            assert len(_find(desk, text)) <= FOUND_AT_MOST, f"too many are found for {text!r}"
        for text in MEANINGLESS:
            assert _find(desk, text) == (), f"something is found for {text!r}"

    @reads("TicketGateway.find", "TicketGateway.changed")
    def test_gateway_find_is_short_and_changed_is_whole(self, desk: Desk) -> None:
        """`find` gives at most twenty; `changed` names every issue that changed, to the last page."""
        word = f"harvest{desk.name('').split()[-1]}"
        seeded = {desk.seed(f"{word} {number}") for number in range(MORE_THAN_A_PAGE)}
        desk.remote.settle()
        assert len(_find(desk, word)) <= FOUND_AT_MOST, "more than twenty are found"
        missing = seeded - set(_changed(desk, desk.project.id))
        assert missing == set(), f"changed does not name {len(missing)} of {len(seeded)} new issues"

    @reads("TicketGateway.changed")
    def test_gateway_changed_names_what_was_moved(self, desk: Desk) -> None:
        """An issue that somebody moved is named, however old it is."""
        issue_id = desk.seed()
        desk.remote.move_issue(issue_id, desk.a_move(issue_id).to_id)
        desk.remote.settle()
        assert issue_id in _changed(desk, desk.project.id)

    @reads("TicketGateway.changed")
    def test_gateway_changed_asks_for_these_projects_only(self, desk: Desk) -> None:
        """Issues of projects that were not asked for are not named; they may be nobody's business."""
        issue_id = desk.seed()
        others = tuple(each.id for each in desk.vocabulary.projects if each.key != desk.remote.project_key)
        desk.remote.settle()
        assert issue_id not in _changed(desk, *others[:1])

    # ── link back ──

    @reads("TicketGateway.link_back")
    def test_gateway_link_back_stands_once(self, desk: Desk) -> None:
        """However often a ticket is shown on its issue, it stands there once."""
        if not shows_tickets(desk.integration):
            pytest.skip("It shows no ticket on an issue.")
        issue_id = desk.seed()
        for title, solved in (("Printer", False), ("Printer", False), ("The printer hums", True)):
            desk.gateway.link_back(desk.link_back(issue_id, title, solved=solved))
        assert desk.remote.back_links(issue_id) == 1


def _find(desk: Desk, text: str) -> tuple[Issue, ...]:
    return desk.gateway.find(FindRequest(connection=desk.connection, text=text))


def _changed(desk: Desk, *project_ids: str) -> tuple[str, ...]:
    asked = ChangedRequest(connection=desk.connection, project_ids=project_ids, minutes=MINUTES)
    return desk.gateway.changed(asked)


def _hop(desk: Desk, issue_id: str, transition: Transition, *, fill: bool = True) -> None:
    fields = desk.fill(transition.required) if fill else {}
    desk.gateway.hop(HopRequest(connection=desk.connection, issue_id=issue_id, transition=transition, fields=fields))


def _find_demanding(desk: Desk) -> tuple[str, Transition | None]:
    """Walk an issue through its workflow until a transition demands a field."""
    issue_id, seen = desk.seed(), set[str]()
    for _ in range(DEPTH):
        told = desk.open(issue_id)
        seen.add(told.issue.status_id)
        if demanding := next((each for each in told.transitions if each.required), None):
            return issue_id, demanding
        onward = [each for each in told.transitions if each.to_id not in seen]
        if not onward:
            break
        _hop(desk, issue_id, onward[0])
    return issue_id, None
