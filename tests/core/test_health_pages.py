"""What an admin sees of how connections stand: the health page, Repairs, cards, the badge, and each button."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import func, select

from helpdesk_core.connections.models import Connection, ConnectionState
from helpdesk_core.errors import AuthorizationLost, Extent, Rejected, TemporarilyUnavailable
from helpdesk_core.health import record
from helpdesk_core.health import work as health_work
from helpdesk_core.health.examining import examine, note_own
from helpdesk_core.health.fixing import HERE
from helpdesk_core.mapping.vocabulary import choose_projects, store_vocabulary
from helpdesk_core.sync.deliveries import accept
from helpdesk_core.sync.models import DeliveryState, StoredDelivery
from helpdesk_core.sync.work import register
from helpdesk_core.values import Finding, Remedy, RemoteProject, Standing, Vocabulary
from tests.core.conftest import click_connect, come_back
from tests.core.fake_gateway import FakeReceiver
from tests.core.fake_health import trouble, warning
from tests.core.linking_world import change_connection, connect
from tests.databases import KINDS

both = pytest.mark.parametrize("kind", KINDS)

SUP = RemoteProject(id="p-1", key="SUP", name="Support")
HEALTH = "/settings/integrations/fake/1/health"
PAGES = [HEALTH, "/settings/repairs"]
BUTTONS = [f"{HEALTH}/look", f"{HEALTH}/mend/subscribe"]


@pytest.fixture
def acme(host, work, admin, tracker) -> int:
    """Return a connection with a project in use, whose remote system knows that project."""
    register(work, host)
    health_work.register(work, host)
    tracker.vocabulary = Vocabulary(projects=(SUP,), statuses=())
    id_ = connect(host)
    with host.database.write() as session:
        store_vocabulary(session, id_, tracker.vocabulary, now=host.now())
        choose_projects(session, id_, [SUP.id])
    return id_


@pytest.fixture
def page(signed_in, admin):
    """Return a function that shows a page to an admin."""
    client = signed_in(admin)

    def show(path=HEALTH, **data):
        answer = client.post(path, data=data, follow_redirects=True) if data else client.get(path)
        assert answer.status_code == 200, answer.text
        return unescape(answer.text)

    return show


def press(page, path) -> str:
    return page(path, pressed="yes")


def item(text: str, check: str) -> str:
    """Return the part of a page about one check."""
    found = re.search(rf'<li [^>]*data-check="{check}".*?</li>', text, re.DOTALL)
    assert found, f"{check} is not there"
    return found[0]


def badge(text: str) -> int:
    found = re.search(r'<span class="badge text-bg-danger">(\d+)', text)
    return int(found[1]) if found else 0


def find(host, connection_id, *findings, own=False) -> None:
    with host.database.write() as session:
        record.store(session, connection_id, findings, own=own, now=host.now())


# ── who may see it ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", PAGES)
def test_only_admins_see_how_connections_stand(signed_in, agent, app, acme, path):
    assert signed_in(agent).get(path).status_code == 403
    assert app.test_client().get(path).status_code == 302


@pytest.mark.parametrize("path", BUTTONS)
def test_only_admins_press_buttons(signed_in, agent, app, health, acme, path):
    assert signed_in(agent).post(path).status_code == 403
    assert app.test_client().post(path).status_code == 302
    assert health.asked == []


def test_agents_see_no_badge(host, signed_in, agent, acme):
    find(host, acme, trouble("account"))
    assert badge(signed_in(agent).get("/").text) == 0


@pytest.mark.parametrize("path", ["/settings/integrations/fake/9/health", "/settings/integrations/other/1/health"])
def test_a_connection_that_is_not_there_has_no_page(signed_in, admin, acme, path):
    assert signed_in(admin).get(path).status_code == 404


# ── what stands there ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_before_anybody_looked_the_page_says_so(page, health, acme):
    text = page()
    assert "Nothing was looked at yet." in text
    assert "Fake was last asked: never" in text
    assert "Nothing needs to be repaired." in page("/settings/repairs")


@both
def test_each_check_tells_how_it_stands_and_trouble_why_since_when_and_what_mends_it(host, page, health, acme):
    health.found = [
        trouble("account", url="https://acme.example/me"),
        warning("permission.edit", project="p-1"),
        Finding(check="policy", title="The policy", standing=Standing.UNKNOWN),
    ]
    examine(host, acme)
    text = page()
    account = item(text, "account")
    assert all(
        words in account
        for words in (
            *("The account is bad.", "Mend it.", "24 Nov 2026, 09:00 UTC", "✗", 'data-code="bad"'),
            'href="https://acme.example/me"',
        )
    )
    assert 'data-project="p-1"' in item(text, "permission.edit")
    assert "check-warning" in item(text, "permission.edit")
    assert ": not known" in item(text, "policy")
    assert "Mend it." not in item(text, "policy")
    assert ": well" in item(text, "authorization")
    assert "Fake was last asked: <time" in text


def test_what_a_plugin_says_cannot_become_markup(host, signed_in, admin, health, acme):
    find(host, acme, trouble("account", title="<b>x</b>", cause="<script>1</script>", cure="<i>", code='"><x'))
    text = signed_in(admin).get(HEALTH).text
    assert "<script>1" not in text
    assert "<b>x" not in text
    assert '"><x' not in text


def test_repairs_show_what_is_in_trouble_on_all_connections_and_nothing_else(host, page, health, acme):
    find(host, acme, trouble("account"), Finding(check="site", title="The site"))
    text = page("/settings/repairs")
    assert "The account is bad." in item(text, "account")
    assert 'data-check="site"' not in text
    assert 'data-repairs="1"' in text
    assert f'href="{HEALTH}"' in text
    change_connection(host, acme, state=ConnectionState.DISCONNECTED)
    assert "Nothing needs to be repaired." in page("/settings/repairs")


@both
def test_badge_card_and_connection_page_count_and_name_the_trouble(host, page, health, acme):
    assert badge(page("/settings/integrations")) == 0
    find(host, acme, trouble("account"), warning("consent"))
    text = page("/settings/integrations")
    assert badge(text) == 2
    assert "The account is bad. And 1 more." in text
    assert f'href="{HEALTH}"' in text
    assert "See what mends it" in page("/settings/integrations/fake/1")
    change_connection(host, acme, state=ConnectionState.DISCONNECTED)
    assert badge(page("/settings/integrations")) == 0


def test_what_other_concerns_tell_is_counted_once(host, page, tracker, health, acme):
    health.error = AuthorizationLost("Fake refused the token.")
    examine(host, acme)
    assert badge(page("/settings/integrations")) == 1


def test_a_pause_is_said(host, page, health, acme):
    change_connection(host, acme, paused_at=host.now(), paused_by_name="Dana")
    assert "Paused by Dana since" in page()


# ── without a plugin's checks ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_plugin_without_checks_has_a_page_of_what_the_helpdesk_knows(host, page, tracker, acme):
    assert tracker.health is None
    text = press(page, f"{HEALTH}/look")
    assert "All is well, as far as it can be known now." in text
    assert 'data-standing="ok"' in item(text, "authorization")
    assert "Is a project missing?" not in text
    assert "This plugin cannot tell of a single project." in page(f"{HEALTH}?project=SUP")
    assert page("/settings/repairs")


def test_a_plugin_without_checks_is_watched_all_the_same(host, clock, page, tracker, acme):
    with host.database.write() as session:
        session.get_one(Connection, acme).state = ConnectionState.REAUTHORIZE
    host.jobs.tick("health.watch")
    host.jobs.run_all()
    assert 'data-code="authorization_lost"' in item(page(), "authorization")


# ── looking ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_look_now_looks_at_everything_and_says_what_came_of_it(page, health, acme):
    health.found = [trouble("account"), warning("consent")]
    assert "2 things need attention." in press(page, f"{HEALTH}/look")
    assert health.asked[-1].thorough
    health.found = health.found[:1]
    assert "1 thing needs attention." in press(page, f"{HEALTH}/look")
    health.found = []
    assert "All is well, as far as it can be known now." in press(page, f"{HEALTH}/look")


def test_look_now_reads_projects_and_statuses_anew(host, clock, page, health, acme):
    clock.advance(days=2)
    note_own(host, acme)
    assert 'data-code="stale"' in item(page(), "vocabulary")
    press(page, f"{HEALTH}/look")
    assert 'data-standing="ok"' in item(page(), "vocabulary")


@pytest.mark.parametrize("error", [TemporarilyUnavailable("Away."), ValueError("x"), Rejected("No.", cure="Ask.")])
def test_looking_at_what_does_not_answer_is_no_error_of_ours(page, health, acme, error):
    health.error = error
    press(page, f"{HEALTH}/look")


def test_authorizing_again_looks_at_once_and_closes_the_item(host, signed_in, admin, page, health, acme):
    health.error = AuthorizationLost("Fake refused the token.")
    examine(host, acme)
    health.error = None
    client = signed_in(admin)
    come_back(client, click_connect(client, connection_id=acme))
    assert 'data-standing="ok"' in item(page(), "authorization")
    assert health.asked[-1].connection.credentials.access_token.reveal() == "access-1"


# ── each button ───────────────────────────────────────────────────────────────────────────────────────────────────────

LEADS = {
    Remedy.LOOK_AGAIN: ("Look again", f'action="{HEALTH}/look"'),
    Remedy.REAUTHORIZE: ("Re-authorize", 'action="/settings/integrations/fake/connect"'),
    Remedy.MEND_SET_UP: ("Check the set-up", 'href="/settings/integrations/fake/setup"'),
    Remedy.REFRESH_PROJECTS: ("Refresh", f'action="{HEALTH}/mend/refresh_projects"'),
    Remedy.CHOOSE_PROJECTS: ("Choose projects", 'href="/settings/integrations/fake/1/projects"'),
    Remedy.SUBSCRIBE: ("Subscribe anew", f'action="{HEALTH}/mend/subscribe"'),
    Remedy.SEE_WORK: ("See activity", 'href="/settings/integrations/fake/1/activity"'),
    Remedy.SEE_CHANGES: ("Look at what changed", 'href="/settings/integrations/fake/1/mapping/drift"'),
    Remedy.MEND_CHANNEL: ("Mend the channel", 'href="/settings/channels"'),
    Remedy.DISCARD_UNROUTABLE: ("Discard", f'action="{HEALTH}/mend/discard_unroutable"'),
    Remedy.WAIT: ("", ""),
}


@pytest.mark.parametrize("remedy", Remedy)
@pytest.mark.parametrize("path", PAGES)
def test_each_remedy_is_one_button_that_leads_where_it_says(host, clock, page, tracker, health, acme, remedy, path):
    tracker.needs_setup = remedy is Remedy.MEND_SET_UP  # else there is no set-up to lead to
    find(host, acme, trouble("account", remedy=remedy))
    clock.advance(minutes=5)
    shown = item(page(path), "account")
    words, leads = LEADS[remedy]
    assert shown.count("btn-warning") == (1 if words else 0)
    assert words in shown
    assert leads in shown
    if leads.startswith("href"):
        page(leads.split('"')[1])


def test_without_trouble_there_is_no_button(host, page, health, acme):
    find(host, acme, Finding(check="account", title="The account", remedy=Remedy.REAUTHORIZE))
    assert "btn-warning" not in item(page(), "account")


def test_refresh_reads_projects_anew_and_looks(page, tracker, health, acme, host):
    tracker.vocabulary = Vocabulary(projects=(SUP, RemoteProject(id="p-2", key="NEW", name="New")), statuses=())
    assert "Projects and statuses are read anew." in press(page, f"{HEALTH}/mend/refresh_projects")
    assert health.asked[-1].thorough
    assert "NEW" in page("/settings/integrations/fake/1/projects")


def test_subscribe_subscribes_anew(host, page, receiver, health, acme):
    before = receiver.calls["subscribe"]
    assert "It is subscribed anew, in a moment." in press(page, f"{HEALTH}/mend/subscribe")
    host.jobs.run_all()
    assert receiver.calls["subscribe"] == before + 1


@both
def test_discard_forgets_deliveries_that_belong_to_no_connection(host, page, health, acme):
    accept(host, "fake", *FakeReceiver.delivery({"issue_id": "1", "workspace_hint": "elsewhere"}))
    host.jobs.run_all()
    note_own(host, acme)
    shown = item(page(), "unroutable")
    assert "A delivery belongs to no connection here, lately of elsewhere." in shown
    assert "What belonged to no connection is discarded." in press(page, f"{HEALTH}/mend/discard_unroutable")
    assert 'data-standing="ok"' in item(page(), "unroutable")
    with host.database.read() as session:
        left = select(func.count()).where(StoredDelivery.state == DeliveryState.UNROUTABLE)
        assert session.scalar(left) == 0


@pytest.mark.parametrize("remedy", [*(each for each in Remedy if each not in HERE), "nonsense"])
def test_a_button_that_mends_nothing_here_is_not_found(signed_in, admin, health, acme, remedy):
    assert signed_in(admin).post(f"{HEALTH}/mend/{remedy}").status_code == 404


def test_what_keeps_a_button_from_working_is_said(page, health, tracker, acme, host, monkeypatch):
    change_connection(host, acme, state=ConnectionState.REAUTHORIZE, trouble="It ended.")
    text = press(page, f"{HEALTH}/mend/refresh_projects")
    assert "It ended. Authorize Fake · acme again" in text
    assert "are read anew" not in text


# ── a project that somebody looks for ─────────────────────────────────────────────────────────────────────────────────


def test_a_project_that_is_missed_is_asked_after(page, health, acme):
    text = page()
    assert "Is a project missing?" in text
    assert "data-probe" not in text
    health.answer = trouble("probe", code="hidden", url="https://acme.example/sup", remedy=Remedy.LOOK_AGAIN)
    text = page(f"{HEALTH}?project=+sup+")
    assert health.probed[-1].text == "sup"
    assert health.probed[-1].connection.workspace.name == "acme"
    shown = text[text.index('data-probe="hidden"') :]
    assert all(words in shown for words in ("The probe is bad.", "Mend it.", 'href="https://acme.example/sup"'))
    assert 'value="sup"' in text
    assert "btn-warning" not in shown


def test_a_project_that_is_usable_offers_to_refresh_the_list(page, health, acme):
    health.answer = Finding(check="probe", title="SUP", code="usable", remedy=Remedy.REFRESH_PROJECTS)
    shown = page(f"{HEALTH}?project=SUP")
    assert f'action="{HEALTH}/mend/refresh_projects"' in shown[shown.index('data-probe="usable"') :]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TemporarilyUnavailable("Fake is away."), "Fake is away."),
        (Rejected("No.", cure="Ask Jo.", extent=Extent.CONNECTION), "No. Ask Jo."),
        (ValueError("a secret"), "The Fake plugin broke (ValueError)."),
    ],
)
def test_what_keeps_the_question_from_being_answered_is_said(page, health, acme, error, words):
    health.error = error
    text = page(f"{HEALTH}?project=SUP")
    assert words in text
    assert "data-probe" not in text
    assert "a secret" not in text
