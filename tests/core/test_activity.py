"""A connection's activity: how its links stand, what needs a person, trying again, discarding, and what happened."""

from __future__ import annotations

import pytest

from helpdesk_core.connections.models import Connection
from helpdesk_core.errors import NotFound, Refused
from helpdesk_core.sync import activity
from helpdesk_core.sync.links import record
from helpdesk_core.sync.models import Happening, Link, LinkEvent, LinkState
from tests.core.fake_tracker import BETA
from tests.core.linking_world import change_connection, connect, link_issue, read_link, wishes

PAGE = "/settings/integrations/fake/1/activity"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def acme(host, admin) -> int:
    """Return the id of a connection whose links' jobs are not run, so that what was asked for stays to be seen."""
    return connect(host)


@pytest.fixture
def client(signed_in, admin):
    return signed_in(admin)


def put(host, link_id: int, state: LinkState, sentence: str = "It cannot move.", cure: str = "Mend it.") -> int:
    """Let a link stand as a look at it could have left it, and return its id."""
    with host.database.write() as session:
        link = session.get_one(Link, link_id)
        link.state, link.sentence, link.cure, link.reason = state, sentence, cure, "rejected"
        link.done = link.wanted
    return link_id


@pytest.fixture
def links(host, acme, gateway) -> dict[LinkState, int]:
    """Return a link in each state."""
    return {
        state: put(host, link_issue(host, acme, gateway.add(str(number)).id), state)
        for number, state in enumerate(LinkState, start=1)
    }


def events(host, connection_id: int = 1, **options) -> tuple[LinkEvent, ...]:
    with host.database.read() as session:
        return activity.history(session, connection_id, **options).events


def words(text: str) -> str:
    return " ".join(text.split())


# ── the service ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_state_is_counted_on_its_own_connection_only(host, acme, links, gateway):
    beta = connect(host, BETA)
    put(host, link_issue(host, acme, gateway.add("9").id), LinkState.STOPPED)
    with host.database.read() as session:
        assert activity.counts(session, acme) == dict.fromkeys(LinkState, 1) | {LinkState.STOPPED: 2}
        assert activity.counts(session, beta) == dict.fromkeys(LinkState, 0)


def test_what_needs_a_person_comes_with_its_ticket_by_the_links_number(host, acme, links):
    with host.database.read() as session:
        found = activity.needing_attention(session, acme)
        assert len(activity.needing_attention(session, acme, limit=2)) == 2
    assert [each.link.id for each in found] == sorted(
        links[state] for state in (LinkState.STOPPED, LinkState.CONFLICT, LinkState.GONE)
    )
    assert [each.ticket.title for each in found] == ["About 3", "About 4", "About 5"]
    assert [each.may_retry for each in found] == [True, False, True]


def test_history_is_newest_first_fifty_a_page_and_can_be_of_one_ticket(host, acme, links):
    stopped = links[LinkState.STOPPED]
    with host.database.write() as session:
        for number in range(60):
            link = session.get_one(Link, stopped)
            record(session, link, Happening.STOPPED, f"Nr {number}", now=host.now())
            session.flush()
    with host.database.read() as session:
        first, last = activity.history(session, acme, 1), activity.history(session, acme, 99)
        ticket = session.get_one(Link, stopped).ticket_id
        assert {e.ticket_id for e in activity.history(session, acme, 1, ticket).events} == {ticket}
        assert activity.history(session, acme, -5).number == 1
    assert [e.sentence for e in first.events] == [f"Nr {number}" for number in range(59, 9, -1)]
    assert (first.pages, last.number) == (2, 2), "beyond the last page is the last one"
    assert first.total == len(first.events) + len(last.events)


def test_retry_all_leaves_conflicts_and_what_is_well(host, acme, links):
    before = wishes(host)
    assert activity.retry_all(host, acme, "Dana") == 2
    tried = {id_ for id_, wanted in wishes(host).items() if wanted > before[id_]}
    assert tried == {links[LinkState.STOPPED], links[LinkState.GONE]}
    assert read_link(host, links[LinkState.STOPPED]).state == LinkState.WAITING
    assert read_link(host, links[LinkState.CONFLICT]).state == LinkState.CONFLICT
    assert [(e.what, e.by_name) for e in events(host)[:2]] == [(Happening.RETRIED, "Dana")] * 2
    assert activity.retry_all(host, acme, "Dana") == 0


