"""What an admin sees of drift: on the board, on the connection's card and page, on its own page, in the terminal."""

from __future__ import annotations

import re
from contextlib import nullcontext
from html import unescape

import pytest
from click.testing import CliRunner

from helpdesk_core.connections.models import Connection
from helpdesk_core.integrations import IntegrationRegistry
from helpdesk_core.mapping.board import Board, Move, SameAs
from helpdesk_core.mapping.commands import make_group
from helpdesk_core.mapping.drifting import open_items
from helpdesk_core.mapping.observing import EXTENSION, LivePair, Observers
from helpdesk_core.mapping.reading import read_details, refresh_vocabulary
from helpdesk_core.mapping.versions import latest
from helpdesk_core.mapping.vocabulary import choose_projects
from helpdesk_core.mapping.workflows import read_workflows
from helpdesk_core.sync.work import register
from tests.core.mapping_world import DONE, FakeWorkflows, acme, admit, connect
from tests.core.test_drift import BOARD, Site, graph

CHAIN = (("1", "2"), ("2", "3"), ("3", "4"), ("4", "1"))


@pytest.fixture
def vocabulary():
    return acme()


@pytest.fixture
def workflows():
    return FakeWorkflows(in_project={"10": graph(*CHAIN)})


@pytest.fixture
def registry(vocabulary, workflows):
    return admit(IntegrationRegistry(), vocabulary, workflows)


@pytest.fixture
def site(host, admin, vocabulary):
    site = Site(host, admin, vocabulary, connect(host, admin))
    refresh_vocabulary(host, site.id)
    with host.database.write() as session:
        choose_projects(session, site.id, ["10", "11"])
    read_details(host, site.id)
    site.save(BOARD)
    read_workflows(host, site.id, "10")
    return site


class Pages:
    """An admin's browser without JavaScript."""

    def __init__(self, client, connection_id):
        self.client, self.base = client, f"/settings/integrations/acme/{connection_id}"

    def get(self, path="/mapping/drift"):
        answer = self.client.get(self.base + path)
        assert answer.status_code == 200, answer.text
        return unescape(answer.text)

    def press(self, do, number=0, **fields):
        """Press a button of the item with this number on the page."""
        form = re.findall(r'<form method="post" action="[^"]*/mapping/drift".*?</form>', self.get(), re.DOTALL)[number]
        assert f'value="{do}"' in form, form
        sent = {"item": re.findall(r'name="item" value="(\d+)"', form), "do": do}
        if chosen := re.search(r'<option value="([^"]*)" selected', form):
            sent["replacement"] = chosen[1]
        answer = self.client.post(f"{self.base}/mapping/drift", data=sent | fields, follow_redirects=True)
        assert answer.status_code == 200, answer.text
        return unescape(answer.text)


@pytest.fixture
def pages(signed_in, admin, site):
    return Pages(signed_in(admin), site.id)


def kinds(page):
    return re.findall(r'data-drift="(\w+)"', page)


def test_nothing_changed_is_said_and_nothing_warns(pages):
    assert "Nothing that the mapping in force depends on has changed." in pages.get()
    assert "data-drifted" not in pages.get("/mapping")
    assert "data-note" not in pages.get("")
    assert "Needs attention" not in pages.client.get("/settings/integrations").text


def test_it_is_shown_where_admins_look_until_it_is_mended(pages, site):
    site.delete("2")
    site.change("4", category=site.vocabulary.statuses[0].category)
    site.reread()
    link = f'href="{pages.base}/mapping/drift"'
    assert "2 things changed in Acme under the mapping in force." in pages.get("/mapping")
    for path in ("/mapping", ""):
        assert link in pages.get(path), path
    cards = unescape(pages.client.get("/settings/integrations").text)
    assert "Needs attention" in cards
    assert cards.count(link) == 2, "above the cards and on the card"
    assert '<span class="badge text-bg-danger">1<' in cards, "at Settings"
    pages.press("off", 1)
    pages.press("keep")
    assert "Needs attention" not in pages.client.get("/settings/integrations").text
    assert "data-drifted" not in pages.get("/mapping")


def test_the_linked_tickets_are_counted_and_listed(pages, site, app):
    pairs = (
        LivePair(project_id="10", kind_id="1", ticket_status="open", remote_status="2", tickets=2),
        LivePair(project_id="11", kind_id="1", ticket_status="done", remote_status="2", tickets=1),
    )
    app.extensions[EXTENSION] = Observers(live=lambda _session, _id: pairs, listing="links.index")
    site.delete("2", "5")
    site.reread()
    page = pages.get()
    assert f'<a href="{pages.base}/links?issue=2">3 linked tickets in In Dev</a>' in page
    assert page.count("No linked ticket is touched now.") == 1


def test_a_vanished_status_is_replaced_by_one_of_the_same_name_and_category_unless_another_is_chosen(pages, site):
    made = next(status for status in site.vocabulary.statuses if status.id == "2")
    site.delete("2")
    site.vocabulary.statuses.append(type(made)(id="77", name="in dev", category=made.category))
    site.reread()
    assert "In Dev is gone" in pages.get()
    assert "The mapping is mended, as version 2. No ticket and no issue was moved." in pages.press("replace")
    assert site.board().columns["in_progress"] == ("77", "3")
    assert "a status of Acme was gone" in pages.get("/mapping/versions")


