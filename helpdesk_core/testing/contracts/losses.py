"""Lost answers: a call may have been carried out although nobody heard so. Nothing is done twice for that.

The helpdesk looks before it tries again: it reads the issue, or looks for its marker. A plugin's part is to say
`TemporarilyUnavailable`, to try nothing again by itself, and to make what was done findable.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import pytest

from helpdesk_core.errors import TemporarilyUnavailable
from helpdesk_core.testing.asking import outcome_of, questions_of, shows_tickets
from helpdesk_core.testing.contract import Contract, reads
from helpdesk_core.testing.desk import AUTHOR, Desk
from helpdesk_core.values import CommentsRequest, PostRequest, RecentRequest

WRITES_AT_MOST: Final = 5
MINUTES: Final = 5
EFFECTS: Final = frozenset(
    {"TicketGateway.hop", "IssueCreation.create", "Conversation.post", "Conversation.edit", "Conversation.withdraw"}
)


class LostAnswersContract(Contract):
    """Whichever answer is lost, what was asked for happens once."""

    @reads("TemporarilyUnavailable", "TicketGateway.hop")
    def test_losses_are_told_and_nothing_is_tried_again(self, desk: Desk) -> None:
        """A call whose answer is lost raises `TemporarilyUnavailable`; the plugin never sends it again by itself."""
        wrong = []
        for question in questions_of(desk.integration):
            if question.name not in EFFECTS:
                continue
            whole = _writes(desk, question.prepare(desk))
            asked = question.prepare(desk)
            before = desk.line.writes
            with desk.line.losing(1):
                outcome = outcome_of(asked)
            sent = desk.line.writes - before
            if desk.line.lost and not isinstance(outcome, TemporarilyUnavailable):
                wrong.append(f"{question.name}: {type(outcome).__name__}")
            if sent > whole:
                wrong.append(f"{question.name} sent {sent} calls that change something; it needs {whole}")
        assert wrong == [], "\n  ".join(["a lost answer must be TemporarilyUnavailable, and not sent again:", *wrong])

    @reads("TicketGateway.link_back")
    def test_losses_leave_one_link_back(self, desk: Desk) -> None:
        """A link back whose answer was lost is asked for again, and stands once."""
        if not shows_tickets(desk.integration):
            pytest.skip("The plugin shows no ticket on an issue.")
        for which in range(1, WRITES_AT_MOST):
            issue_id = desk.seed()
            asked = partial(desk.gateway.link_back, desk.link_back(issue_id))
            with desk.line.losing(which):
                outcome_of(asked)
            asked()
            assert desk.remote.back_links(issue_id) == 1, f"the answer to write {which} was lost"
            if not desk.line.lost:
                return

    @reads("Conversation.post", "RemoteComment")
    def test_losses_leave_one_comment(self, desk: Desk) -> None:
        """A comment whose answer was lost is found by its marker, or written again: it stands there once."""
        if desk.integration.conversation is None:
            pytest.skip("The plugin does not implement helpdesk_conversation.")
        for which in range(1, WRITES_AT_MOST):
            issue_id, marker = desk.seed(), f"m-lost-{which}"
            asked = PostRequest(
                connection=desk.connection, issue_id=issue_id, marker=marker, author=AUTHOR, body="On its way."
            )
            with desk.line.losing(which):
                outcome_of(partial(desk.conversation.post, asked))
            read = CommentsRequest(connection=desk.connection, issue_id=issue_id, own_only=True)
            if marker not in {each.marker for each in desk.conversation.read(read)}:
                desk.conversation.post(asked)
            seen = [text for text in desk.remote.comments(issue_id) if "On its way." in text]
            assert len(seen) == 1, f"the answer to write {which} was lost; the comment stands there {len(seen)} times"
            if not desk.line.lost:
                return

    @reads("IssueCreation.create", "IssueCreation.recent")
    def test_losses_leave_one_issue(self, desk: Desk) -> None:
        """An issue whose answer was lost is found by its marker, or created again: there is one."""
        if desk.integration.issue_creation is None:
            pytest.skip("The plugin does not implement helpdesk_issue_creation.")
        for which in range(1, WRITES_AT_MOST):
            title, marker = desk.name(), f"m-lost-{which}"
            asked = desk.create_request(title, marker)
            with desk.line.losing(which):
                outcome_of(partial(desk.creation.create, asked))
            desk.remote.settle()
            recent = RecentRequest(connection=desk.connection, project_id=desk.project.id, minutes=MINUTES)
            if marker not in {each.marker for each in desk.creation.recent(recent)}:
                desk.creation.create(asked)
            count = desk.remote.issues_titled(title)
            assert count == 1, f"the answer to write {which} was lost; there are {count} issues"
            if not desk.line.lost:
                return


def _writes(desk: Desk, asked: Callable[[], object]) -> int:
    """Count the calls that may change something, of one question that goes well."""
    before = desk.line.writes
    asked()
    return desk.line.writes - before