def test_a_conflict_is_not_retried_but_says_what_to_do(host, links):
    with pytest.raises(Refused, match="Choose on the ticket's page"):
        activity.retry(host, links[LinkState.CONFLICT], "Dana")


@pytest.mark.parametrize("state", [LinkState.STOPPED, LinkState.CONFLICT])
def test_discarding_leaves_both_sides_and_keeps_the_note(host, links, gateway, state):
    activity.discard(host, links[state], "Dana", "  A duplicate.  ")
    link = read_link(host, links[state])
    assert link.state == LinkState.WAITING, "it is looked at once more, and comes to rest"
    event = events(host)[0]
    assert (event.what, event.by_name) == (Happening.DISCARDED, "Dana")
    assert event.sentence == "Both stay as they are. A duplicate."
    assert not gateway.calls["hop"]


def test_discarding_what_is_gone_ends_the_link_and_keeps_the_note(host, links):
    activity.discard(host, links[LinkState.GONE], "Dana", "Deleted on purpose.")
    with pytest.raises(NotFound):
        activity.discard(host, links[LinkState.GONE], "Dana", "Again.")
    unlinked, discarded = events(host)[:2]
    assert (unlinked.what, discarded.what) == (Happening.UNLINKED, Happening.DISCARDED)
    assert (discarded.sentence, discarded.by_name) == ("Deleted on purpose.", "Dana")


@pytest.mark.parametrize(("note", "message"), [("", "Say in a note"), (" \n", "Say in a note"), ("x" * 501, "longer")])
def test_discarding_needs_a_note_of_moderate_length(host, links, note, message):
    with pytest.raises(Refused, match=message):
        activity.discard(host, links[LinkState.GONE], "Dana", note)
    assert read_link(host, links[LinkState.GONE]).state == LinkState.GONE


@pytest.mark.parametrize("state", [LinkState.IN_STEP, LinkState.WAITING])
def test_what_needs_nobody_is_not_discarded(host, links, state):
    with pytest.raises(Refused, match="nothing to discard"):
        activity.discard(host, links[state], "Dana", "Why not.")


# ── the page ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_connections_page_leads_to_it(client, acme):
    assert f'href="{PAGE}"' in client.get("/settings/integrations/fake/1").text


def test_a_quiet_connection_says_so(client, acme):
    text = client.get(PAGE).text
    assert "no link waits for a person" in text
    assert "Nothing happened yet." in text
    assert "Retry all" not in text


def test_the_page_tells_what_needs_attention_and_what_helps(client, links):
    text = words(client.get(PAGE).text)
    attention = text[text.index('id="attention"') : text.index('id="history"')]
    assert attention.count("data-attention") == 3
    assert '<a href="/tickets/3">Ticket 3</a>: About 3' in attention
    assert '<a href="https://acme.example/browse/P-1-3" rel="noreferrer">P-1-3</a>' in attention
    assert "It cannot move." in attention
    assert "<strong>What helps:</strong> Mend it." in attention
    assert "Retry all (2)" in attention
    assert 'href="/tickets/4#connection-1"' in attention, "a conflict is decided on the ticket's page"


def test_only_the_first_of_very_many_are_listed(client, links, monkeypatch):
    monkeypatch.setattr("helpdesk_core.sync.activity_views.MOST_SHOWN", 1)
    text = client.get(PAGE).text
    assert text.count("data-attention") == 1
    assert "The first 1 of 3" in text


def test_retry_and_retry_all_by_button(client, host, links):
    answer = client.post(f"{PAGE}/retry", data={"link_id": links[LinkState.STOPPED]}, follow_redirects=True)
    assert "P-1-3 is tried again." in answer.text
    assert "1 link is tried again." in client.post(f"{PAGE}/retry-all", follow_redirects=True).text
    assert "nothing to try again" in client.post(f"{PAGE}/retry-all", follow_redirects=True).text
    assert events(host)[0].by_name == "Dana Admin"
    answer = client.post(f"{PAGE}/retry", data={"link_id": links[LinkState.CONFLICT]}, follow_redirects=True)
    assert "both changed" in answer.text
    assert "Choose a link first." in client.post(f"{PAGE}/retry", data={"link_id": "x"}, follow_redirects=True).text


