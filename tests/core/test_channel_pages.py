"""Settings › Channels: an admin adds a channel, tries it, mends it and brings a backlog over."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select

from helpdesk_core.channels.arriving import heard
from helpdesk_core.channels.models import Channel, Creation, Way
from helpdesk_core.errors import Rejected, TemporarilyUnavailable
from helpdesk_core.sync.models import Link
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.values import FieldOption
from tests.core.test_creating import COMPONENT, ODD, OWNER, settle

NEW = "/settings/channels/new"
WHERE = "1/p-1/k-1"
BUGS = {
    "where": WHERE,
    "name": "Bugs",
    "creates": "both",
    "status": "both",
    "comments": "both",
    "public": "",
    "action": "save",
}


@pytest.fixture
def dana(signed_in, admin, world):
    """An admin's browser: `post` and `get` give the page that follows, as text."""
    client = signed_in(admin)

    class Browser:
        def get(self, path: str, **query: str) -> str:
            return unescape(client.get(path, query_string=query, follow_redirects=True).text)

        def post(self, path: str, **data: str) -> str:
            return unescape(client.post(path, data=data, follow_redirects=True).text)

    return Browser()


def channels(host) -> list[Channel]:
    with host.database.read() as session:
        return list(session.scalars(select(Channel).order_by(Channel.id)))


def add_ticket(dana, title="It burns", **more: str) -> int:
    page = dana.post("/tickets/new", title=title, requester_name="Rae", assignee="", **more)
    return int(re.search(r"Ticket (\d+) is added", page)[1])


def test_without_a_project_in_use_the_page_says_what_to_do(signed_in, admin):
    page = signed_in(admin).get("/settings/channels").text
    assert "Connect one and choose its projects" in page
    assert NEW not in page


def test_a_channel_is_added_and_new_tickets_get_issues(host, dana, creation, gateway):
    assert "P-1 One · Bug" in dana.get(NEW)
    page = dana.get(NEW, where=WHERE)
    assert 'name="name"' in page
    page = dana.post(NEW, **BUGS)
    assert "“Bugs” is on" in page
    assert "Tickets become issues, and issues become tickets." in page
    number = add_ticket(dana)
    host.jobs.run_all()
    (made,) = creation.made
    assert (made.title, made.kind_id) == ("It burns", "k-1")
    with host.database.read() as session:
        assert session.get_one(Ticket, number).channel_id == channels(host)[0].id
        assert session.scalars(select(Link)).one().ticket_id == number
    assert "P-1-1000" in dana.get(f"/tickets/{number}")


def test_it_cannot_be_saved_with_a_demanded_value_missing(host, dana, creation):
    creation.demands = (COMPONENT,)
    page = dana.post(NEW, **BUGS)
    assert "Component is demanded. Choose a value." in page
    assert channels(host) == []
    dana.post(NEW, **BUGS, **{"field-components": "c-2"})
    (channel,) = channels(host)
    assert channel.values[0]["value"] == "c-2"
    page = dana.get(f"/settings/channels/{channel.id}")
    assert re.search(r'<option selected value="c-2">Mobile', page)


def test_a_channel_that_only_makes_tickets_demands_nothing(host, dana, creation):
    creation.demands = (COMPONENT, ODD)
    assert "demands what cannot be filled in from here: Odd thing" in dana.get(NEW, where=WHERE)
    assert "“Bugs” is on" in dana.post(NEW, **{**BUGS, "creates": "in"})
    assert channels(host)[0].creates is Way.IN


def test_what_cannot_be_met_or_read_is_not_saved(host, dana, creation, monkeypatch):
    creation.demands = (ODD,)
    assert "Odd thing" in dana.post(NEW, **BUGS)

    def away(*_):
        raise TemporarilyUnavailable("Fake did not answer.")

    monkeypatch.setattr(creation, "fields", away)
    assert "data-problem" in dana.post(NEW, **BUGS)
    assert channels(host) == []


def test_people_are_looked_for_without_losing_what_was_entered(host, dana, creation):
    creation.demands, creation.people = (OWNER,), (FieldOption(id="u-1", name="Ina"), FieldOption(id="u-2", name="Ole"))
    found = dana.post(NEW, **{**BUGS, "name": "Half a name", "action": "find", "search-owner": "in"})
    assert 'value="Half a name"' in found
    assert "Ina" in found
    assert "Ole" not in found
    assert channels(host) == []
    dana.post(NEW, **BUGS, **{"search-owner": "in", "field-owner": "u-1"})
    (channel,) = channels(host)
    creation.people = ()
    assert re.search(r'<option selected value="u-1">Ina', dana.get(f"/settings/channels/{channel.id}"))


def test_a_test_ticket_is_created_and_deleted_and_nothing_is_saved(host, dana, creation, gateway):
    page = dana.post(NEW, **{**BUGS, "action": "test"})
    assert "P-1-1000 was created. It is deleted again. Nothing is saved yet." in page
    assert 'value="Bugs"' in page
    assert (gateway.issues, channels(host)) == ({}, [])
    creation.refusal = Rejected("Component is required.", cure="Say which.", code="field_required")
    assert "No issue was created. Component is required. Say which." in dana.post(NEW, **{**BUGS, "action": "test"})


def test_a_second_channel_for_the_same_issues_is_refused(host, dana):
    dana.post(NEW, **BUGS)
    page = dana.post(NEW, **{**BUGS, "name": "Again"})
    assert "The channel “Bugs” makes tickets of these issues already" in page
    assert len(channels(host)) == 1


