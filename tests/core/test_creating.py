"""A ticket gets its issue once, whatever answers are lost; an agent asks for it and sees what becomes of it."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from helpdesk_core.channels import creating, creations
from helpdesk_core.channels.creating import SETTLING
from helpdesk_core.channels.models import Creation, CreationState
from helpdesk_core.errors import AuthorizationLost, NotFound, Refused, Rejected, TemporarilyUnavailable
from helpdesk_core.mapping.models import ProjectInUse
from helpdesk_core.sync.models import Hold, Link, LinkState
from helpdesk_core.tickets.service import create_ticket, get_ticket
from helpdesk_core.values import CreateField, FieldOption, FieldValue
from tests.core.linking_world import change_connection

COMPONENT = CreateField(
    id="components",
    name="Component",
    required=True,
    options=(FieldOption(id="c-1", name="Web"), FieldOption(id="c-2", name="Mobile")),
    shape="array",
)
OWNER = CreateField(id="owner", name="Owner", required=True, searchable=True, shape="user")
NOTE = CreateField(id="note", name="Note", shape="text")
ODD = CreateField(id="odd", name="Odd thing", required=True)


@pytest.fixture
def acme(world) -> int:
    return world.acme


@pytest.fixture
def ticket(host) -> int:
    with host.database.write() as session:
        made = create_ticket(session, title="It burns", body="Help!", requester_name="Rae", by="Kim", now=host.now())
        return made.id


@pytest.fixture
def ask(host, acme, ticket):
    """Return a function that wants an issue for the ticket."""

    def ask(*values: FieldValue) -> int:
        with host.database.write() as session:
            return creations.ask_for_issue(
                host,
                session,
                get_ticket(session, ticket),
                connection_id=acme,
                project_id="p-1",
                kind_id="k-1",
                values=values,
                by="Kim",
            ).id

    return ask


def row(host, id_) -> Creation | None:
    with host.database.read() as session:
        return session.get(Creation, id_)


def links(host) -> list[Link]:
    with host.database.read() as session:
        return list(session.scalars(select(Link)))


def raising(error):
    """Return a method that raises."""

    def method(_request):
        raise error

    return method


def settle(host, clock, rounds=20) -> None:
    """Let time pass and jobs run until nothing is left to do."""
    for _ in range(rounds):
        host.jobs.run_all()
        clock.advance(seconds=5)
        host.jobs.wake()
    host.jobs.run_all()


# ── once ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_ticket_gets_an_issue_that_is_linked_shown_and_in_step(host, ask, creation, gateway):
    id_ = ask(FieldValue(field=NOTE, value="now"))
    assert creation.calls == {}, "a job does it"
    host.jobs.run_all()
    (link,) = links(host)
    assert (link.issue_key, link.state) == ("P-1-1000", LinkState.IN_STEP)
    assert row(host, id_).state == CreationState.DONE
    (sent,) = creation.made
    assert (sent.title, sent.body, sent.author, sent.kind_id) == ("It burns", "Help!", "Rae", "k-1")
    assert sent.fields == (FieldValue(field=NOTE, value="now"),)
    assert [shown.ticket_title for shown in gateway.shown] == ["It burns"]
    assert creation.calls + gateway.calls == {"create": 1, "open": 1, "link_back": 1}


def test_the_issue_follows_where_the_ticket_is_further_already(host, ask, ticket, gateway):
    gateway.statuses |= {"todo", "doing"}
    with host.database.write() as session:
        get_ticket(session, ticket).status = "in_progress"
    ask()
    host.jobs.run_all()
    assert gateway.issues["1000"].status_id == "doing"


@pytest.mark.parametrize("lag", [0, 3, 25])
def test_a_lost_answer_makes_no_second_issue(host, clock, ask, creation, lag):
    creation.lose_answers, creation.lag = 1, timedelta(seconds=lag)
    ask()
    settle(host, clock)
    assert len(creation.made) == 1
    assert [link.issue_id for link in links(host)] == ["1000"]


def test_a_lost_request_is_made_again_after_the_settling_time(host, clock, ask, creation):
    creation.lose_requests = 1
    ask()
    host.jobs.run_all()
    clock.advance(seconds=SETTLING.total_seconds() - 1)
    host.jobs.wake()
    host.jobs.run_all()
    assert creation.calls["create"] == 1
    settle(host, clock)
    assert creation.calls["create"] == 2
    assert len(links(host)) == 1


@pytest.mark.parametrize("method", ["create", "open", "recent"])
def test_killed_anywhere_it_goes_on_and_makes_one_issue(host, clock, ask, creation, gateway, monkeypatch, method):
    class Killed(BaseException):
        pass

    victim = gateway if method == "open" else creation
    creation.lose_answers = 1 if method == "recent" else 0
    real = getattr(victim, method)
    deaths = iter([True])

    def dying(request):
        answer = real(request)
        if next(deaths, False):
            raise Killed
        return answer

    monkeypatch.setattr(victim, method, dying)
    ask()
    for _ in range(3):
        try:
            settle(host, clock)
        except Killed:
            continue
    settle(host, clock)
    assert len(creation.made) == 1
    assert [link.issue_id for link in links(host)] == ["1000"]


def test_an_outage_is_waited_for(host, clock, ask, creation):
    creation.refusal = TemporarilyUnavailable("It is down.")
    ask()
    host.jobs.run_all()
    creation.refusal = None
    settle(host, clock)
    assert len(creation.made) == 1
    assert len(links(host)) == 1


def test_what_a_pause_holds_back_does_not_count_as_asked_for(host, ask, acme, creation):
    with host.database.write() as session:
        until = host.now() + timedelta(seconds=30)
        session.add(Hold(connection_id=acme, operation="create", until=until, reason="Fewer, please."))
    id_ = ask()
    host.jobs.run_all()
    assert (row(host, id_).state, creation.calls) == (CreationState.WAITING, {})


@pytest.mark.parametrize("code", ["no_permission", "plugin_fault", "gone"])
def test_what_was_created_is_never_created_again_whatever_was_refused_then(
    host, clock, ask, creation, gateway, monkeypatch, code
):
    refusal = Rejected("Not to you.", cure="", code=code)
    opened = gateway.open
    monkeypatch.setattr(gateway, "open", raising(refusal))
    id_ = ask()
    settle(host, clock)
    assert row(host, id_).state == CreationState.STOPPED
    monkeypatch.setattr(gateway, "open", opened)
    creations.retry(host, id_)
    settle(host, clock)
    assert len(creation.made) == 1
    assert [link.issue_id for link in links(host)] == ["1000"]


def test_what_may_exist_is_looked_for_on_a_retry(host, clock, ask, creation, monkeypatch):
    creation.lose_answers = 1
    searched = creation.recent
    monkeypatch.setattr(creation, "recent", raising(Rejected("No search.", cure="", code="no_permission")))
    id_ = ask()
    settle(host, clock)
    assert row(host, id_).state == CreationState.STOPPED
    monkeypatch.setattr(creation, "recent", searched)
    creations.retry(host, id_)
    settle(host, clock)
    assert len(creation.made) == 1
    assert len(links(host)) == 1


def test_an_answer_on_which_the_plugin_breaks_makes_no_second_issue(host, clock, ask, creation, monkeypatch):
    create = creation.create

    def breaking(request):
        create(request)
        raise ValueError

    monkeypatch.setattr(creation, "create", breaking)
    id_ = ask()
    settle(host, clock)
    assert row(host, id_).state == CreationState.STOPPED
    monkeypatch.setattr(creation, "create", create)
    creations.retry(host, id_)
    settle(host, clock)
    assert len(creation.made) == 1
    assert len(links(host)) == 1


def test_a_busy_database_is_waited_for(host, clock, ask, monkeypatch, caplog):
    busy = iter([OperationalError("", {}, Exception("deadlock"))])
    real = creating.put

    def put(*args):
        if error := next(busy, None):
            raise error
        return real(*args)

    monkeypatch.setattr(creating, "put", put)
    ask()
    settle(host, clock)
    assert len(links(host)) == 1
    assert "failed" not in caplog.text, "it would be over, and nobody would try again"


def test_a_fault_of_ours_is_kept_on_record_and_tried_again(host, clock, ask, creation):
    id_ = ask()
    creations.broken(host, id_, ZeroDivisionError("what a customer wrote"))
    stopped = row(host, id_)
    assert (stopped.state, "ZeroDivisionError" in stopped.sentence) == (CreationState.STOPPED, True)
    assert "customer" not in stopped.sentence
    creations.retry(host, id_)
    settle(host, clock)
    assert len(links(host)) == 1


@pytest.mark.parametrize("changes", [{"paused_at": True}, {"state": "reauthorize"}])
def test_nothing_is_asked_while_the_connection_does_not_work(host, clock, ask, acme, creation, changes):
    change_connection(host, acme, **({"paused_at": clock()} if "paused_at" in changes else changes))
    ask()
    settle(host, clock, rounds=2)
    assert creation.calls == {}
    change_connection(host, acme, paused_at=None, state="connected")
    settle(host, clock)
    assert len(links(host)) == 1


def test_a_lost_authorization_loses_nothing(host, clock, ask, acme, creation):
    creation.refusal = AuthorizationLost("The sign-in was refused.")
    ask()
    host.jobs.run_all()
    creation.refusal = None
    change_connection(host, acme, state="connected")
    settle(host, clock)
    assert len(creation.made) == 1


# ── refused ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_refusal_is_kept_with_its_cure_and_tried_again_or_given_up(host, ask, creation):
    creation.refusal = Rejected("Component is required.", cure="Say which.", code="field_required")
    id_ = ask()
    host.jobs.run_all()
    assert (row(host, id_).state, row(host, id_).sentence, row(host, id_).cure) == (
        "stopped",
        "Component is required.",
        "Say which.",
    )
    creation.refusal = None
    creations.retry(host, id_)
    host.jobs.run_all()
    assert len(links(host)) == 1
    with pytest.raises(NotFound, match="not stopped any more"):
        creations.discard(host, id_)


def test_a_project_that_is_not_in_use_any_more_stops_it(host, ask, acme):
    id_ = ask()
    with host.database.write() as session:
        session.delete(session.get_one(ProjectInUse, (acme, "p-1")))
    host.jobs.run_all()
    assert "not in use any more" in row(host, id_).sentence
    creations.discard(host, id_)
    assert row(host, id_) is None


def test_a_second_wish_is_refused(host, ask):
    ask()
    with pytest.raises(Refused, match="is being created"):
        ask()
    host.jobs.run_all()
    with pytest.raises(Refused, match="linked with P-1-1000"):
        ask()


# ── the pages ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Agent:
    """Somebody at a ticket."""

    def __init__(self, client, ticket, connection):
        self.client, self.ticket = client, f"/tickets/{ticket}"
        self.create = f"{self.ticket}/create/{connection}"

    def get(self, path, **query):
        answer = self.client.get(path, query_string=query)
        assert answer.status_code == 200, answer.text
        return unescape(answer.text)

    def post(self, path, **data):
        return unescape(self.client.post(path, data=data, follow_redirects=True).text)


@pytest.fixture
def kim(signed_in, agent, acme, ticket) -> Agent:
    return Agent(signed_in(agent), ticket, acme)


def test_an_agent_creates_an_issue_with_what_is_demanded(host, kim, creation):
    creation.demands = (NOTE, COMPONENT, OWNER)
    creation.people = (FieldOption(id="u-1", name="Ann"), FieldOption(id="u-2", name="Bob"))
    assert kim.create in kim.get(kim.ticket)
    page = kim.get(kim.create)
    assert '<option value="p-1/k-1">' in page
    page = kim.get(kim.create, where="p-1/k-1", **{"search-owner": "bo"})
    assert page.index("Component") < page.index("Note"), "what is demanded comes first"
    assert "Bob" in page
    assert "Ann" not in page
    refused = kim.post(kim.create, where="p-1/k-1", **{"field-note": "n", "field-owner": "u-2"})
    assert "Component is demanded. Choose a value." in refused
    assert 'value="n"' in refused, "what was typed is kept"
    done = kim.post(kim.create, where="p-1/k-1", **{"field-components": "c-2", "field-owner": "u-2", "field-note": ""})
    assert "An issue in P-1 is being created." in done
    assert "An issue is being created. Reload" in done
    host.jobs.run_all()
    assert {each.field.id: each.value for each in creation.made[0].fields} == {"components": "c-2", "owner": "u-2"}
    assert "P-1-1000" in kim.get(kim.ticket)
    assert kim.create not in kim.get(kim.ticket)


def test_a_value_that_is_not_offered_is_refused(kim, creation):
    creation.demands = (COMPONENT,)
    assert "Not a valid choice" in kim.post(kim.create, where="p-1/k-1", **{"field-components": "c-9"})
    assert creation.made == []


def test_a_demand_that_cannot_be_met_is_named(kim, creation):
    creation.demands = (ODD,)
    page = kim.get(kim.create, where="p-1/k-1")
    assert "demands what cannot be filled in from here: Odd thing." in page
    assert "Create the issue</button>" not in page


def test_an_outage_is_said_in_words_for_agents(kim, creation, monkeypatch):
    monkeypatch.setattr(creation, "fields", lambda _: (_ for _ in ()).throw(TemporarilyUnavailable("HTTP 503")))
    page = kim.get(kim.create, where="p-1/k-1")
    assert "Fake cannot be asked at the moment." in page
    assert "503" not in page


def test_a_refused_issue_is_shown_and_can_be_retried_or_discarded(host, kim, creation):
    creation.refusal = Rejected("Component is required.", cure="Say which.", code="field_required")
    kim.post(kim.create, where="p-1/k-1")
    host.jobs.run_all()
    page = kim.get(kim.ticket)
    assert "Component is required." in page
    assert "Say which." in page
    assert "It is tried again." in kim.post(re.search(r'action="([^"]+/retry)"', page)[1])
    host.jobs.run_all()
    page = kim.get(kim.ticket)
    assert "No issue is created." in kim.post(re.search(r'action="([^"]+/discard)"', page)[1])
    assert kim.create in kim.get(kim.ticket)


def test_a_lost_answer_is_said(host, kim, creation):
    creation.lose_answers, creation.lag = 1, timedelta(seconds=10)
    kim.post(kim.create, where="p-1/k-1")
    host.jobs.run_all()
    assert "looks whether it was created before it asks again" in kim.get(kim.ticket)


def test_a_creation_of_another_ticket_is_not_found(host, kim, ask, creation):
    creation.refusal = Rejected("No.", cure="Why not.", code="refused")
    id_ = ask()
    host.jobs.run_all()
    assert kim.client.post(f"/tickets/99/creations/{id_}/retry").status_code == 404


def test_a_place_that_is_gone_is_not_found(kim):
    assert kim.client.get(kim.create, query_string={"where": "p-9/k-1"}).status_code == 404


def test_a_paused_connection_offers_nothing(host, clock, kim, acme):
    change_connection(host, acme, paused_at=clock(), paused_by_name="Dana")
    assert kim.create not in kim.get(kim.ticket)
    assert kim.client.get(kim.create).status_code == 409


def test_strangers_are_sent_to_sign_in(app, kim):
    assert "/sign-in" in app.test_client().get(kim.create).location