def test_discarding_asks_for_a_note_and_keeps_what_was_typed(client, host, links):
    gone = links[LinkState.GONE]
    text = client.post(f"{PAGE}/discard", data={"link_id": gone, "note": " "}).text
    assert "<details open>" in text
    assert "Say in a note why" in text
    assert "longer than 500" in (text := client.post(f"{PAGE}/discard", data={"link_id": gone, "note": "y" * 501}).text)
    assert "y" * 501 in text
    answer = client.post(f"{PAGE}/discard", data={"link_id": gone, "note": SCRIPT}, follow_redirects=True)
    assert "is discarded" in answer.text
    assert SCRIPT not in answer.text
    assert "&lt;script&gt;" in answer.text
    in_step = {"link_id": links[LinkState.IN_STEP], "note": "x"}
    assert "nothing to discard" in client.post(f"{PAGE}/discard", data=in_step, follow_redirects=True).text


def test_the_history_is_filtered_by_ticket_and_paged(client, host, links, monkeypatch):
    assert client.get(PAGE).text.count("data-event") == 5
    assert client.get(f"{PAGE}?ticket=3").text.count("data-event") == 1
    assert "Nothing happened yet to ticket 77." in client.get(f"{PAGE}?ticket=77").text
    monkeypatch.setattr(activity, "PAGE_SIZE", 2)
    text = client.get(f"{PAGE}?page=2").text
    assert "page 2 of 3" in text
    assert f'href="{PAGE}?page=3"' in text


@pytest.mark.parametrize("ticket", ["x", "0", "-1", "9" * 30])
def test_a_number_that_is_no_tickets_is_named(client, links, ticket):
    answer = client.get(f"{PAGE}?ticket={ticket}&page=nonsense")
    assert answer.status_code == 200
    assert 'id="ticket-error"' in answer.text


def test_while_paused_the_page_says_so_and_offers_no_retry(client, host, links):
    change_connection(host, 1, paused_at=host.now(), paused_by_name="Dana")
    text = client.get(PAGE).text
    assert "Paused by Dana" in text
    assert ">Retry" not in text
    assert f'action="{PAGE}/discard"' in text


def test_links_of_another_connection_are_not_found(client, host, links, gateway):
    beta = connect(host, BETA)
    other = put(host, link_issue(host, beta, gateway.add("8").id), LinkState.GONE)
    for route in ("retry", "discard"):
        assert client.post(f"{PAGE}/{route}", data={"link_id": other, "note": "x"}).status_code == 404
    assert read_link(host, other).state == LinkState.GONE
    for address in (PAGE.replace("/1/", "/99/"), PAGE.replace("/fake/", "/jira/")):
        assert client.get(address).status_code == 404
        for route, data in {"retry": {}, "retry-all": {}, "discard": {}}.items():
            assert client.post(f"{address}/{route}", data=data).status_code == 404


def test_agents_and_the_anonymous_are_kept_out(app, signed_in, agent, host, links):
    client, stranger = signed_in(agent), app.test_client()
    assert client.get(PAGE).status_code == 403
    assert stranger.get(PAGE).location.startswith("/sign-in")
    for route in ("retry", "retry-all", "discard"):
        data = {"link_id": links[LinkState.GONE], "note": "x"}
        assert client.post(f"{PAGE}/{route}", data=data).status_code == 403
        assert stranger.post(f"{PAGE}/{route}", data=data).location.startswith("/sign-in")
    assert read_link(host, links[LinkState.GONE]).state == LinkState.GONE


def test_no_form_is_taken_without_its_token(app, client, links):
    app.config["WTF_CSRF_ENABLED"] = True
    for route in ("retry", "retry-all", "discard"):
        assert client.post(f"{PAGE}/{route}", data={"link_id": 3, "note": "x"}).status_code == 400


def test_the_page_is_readable_after_the_plugin_is_gone(client, host, links):
    with host.database.write() as session:
        session.get_one(Connection, 1).integration = "former"
    text = client.get(PAGE.replace("/fake/", "/former/")).text
    assert "plugin is not installed" in text
    assert text.count("data-attention") == 3
