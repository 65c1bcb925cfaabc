"""Re-authorizing in place: what waited meanwhile arrives afterwards, in order and once. And what else a connection
goes through in its life: another account, another name, months without use.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from helpdesk_core.connections.models import Connection, ConnectionState, Credential
from helpdesk_core.conversation.wishes import CommentChanged
from helpdesk_core.health.watching import keep_alive
from helpdesk_core.tickets import service as tickets
from helpdesk_core.tickets.models import Visibility
from plugins.jira.simulator.documents import plain_text
from tests.databases import KINDS
from tests.health.patient import Patient, admitted
from tests.sync.stand import BOARD, BOT, DANA, SITE

pytestmark = pytest.mark.health
TICKETS, REPLIES = 20, 4
"""Each ticket is taken up too: a hundred changes."""


@pytest.mark.parametrize("kind", KINDS)
def test_a_hundred_changes_wait_for_the_authorization_and_arrive_in_order_and_once(database, registry, vault_key, work):
    with admitted(database, registry, vault_key, work, count=TICKETS) as patient:
        patient.control.revoke_grant(BOT)
        said = {
            link_id: [f"Reply {number} on {key}" for number in range(REPLIES)] for link_id, key in patient.links.items()
        }
        moves = {key: len(changes_of_status(patient, key)) for key in patient.links.values()}
        for number in range(REPLIES):
            for link_id, words in said.items():
                reply(patient, link_id, words[number])
        for link_id in patient.links:
            patient.stand.change(patient.stand.row(link_id).ticket_id, "in_progress")
        patient.pass_time(minutes=10)
        found = patient.look()
        assert list(found) == ["authorization"]
        patient.open_health()
        assert f"{TICKETS} links wait for it." in patient.row("authorization").get_text(" ", strip=True)
        before = identity(patient)

        patient.reauthorize("authorization")
        patient.pass_time(minutes=2)

        assert identity(patient) == before, "the same connection, and no other beside it"
        assert patient.look() == {}
        for link_id, key in patient.links.items():
            issue = patient.stand.issue(key)
            assert issue.status_id in BOARD.columns["in_progress"]
            assert len(changes_of_status(patient, key)) == moves[key] + 1
            assert [words for each in issue.comments for words in said[link_id] if words in plain_text(each.body)] == (
                said[link_id]
            )
            assert len(issue.comments) == REPLIES


def test_another_site_is_refused_by_name_and_nothing_is_lost(patient: Patient):
    patient.control.revoke_grant(BOT)
    patient.use()
    patient.pass_time(minutes=3)
    patient.press("authorization", "Re-authorize")
    patient.browser.submit("Log in", {"Email": BOT, "Password": patient.password})
    patient.browser.submit("Authorize", {"Use app on": "beta"})
    assert patient.browser.one("[data-failure]")["data-failure"] == "wrong_workspace"
    assert "Expected acme, got beta." in patient.browser.text
    assert list(patient.look()) == ["authorization"]
    patient.reauthorize("authorization")
    patient.pass_time(minutes=3)
    assert (patient.look(), patient.undone()) == ({}, [])


def test_another_account_takes_over_in_the_same_place(patient: Patient):
    patient.control.set_active(BOT, active=False)
    patient.use()
    patient.pass_time(minutes=3)
    before = identity(patient)
    patient.reauthorize("authorization", DANA)
    patient.pass_time(minutes=3)
    assert identity(patient) == before
    assert (patient.look(), patient.undone()) == ({}, [])
    patient.open_health()
    assert "It acts as Dana Admin." in patient.row("account").get_text(" ", strip=True)


def test_a_renamed_site_is_recognized_named_and_goes_on(patient: Patient):
    patient.stand.simulator.control.rename_site(SITE, "acme-new")
    try:
        assert patient.look() == {}
        patient.open_health()
        assert "acme-new" in patient.browser.heading or "acme-new" in patient.browser.text
        with patient.stand.host.database.read() as session:
            assert session.scalars(select(Connection.workspace_name)).one() == "acme-new"
    finally:
        patient.stand.simulator.control.rename_site("acme-new", SITE)
    patient.use()
    patient.pass_time(minutes=3)
    assert (patient.look(), patient.undone()) == ({}, [])


def test_a_connection_that_is_paused_for_a_year_keeps_its_authorization(patient: Patient):
    host = patient.stand.host
    with host.database.write() as session:
        session.execute(update(Connection).values(paused_at=host.now(), paused_by_name="Dana"))
    for _ in range(12):
        patient.pass_time(days=30)
        keep_alive(host)
    with host.database.write() as session:
        session.execute(update(Connection).values(paused_at=None))
        assert session.scalars(select(Connection.state)).one() == ConnectionState.CONNECTED
        refreshed = session.scalars(select(Credential.refreshed_at)).one()
    assert patient.clock.time - refreshed < timedelta(days=61)
    patient.use()
    patient.pass_time(minutes=3)
    assert patient.undone() == []
    assert {check: row.code for check, row in patient.look().items()} == {"consent": "consent_old"}


def reply(patient: Patient, link_id: int, words: str) -> None:
    host = patient.stand.host
    with host.database.write() as session:
        ticket = tickets.get_ticket(session, patient.stand.row(link_id).ticket_id)
        tickets.add_comment(
            session,
            ticket,
            words,
            visibility=Visibility.PUBLIC,
            by=patient.dana(session),
            now=host.now(),
            observers=(CommentChanged(host.jobs),),
        )


def identity(patient: Patient) -> list[tuple[int, str]]:
    with patient.stand.host.database.read() as session:
        return [(each.id, each.workspace_id) for each in session.scalars(select(Connection))]


def changes_of_status(patient: Patient, key: str) -> list[object]:
    return [item for change in patient.stand.issue(key).changelog for item in change.items if item.field == "status"]
