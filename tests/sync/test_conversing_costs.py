"""What creating an issue and carrying comments cost, in calls that the simulated Jira counts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from helpdesk_core.accounts.models import User
from helpdesk_core.channels import arriving, creations, looking, saving
from helpdesk_core.channels.asking import targets
from helpdesk_core.channels.creations import TicketCreated
from helpdesk_core.channels.models import Channel, Way
from helpdesk_core.channels.saving import Draft
from helpdesk_core.channels.work import register
from helpdesk_core.conversation.settings import Inward, choose
from helpdesk_core.conversation.wishes import CommentChanged, want_reading
from helpdesk_core.sync.models import Link, LinkState
from helpdesk_core.tickets import service as tickets
from helpdesk_core.tickets.models import Comment, Visibility
from tests.sync.stand import DANA, IN_PROGRESS, PROJECT, SITE, Stand

TASK = "10001"


@pytest.fixture
def talking(stand, jobs, work) -> Stand:
    """A stand whose conversations are carried both ways, as internal notes."""
    register(work, stand.host)
    with stand.host.database.write() as session:
        choose(session, stand.connection_id, outward=True, inward=Inward.NOTES, now=stand.host.now())
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


# ── by rule ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def ruled(clock, talking, jobs):
    """Return a function that adds a channel for tasks and lets it begin."""

    def add(*, creates: Way, status: Way = Way.BOTH, comments: Way = Way.BOTH) -> Stand:
        with talking.host.database.read() as session:
            task = next(each for each in targets(session, talking.connection_id) if each.kind.id == TASK)
        draft = Draft(name="Tasks", where=task, creates=creates, status=status, comments=comments, public=False)
        clock.time = datetime.now(UTC)  # as at Jira: what was there before a channel is none of its business
        saving.add(talking.host, talking.connection_id, draft, by="Dana")
        jobs.run_all()
        talking.calls()
        return talking

    return add


def add_ticket(stand: Stand, status: str = "open") -> int:
    """Let a person add a ticket, as the page does."""
    with stand.host.database.write() as session:
        made = tickets.create_ticket(
            session,
            title="It",
            body="",
            requester_name="Rae",
            status=status,
            by="Kim",
            now=stand.host.now(),
            observers=(TicketCreated(stand.host.jobs),),
        )
        return made.id


def arrive(stand: Stand, *comments: str) -> str:
    """Let a person create an issue and comment on it, and a delivery tell of the issue."""
    key = stand.simulator.control.create_issue(SITE, PROJECT, "Task", "It hums", DANA)
    for text in comments:
        stand.simulator.control.comment(SITE, key, DANA, text)
    with stand.host.database.write() as session:
        arriving.heard(stand.host.jobs, session, stand.connection_id, [stand.issue(key).id], now=stand.host.now())
    return key


def only_link(stand: Stand) -> Link:
    """Return the one link that there is."""
    with stand.host.database.read() as session:
        return session.scalars(select(Link)).one()


def test_a_channel_creates_shows_and_reads_the_first_status_in_a_call_each(ruled, jobs):
    stand = ruled(creates=Way.BOTH)
    ticket = add_ticket(stand)
    jobs.run_all()
    assert stand.calls() == {"createIssue": 1, "createOrUpdateRemoteIssueLink": 1, "getIssue": 1}
    assert (only_link(stand).ticket_id, only_link(stand).state) == (ticket, LinkState.IN_STEP)


def test_an_issue_of_ours_that_a_delivery_tells_of_costs_nothing_more(ruled, jobs):
    stand = ruled(creates=Way.BOTH)
    add_ticket(stand)
    jobs.run_all()
    stand.calls()
    with stand.host.database.write() as session:
        assert not arriving.heard(jobs, session, stand.connection_id, [only_link(stand).issue_id], now=stand.host.now())
    jobs.run_all()
    assert stand.calls() == {}


@pytest.mark.parametrize(
    ("creates", "comments", "calls"),
    [
        (Way.IN, Way.NOT, {"getIssue": 1}),
        (Way.IN, Way.IN, {"getIssue": 1, "getComments": 1}),
        (Way.BOTH, Way.NOT, {"getIssue": 1, "createOrUpdateRemoteIssueLink": 1}),
        (Way.BOTH, Way.BOTH, {"getIssue": 1, "getComments": 1, "createOrUpdateRemoteIssueLink": 1}),
    ],
)
def test_an_issue_that_arrives_is_one_call_and_its_comments_another(ruled, jobs, creates, comments, calls):
    status = Way.IN if creates is Way.IN else Way.BOTH
    stand = ruled(creates=creates, status=status, comments=comments)
    key = arrive(stand, "Since today.")
    jobs.run_all()
    assert stand.calls() == calls
    assert (only_link(stand).issue_key, only_link(stand).state) == (key, LinkState.IN_STEP)
    with stand.host.database.read() as session:
        said = [row.body for row in session.scalars(select(Comment))]
    assert said == (["Since today."] if comments.inward else [])


def test_looking_for_new_issues_is_one_call_however_many_there_are(ruled, jobs):
    stand = ruled(creates=Way.IN)
    key = stand.simulator.control.create_issue(SITE, PROJECT, "Task", "It hums", DANA)
    with stand.host.database.write() as session:
        session.scalars(select(Channel)).one().looked_at = None
    looking.watch(stand.host)
    jobs.run_all()
    assert stand.calls()["searchAndReconsileIssuesUsingJqlPost"] == 1
    assert only_link(stand).issue_key == key


def test_a_channel_all_inward_writes_nothing_whatever_happens_here(ruled, jobs):
    stand = ruled(creates=Way.IN, status=Way.IN, comments=Way.IN)
    add_ticket(stand)
    key = arrive(stand)
    jobs.run_all()
    link = only_link(stand)
    say(stand, link.ticket_id, "We look into it.")
    stand.change(link.ticket_id, "done")
    jobs.run_all()
    stand.move(key, IN_PROGRESS)
    stand.want(link.id)
    hear(stand, key)
    jobs.run_all()
    assert stand.calls().keys() <= {"getIssue", "getComments"}
    assert stand.status_of(link.ticket_id) == "in_progress"
    assert stand.issue(key).comments == []
