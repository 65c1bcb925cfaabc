"""The page on which an admin says how a connection is kept in step, and pauses it."""

from __future__ import annotations

import pytest

from helpdesk_core.connections.models import Connection
from helpdesk_core.errors import Refused
from helpdesk_core.sync import pausing
from helpdesk_core.sync.links import policy_of
from helpdesk_core.sync.merge import Winner

PAGE = "/settings/integrations/fake/1/sync"


def test_who_is_followed_is_chosen_and_kept(host, connected, signed_in, admin):
    client = signed_in(admin)
    page = client.get(PAGE).text
    assert "Ask the agent on the ticket" in page
    answer = client.post(PAGE, data={"winner": "remote", "inward": "y", "comments": "not"})
    assert answer.status_code == 302
    with host.database.read() as session:
        policy = policy_of(session, connected.id)
    assert (policy.winner, policy.inward, policy.outward, policy.may_reopen) == (Winner.REMOTE, True, False, False)


def test_a_choice_that_is_none_changes_nothing(host, connected, signed_in, admin):
    answer = signed_in(admin).post(PAGE, data={"winner": "everybody"})
    assert answer.status_code == 200
    assert "Not a valid choice" in answer.text
    with host.database.read() as session:
        assert policy_of(session, connected.id).winner is Winner.ASK


def test_a_pause_bears_a_name_and_resuming_says_what_waits(host, connected, signed_in, admin):
    client = signed_in(admin)
    assert "nothing is written" in client.post(f"{PAGE}/pause", follow_redirects=True).text
    page = client.get(PAGE).text
    assert "Paused by Dana Admin" in page
    assert "0 links and 0 deliveries" in page
    assert "has paused acme already" in client.post(f"{PAGE}/pause", follow_redirects=True).text
    assert "Paused" in client.get("/settings/integrations/fake/1").text
    assert "To be looked at now: 0 links" in client.post(f"{PAGE}/resume", follow_redirects=True).text
    with host.database.read() as session:
        assert session.get_one(Connection, connected.id).works


def test_what_is_not_paused_cannot_be_resumed(host, connected):
    with pytest.raises(Refused, match="is not paused"):
        pausing.resume(host, connected.id)


def test_agents_are_refused(connected, signed_in, agent):
    client = signed_in(agent)
    assert client.get(PAGE).status_code == 403
    assert client.post(f"{PAGE}/pause").status_code == 403
