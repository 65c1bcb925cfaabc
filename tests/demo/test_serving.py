"""What a demo holds at its start, and what a second start makes of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from sqlalchemy import func, select

from helpdesk_core.schema import is_current
from helpdesk_core.tickets.models import Comment, Ticket, TicketEvent
from helpdesk_core.tickets.service import count_by_status, list_statuses
from plugins.demo.browsing import Browser
from plugins.demo.cast import Cast
from plugins.demo.chapters.moving import authorize, go_to_consent, open_integrations
from plugins.demo.pages import read_card
from plugins.demo.seeding import ADMIN, CUSTOM_STATUS
from plugins.demo.serving import Running, running
from plugins.demo.stage import Stage
from plugins.demo.worlds import make_cast
from plugins.jira.simulator import demo_world


def test_the_helpdesk_is_seeded_with_tickets_of_every_status_and_their_history(here: Running) -> None:
    assert is_current(here.host.database)
    with here.host.database.read() as session:
        counts = count_by_status(session)
        assert all(counts.values()), counts
        assert sum(counts.values()) >= 25
        assert CUSTOM_STATUS in {status.name for status in list_statuses(session)}
        kinds = Counter(session.scalars(select(Comment.visibility)))
        assert set(kinds) == {"public", "internal"}
        assert not session.scalar(select(func.count()).where(Ticket.updated_at > here.host.now()))
        assert not session.scalar(select(func.count()).where(TicketEvent.at > here.host.now()))
        assert not session.scalar(select(func.count()).where(Ticket.updated_at < Ticket.created_at))


def test_connect_works_at_once_where_the_app_is_preset(tmp_path: Path) -> None:
    with running(demo_world(), tmp_path, preset_app=True) as here, _signed_in(here) as stage:
        assert read_card(stage.browser).state == "available"
        _connect(stage)
        assert read_card(stage.browser).state == "connected"


def test_a_second_start_is_fresh_because_the_simulator_forgot_its_tokens(tmp_path: Path) -> None:
    with running(demo_world(), tmp_path, preset_app=True) as here, _signed_in(here) as stage:
        _connect(stage)
    with running(demo_world(), tmp_path, preset_app=True) as here, _signed_in(here) as stage:
        assert read_card(stage.browser).lines == {}


def test_with_keep_it_goes_on_and_the_connection_can_be_re_authorized(tmp_path: Path) -> None:
    with running(demo_world(), tmp_path, preset_app=True) as here, _signed_in(here) as stage:
        _connect(stage)
        before = _tickets(here)
    with running(demo_world(), tmp_path, preset_app=True, keep=True) as here, _signed_in(here) as stage:
        assert _tickets(here) == before, "nothing was seeded again"
        (connection,) = read_card(stage.browser).lines
        stage.browser.open(stage.url(f"/settings/integrations/jira/{connection}/projects"))
        open_integrations(stage)
        assert read_card(stage.browser).state == "needs_attention"
        stage.browser.submit("Re-authorize")
        stage.browser.submit("Log in", {"Email": stage.cast.atlassian.email, "Password": stage.cast.atlassian.password})
        authorize(stage, stage.cast.site.name)
        assert read_card(stage.browser).state == "connected"


def test_a_fresh_start_deletes_nothing_but_the_demos_own_database(tmp_path: Path) -> None:
    real = tmp_path / "helpdesk.db"
    real.write_text("somebody's real helpdesk")
    with running(demo_world(), tmp_path):
        pass
    with running(demo_world(), tmp_path):
        pass
    assert real.read_text() == "somebody's real helpdesk"


def test_the_variables_of_a_real_helpdesk_do_not_reach_the_demo(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("HELPDESK_DATABASE_URL", "postgresql://nowhere.example/real")
    monkeypatch.setenv("HELPDESK_BASE_URL", "https://help.example.com")
    with running(demo_world(), tmp_path) as here, Browser() as browser:
        browser.open(here.helpdesk_url)
        assert here.host.base_url == here.helpdesk_url


def _signed_in(here: Running) -> Stage:
    cast: Cast = make_cast(here, demo_world())
    stage = Stage(cast)
    stage.sign_in(stage.browser, ADMIN)
    open_integrations(stage)
    return stage


def _connect(stage: Stage) -> None:
    stage.browser.submit("Connect", within=None)
    stage.browser.submit("Log in", {"Email": stage.cast.atlassian.email, "Password": stage.cast.atlassian.password})
    authorize(stage, stage.cast.site.name)
    go_to_consent(stage, "Connect another site")
    stage.browser.submit("Cancel")
    open_integrations(stage)


def _tickets(here: Running) -> int:
    with here.host.database.read() as session:
        return sum(count_by_status(session).values())
