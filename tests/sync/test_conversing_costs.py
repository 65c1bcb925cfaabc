"""What creating an issue and carrying comments cost, in calls that the simulated Jira counts."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from helpdesk_core.accounts.models import User
from helpdesk_core.channels import creations
from helpdesk_core.channels.work import register
from helpdesk_core.conversation.settings import Inward, choose
from helpdesk_core.conversation.wishes import CommentChanged, want_reading
from helpdesk_core.sync.models import Link, LinkState
from helpdesk_core.tickets import service as tickets
from helpdesk_core.tickets.models import Comment, Visibility
from tests.sync.stand import DANA, SITE, Stand

TASK = "10001"


@pytest.fixture
def talking(stand, jobs, work) -> Stand:
    """A stand whose conversations are carried both ways, as internal notes."""
    register(work, stand.host)
    with stand.host.database.write() as session:
        choose(session, stand.connection_id, outward=True, inward=Inward.NOTES)
    return stand


def create(stand: Stand, ticket: int) -> None:
    """Want an issue for a ticket, in the project of issue SUP-2."""
    with stand.host.database.write() as session:
        creations.ask_for_issue(
            stand.host,
            session,
            tickets.get_ticket(session, ticket),
            connection_id=stand.connection_id,
            project_id=stand.simulator.state.site(SITE).project_of(stand.issue("SUP-2")).id,
            kind_id=TASK,
            values=(),
            by="Kim",
        )


def say(stand: Stand, ticket: int, text: str) -> None:
    """Let a person reply on a ticket."""
    with stand.host.database.write() as session:
        tickets.add_comment(
            session,
            tickets.get_ticket(session, ticket),
            text,
            visibility=Visibility.PUBLIC,
            by=session.scalars(select(User)).one(),
            now=stand.host.now(),
            observers=(CommentChanged(stand.host.jobs),),
        )


def hear(stand: Stand, key: str) -> None:
    """Hear that something was said on an issue."""
    with stand.host.database.write() as session:
        want_reading(stand.host.jobs, session, stand.connection_id, [stand.issue(key).id])


def test_creating_is_one_call_reading_the_first_status_one_more_and_showing_the_ticket_a_third(talking, jobs):
    create(talking, talking.ticket())
    jobs.run_all()
    calls = talking.calls()
    assert {name: calls[name] for name in ("createIssue", "getIssue", "createOrUpdateRemoteIssueLink")} == {
        "createIssue": 1,
        "getIssue": 1,
        "createOrUpdateRemoteIssueLink": 1,
    }
    with talking.host.database.read() as session:
        assert session.scalars(select(Link)).one().state == LinkState.IN_STEP


def test_a_lost_answer_of_jira_makes_no_second_issue(talking, jobs, monkeypatch):
    talking.simulator.control.fault("createIssue", "lose-answer")
    before = len(talking.simulator.state.site(SITE).issues)
    create(talking, talking.ticket())
    for _ in range(3):
        jobs.run_all()
        jobs.wake()
    assert len(talking.simulator.state.site(SITE).issues) == before + 1
    assert talking.calls()["createIssue"] == 1


def test_a_comment_is_one_call_each_way(talking, jobs):
    ticket = talking.ticket()
    talking.link(ticket, "SUP-2")
    jobs.run_all()
    talking.calls()
    say(talking, ticket, "We look **into** it.")
    jobs.run_all()
    assert talking.calls() == {"addComment": 1}
    talking.simulator.control.comment(SITE, "SUP-2", DANA, "Mended tonight.")
    hear(talking, "SUP-2")
    jobs.run_all()
    assert talking.calls() == {"getComments": 1}
    with talking.host.database.read() as session:
        said = [(row.body, row.source, str(row.visibility)) for row in session.scalars(select(Comment))]
    assert said == [("We look **into** it.", "", "public"), ("Mended tonight.", "jira", "internal")]


def test_a_lost_answer_of_jira_makes_no_second_comment(talking, jobs):
    ticket = talking.ticket()
    talking.link(ticket, "SUP-2")
    jobs.run_all()
    talking.simulator.control.fault("addComment", "lose-answer")
    say(talking, ticket, "Once.")
    for _ in range(3):
        jobs.run_all()
        jobs.wake()
    assert len(talking.issue("SUP-2").comments) == 1
