"""Signing in and out, and who may see what."""

from __future__ import annotations

import pytest

from helpdesk_core.accounts.models import Role
from helpdesk_core.accounts.service import authenticate, change_user, create_user, get_user
from helpdesk_core.errors import Refused
from helpdesk_core.values import Secret
from tests.conftest import PASSWORD


def test_a_person_signs_in_and_lands_on_the_page_that_was_asked_for(app, admin):
    client = app.test_client()
    assert client.get("/settings/people").location == "/sign-in?next=%2Fsettings%2Fpeople"
    answer = client.post(
        "/sign-in?next=%2Fsettings%2Fpeople", data={"email": " Dana@ACME.example ", "password": PASSWORD}
    )
    assert answer.location == "/settings/people"
    assert "Dana Admin" in client.get("/settings/people").text


@pytest.mark.parametrize("outside", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"])
def test_signing_in_never_redirects_outside(app, admin, outside):
    answer = app.test_client().post(
        "/sign-in", query_string={"next": outside}, data={"email": admin.email, "password": PASSWORD}
    )
    assert answer.location == "/"


@pytest.mark.parametrize(("email", "password"), [("dana@acme.example", "wrong"), ("nobody@acme.example", PASSWORD)])
def test_a_wrong_pair_is_refused_without_saying_which_half_was_wrong(app, admin, email, password):
    answer = app.test_client().post("/sign-in", data={"email": email, "password": password})
    assert "do not belong together" in answer.text
    assert password not in answer.text


def test_an_agent_sees_no_settings(signed_in, agent):
    answer = signed_in(agent).get("/settings/people")
    assert answer.status_code == 403
    assert "Only for admins" in answer.text


def test_a_deactivated_person_is_signed_out_and_stays_out(host, app, signed_in, admin, agent):
    client = signed_in(agent)
    with host.database.write() as session:
        user = get_user(session, agent.id)
        change_user(session, user, name=user.name, role=user.role, active=False)
    assert client.get("/settings/people").location.startswith("/sign-in")
    with host.database.read() as session:
        assert authenticate(session, email=agent.email, password=Secret(PASSWORD)) is None


def test_the_last_admin_cannot_lock_everybody_out(host, admin):
    with host.database.write() as session, pytest.raises(Refused, match="only active admin"):
        change_user(session, get_user(session, admin.id), name="Dana", role=Role.AGENT, active=True)


def test_an_address_belongs_to_one_person(host, admin):
    with host.database.write() as session, pytest.raises(Refused, match="exists already"):
        create_user(
            session,
            email="DANA@acme.example",
            name="Another",
            password=Secret(PASSWORD),
            role=Role.AGENT,
            now=host.now(),
        )


def test_an_admin_adds_and_changes_people(signed_in, admin):
    client = signed_in(admin)
    form = {"name": "Kim", "email": "kim@acme.example", "role": "agent", "password": PASSWORD}
    assert "Kim can sign in now." in client.post("/settings/people", data=form, follow_redirects=True).text
    again = client.post("/settings/people", data=form)
    assert "exists already" in again.text
    answer = client.post("/settings/people/2", data={"name": "Kim Lee", "role": "admin", "active": "y"})
    assert answer.location == "/settings/people"
    assert "Kim Lee" in client.get("/settings/people").text