def test_a_field_that_becomes_required_raises_an_attention_item_while_work_waits(host, dana, creation, clock):
    dana.post(NEW, **BUGS)
    creation.refusal = Rejected("Component is required.", cure="Say which component.", code="field_required")
    creation.demands = (COMPONENT,)
    numbers = [add_ticket(dana, title=f"Ticket {number}") for number in range(3)]
    host.jobs.run_all()
    assert creation.calls["create"] == 1, "the others wait without a call"
    page = dana.get("/settings/channels")
    for words in ("Needs attention", "Component is required.", "Say which component.", "3 tickets wait"):
        assert words in page
    assert "Needs attention" in dana.get("/settings/integrations")
    assert all("Mend the channel" in dana.get(f"/tickets/{number}") for number in numbers)
    assert "Fill in what is demanded and save" in dana.get("/settings/channels/1")
    creation.refusal = None
    assert "3 waiting tickets get their issues now" in dana.post(
        "/settings/channels/1", **BUGS, **{"field-components": "c-1"}
    )
    settle(host, clock, rounds=3)
    assert sorted(made.title for made in creation.made) == ["Ticket 0", "Ticket 1", "Ticket 2"]
    assert {made.fields[0].value for made in creation.made} == {"c-1"}
    assert "Needs attention" not in dana.get("/settings/integrations")


def test_switching_off_and_on_and_deleting(host, dana, creation):
    dana.post(NEW, **BUGS)
    assert "It is off" in dana.post("/settings/channels/1/switch", on="no")
    add_ticket(dana)
    host.jobs.run_all()
    assert creation.made == []
    assert "It is on: what is created from now on is touched." in dana.post("/settings/channels/1/switch", on="yes")
    assert "The channel is deleted." in dana.post("/settings/channels/1/delete")
    assert channels(host) == []


def test_agents_choose_the_channel_where_there_is_a_choice(host, dana, creation):
    dana.post(NEW, **BUGS)
    assert "Channel" not in re.findall(r"<label[^>]*>([^<]+)</label>", dana.get("/tickets/new"))
    dana.post(NEW, **{**BUGS, "name": "Bugs of others", "creates": "out"})
    assert "Bugs of others" in dana.get("/tickets/new")
    number = add_ticket(dana, channel="2")
    host.jobs.run_all()
    with host.database.read() as session:
        assert session.get_one(Ticket, number).channel_id == 2
        assert session.scalars(select(Creation)).one().channel_id == 2


def test_a_backlog_is_counted_brought_over_and_shown_with_progress(host, dana, creation, clock):
    for title in ("Old 1", "Old 2"):
        add_ticket(dana, title=title)
    creation.bear("7")
    creation.bear("8", status="done")
    clock.advance(seconds=1)
    dana.post(NEW, **BUGS)
    host.jobs.run_all()
    assert creation.made == []
    page = dana.get("/settings/channels/1/backlog")
    assert "2 tickets are not solved and have no issue there." in page
    assert "1 issue is not done and without a ticket." in dana.post("/settings/channels/1/backlog/count")
    assert "2 are brought over" in dana.post("/settings/channels/1/backlog/begin", way="out")
    dana.post("/settings/channels/1/backlog/begin", way="in")
    settle(host, clock, rounds=4)
    assert sorted(made.title for made in creation.made) == ["Old 1", "Old 2"]
    page = dana.get("/settings/channels/1/backlog")
    assert "2 of 2 tickets" in page
    assert "1 of 1 issues" in page
    with host.database.read() as session:
        assert session.scalars(select(Ticket.title).order_by(Ticket.id)).all() == ["Old 1", "Old 2", "Issue 7"]


def test_the_values_of_the_channel_are_offered_when_an_issue_is_created_by_hand(host, dana, creation):
    creation.demands = (COMPONENT,)
    dana.post(NEW, **{**BUGS, "creates": "not"}, **{"field-components": "c-2"})
    number = add_ticket(dana)
    assert re.search(r'<option selected value="c-2">', dana.get(f"/tickets/{number}/create/1", where="p-1/k-1"))
    dana.post(f"/tickets/{number}/create/1", where="p-1/k-1", **{"field-components": "c-1"})
    host.jobs.run_all()
    assert creation.made[0].fields[0].value == "c-1"
    with host.database.read() as session:
        assert session.get_one(Ticket, number).channel_id == 1


@pytest.mark.parametrize("path", ["/settings/channels", NEW, "/settings/channels/1", "/settings/channels/1/backlog"])
def test_only_admins_see_channels(signed_in, agent, path):
    assert signed_in(agent).get(path).status_code == 403


@pytest.mark.parametrize("path", ["/settings/channels/9", "/settings/channels/9/backlog"])
def test_a_channel_that_is_gone_is_not_found(signed_in, admin, path):
    assert signed_in(admin).get(path).status_code == 404


def test_an_arrival_whose_job_a_fault_of_ours_has_ended_is_taken_up_again(host, dana, creation, clock, monkeypatch):
    dana.post(NEW, **BUGS)
    host.jobs.run_all()
    clock.advance(minutes=1)
    creation.bear("7")
    with monkeypatch.context() as patch:
        patch.setattr(host.jobs._work, "perform", lambda _job: None)  # each job ends, and nothing is done
        with host.database.write() as session:
            heard(host.jobs, session, 1, ["7"], now=clock())
        host.jobs.run_all()
    assert "Issue 7" not in dana.get("/tickets")
    for _ in range(2):
        host.jobs.tick("channels.sweep")
        host.jobs.run_all()
    assert dana.get("/tickets").count("Issue 7") == 1