def test_without_a_choice_nothing_is_replaced(pages, site):
    site.delete("2")
    site.reread()
    page = pages.get()
    assert '<option value="" selected>choose a status</option>' in page
    assert 'value="3">In Review · In progress' in page
    assert 'value="201">Backlog · To do · MOB' in page
    assert "Choose the status that takes its place." in pages.press("replace")
    assert site.board() == BOARD
    assert site.items() == [("vanished", "2")]


def test_taking_it_off_is_refused_in_words_where_it_would_lead_nowhere(pages, site):
    site.save(Board(columns={"done": ("4",)}, heads={"done": Move(), "closed": SameAs("done")}))
    site.delete("4")
    site.reread()
    assert "no card lies in Done to which an issue could move" in pages.press("off")
    assert site.items() == [("vanished", "4")]


def test_a_category_is_kept_or_the_card_is_moved_on_the_board(pages, site):
    site.change("2", category=DONE)
    site.reread()
    page = pages.get()
    assert "In Dev counts as Done now" in page
    assert "Acme counted “In Dev” as In progress when its card was placed, and now counts it as Done." in page
    assert "Noted. The board stays as it is." in pages.press("keep")
    assert "has changed" in pages.get()
    assert site.board() == BOARD


def test_a_vanished_move_is_one_item_with_the_ways_that_miss_it(pages, site, host, workflows):
    workflows.in_project["11"] = graph(*CHAIN)
    read_workflows(host, site.id, "11")
    workflows.in_project |= dict.fromkeys(("10", "11"), graph(("1", "2"), ("2", "3"), ("4", "1")))
    for project in ("10", "11"):
        read_workflows(host, site.id, project)
    assert len(site.items()) == 2
    page = pages.get()
    assert kinds(page) == ["move"]
    assert "The move “To 4” to Done is gone" in page
    assert "WEB Task and API Task: the workflow does not lead from In Review to Done any more." in page
    assert "The mapping needs it for Done and Closed." in page
    assert "To Done, from In Review: No way: from here" in page
    for path in ("/mapping/judgement", "/mapping/moves"):
        assert f'href="{pages.base}{path}"' in page
    pages.press("seen")
    assert site.items() == [], "of both projects"


def test_a_project_that_is_gone_is_named(pages, site):
    site.vocabulary.projects = [p for p in site.vocabulary.projects if p.id != "11"]
    site.reread()
    page = pages.get()
    assert "API Interfaces is gone or hidden" in page
    assert f'href="{pages.base}/projects"' in page
    pages.press("seen")
    assert kinds(pages.get()) == []


def test_what_was_settled_meanwhile_is_said(pages, site):
    site.delete("2")
    site.reread()
    with site.host.database.read() as session:
        (item,) = open_items(session, site.id)
    pages.press("off")
    for do in ("off", "replace", "seen"):
        data = {"do": do, "item": item.id, "replacement": "1"}
        page = pages.client.post(f"{pages.base}/mapping/drift", data=data, follow_redirects=True).text
        assert "This was settled meanwhile." in page
    assert (
        "This was settled meanwhile."
        in pages.client.post(f"{pages.base}/mapping/drift", data={}, follow_redirects=True).text
    )
    with site.host.database.read() as session:
        assert latest(session, site.id).number == 2


def test_another_connection_s_items_are_out_of_reach(pages, site, host, admin):
    other = connect(host, admin, workspace="other")
    site.change("2", category=DONE)
    site.reread()
    with host.database.read() as session:
        (item,) = open_items(session, site.id)
    address = f"/settings/integrations/acme/{other}/mapping/drift"
    page = pages.client.post(address, data={"do": "keep", "item": item.id}, follow_redirects=True).text
    assert "This was settled meanwhile." in page
    assert site.items() == [("category", "2")]


def test_an_admin_need_not_wait_for_the_clock(pages, site, host, work, workflows):
    register(work, host)
    workflows.calls.clear()
    site.delete("2")
    page = pages.client.post(f"{pages.base}/mapping/drift/read", follow_redirects=True).text
    assert "are being read anew" in page
    host.jobs.run_all()
    assert kinds(pages.get()) == ["vanished"]
    assert workflows.calls == ["WEB", "API"]
    with host.database.write() as session:
        session.get_one(Connection, site.id).paused_at = host.now()
    page = pages.client.post(f"{pages.base}/mapping/drift/read", follow_redirects=True).text
    assert "Acme is not asked now" in page
    assert host.jobs.run_all() == 0


def test_only_admins(signed_in, agent, site):
    client = signed_in(agent)
    address = f"/settings/integrations/acme/{site.id}/mapping/drift"
    assert client.get(address).status_code == 403
    assert client.post(address, data={"do": "off"}).status_code == 403
    assert client.post(f"{address}/read").status_code == 403


def test_mapping_check_lists_it_and_ends_with_1(site, host):
    def run():
        group = make_group(lambda _context: nullcontext(host), lambda _session, _id: ())
        return CliRunner().invoke(group, ["check", "--connection", str(site.id)])

    before = run()
    assert "drift" not in before.output
    site.change("2", category=DONE)
    site.reread()
    after = run()
    assert after.exit_code == 1
    assert after.output.splitlines()[0] == "drift  In Dev counts as Done now."
