"""One ticket, linked in Jira and Roundup: what is set in either reaches the other once, and trouble stays at home."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from tracker import BOT

from helpdesk_core.connections.models import Connection, ConnectionState
from helpdesk_core.sync import polling
from tests.sync.stand import ANALYSIS, OPEN, RESOLVED, REVIEW, WAITING, keys_of_more
from tests.two_trackers.both import Both

KEY = keys_of_more(1)[0]


@pytest.fixture
def pair(both: Both) -> tuple[int, str]:
    """A ticket with an issue in each, all of them open and in step."""
    pair = both.link(KEY)
    settle(both)
    assert where(both, *pair) == ("open", OPEN, "unread")
    return pair


def settle(both: Both) -> None:
    """Let the helpdesk hear of everything, more than once: what it did itself must not be news to it."""
    for _ in range(3):
        both.host.jobs.run_all()
        for connection_id in (both.jira.connection_id, both.roundup_id):
            polling.poll(both.host, connection_id)
    both.host.jobs.run_all()


def where(both: Both, ticket: int, issue_id: str) -> tuple[str, str, str]:
    """Return where ticket, Jira's issue and Roundup's issue are."""
    return both.jira.status_of(ticket), both.jira.issue(KEY).status_id, both.roundup.status_of(issue_id)


def moves(both: Both, issue_id: str) -> tuple[int, int]:
    """Count what the helpdesk moved in Jira and in Roundup."""
    there = (both.moves_in_jira(KEY), both.moves_in_roundup(issue_id))
    return tuple(sum(ours for _, ours, _ in each) for each in there)


def test_a_status_set_in_jira_reaches_roundup_once(both, pair):
    both.jira.move(KEY, RESOLVED)
    settle(both)
    assert where(both, *pair) == ("done", RESOLVED, "done-cbb")
    assert moves(both, pair[1]) == (0, 1)


def test_a_status_set_in_roundup_reaches_jira_once(both, pair):
    both.roundup.move_issue(pair[1], "need-eg")
    settle(both)
    assert where(both, *pair) == ("waiting", WAITING, "need-eg")
    jira = [status for _, ours, status in both.moves_in_jira(KEY) if ours]
    assert jira.count(WAITING) == 1, "it was brought there once"
    assert len(set(jira)) == len(jira), f"and no other status twice: {jira}"
    assert moves(both, pair[1])[1] == 0, "nothing came back"


def test_what_an_agent_sets_reaches_both_once(both, pair):
    both.jira.change(pair[0], "in_progress")
    settle(both)
    assert where(both, *pair) == ("in_progress", ANALYSIS, "in-progress")  # the nearest of Jira's three
    assert moves(both, pair[1]) == (1, 1)


def test_statuses_that_mean_the_same_move_nobody(both, pair):
    both.jira.move(KEY, REVIEW)
    settle(both)
    assert where(both, *pair)[0] == "in_progress"
    before = moves(both, pair[1])
    both.roundup.move_issue(pair[1], "testing")
    settle(both)
    assert where(both, *pair) == ("in_progress", REVIEW, "testing")
    assert moves(both, pair[1]) == before


def test_an_outage_of_jira_holds_up_nothing_in_roundup(both, pair, now):
    both.jira.simulator.control.fault("*", "503-html", times=500)
    both.roundup.move_issue(pair[1], "in-progress")
    settle(both)
    assert (where(both, *pair)[0], where(both, *pair)[2]) == ("in_progress", "in-progress")
    both.jira.change(pair[0], "waiting")
    settle(both)
    assert where(both, *pair) == ("waiting", OPEN, "need-eg")
    both.jira.simulator.control.clear_faults()
    now.ahead = timedelta(minutes=10)
    both.host.jobs.wake()
    settle(both)
    assert where(both, *pair) == ("waiting", WAITING, "need-eg")


def test_a_lost_authorization_at_roundup_holds_up_nothing_in_jira(both, pair):
    both.roundup.set_user(BOT, password="another-password")
    both.jira.move(KEY, RESOLVED)
    settle(both)
    assert where(both, *pair) == ("done", RESOLVED, "unread")
    states = {each.integration: each.state for each in connections(both)}
    assert states["jira"] == ConnectionState.CONNECTED
    assert states["roundup"] != ConnectionState.CONNECTED


def test_each_page_says_how_its_changes_are_heard(admin, both, signed_in):
    client = signed_in(admin)
    roundup = client.get(f"/settings/integrations/roundup/{both.roundup_id}/sync").text
    jira = client.get(f"/settings/integrations/jira/{both.jira.connection_id}/sync").text
    assert "it tells nobody of them, so the helpdesk asks for them" in roundup
    assert "Deliveries ordered until" not in roundup
    assert "Deliveries ordered until" in jira


def connections(both: Both) -> list[Connection]:
    with both.host.database.read() as session:
        return list(session.scalars(select(Connection)))
