"""What Jira demands of a new issue: asked on the channel's form, sent with each creation, and mended when it grows.

Over real HTTP with the simulator, through the pages as an admin uses them; only the jobs are run by hand.
"""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select

from helpdesk_core.accounts.models import Role, User
from helpdesk_core.accounts.service import create_user
from helpdesk_core.channels.models import Creation, CreationState
from helpdesk_core.channels.work import register
from helpdesk_core.sync.models import Link
from helpdesk_core.values import Secret
from tests.conftest import PASSWORD
from tests.sync.stand import DANA, PROJECT, SITE, Stand

SELECT, USER, LATER = "customfield_10201", "customfield_10203", "customfield_10299"


class Admin:
    """An admin's browser: `post` and `get` give the page that follows, as text."""

    def __init__(self, client) -> None:
        self._client = client

    def get(self, path: str, **query: str) -> str:
        return unescape(self._client.get(path, query_string=query, follow_redirects=True).text)

    def post(self, path: str, **data: str) -> str:
        return unescape(self._client.post(path, data=data, follow_redirects=True).text)

    def add_ticket(self, title: str) -> None:
        assert "is added" in self.post("/tickets/new", title=title, requester_name="Rae", assignee="")


@pytest.fixture
def admin(stand: Stand, work) -> User:
    register(work, stand.host)
    with stand.host.database.write() as session:
        return create_user(
            session,
            email="ada@acme.example",
            name="Ada",
            password=Secret(PASSWORD),
            role=Role.ADMIN,
            now=stand.host.now(),
        )


@pytest.fixture
def ada(signed_in, admin) -> Admin:
    return Admin(signed_in(admin))


@pytest.fixture
def demanding(stand: Stand) -> Stand:
    """A project whose tasks demand a component, one of a list, and a person."""
    control = stand.simulator.control
    control.set_components(SITE, PROJECT, ["Web", "Mobile"])
    control.set_create_field(SITE, PROJECT, "Task", "components", required=True)
    control.set_create_field(
        SITE, PROJECT, "Task", SELECT, name="Affected service", type="select", required=True, allowed=["Mail", "Shop"]
    )
    control.set_create_field(SITE, PROJECT, "Task", USER, name="Responsible", type="user", required=True)
    return stand


def option(page: str, name: str) -> str:
    """Return the value of what a form offers under a name."""
    found = re.search(rf'<option (?:selected )?value="([^"]*)">[^<]*{name}', page)
    assert found, f"the form does not offer {name}"
    return found[1]


def test_demanded_fields_are_asked_sent_and_mended_when_one_is_added(demanding, ada, jobs):
    where = option(ada.get("/settings/channels/new"), "Task")
    form = {"where": where, "name": "Tasks", "creates": "out", "status": "both", "comments": "both", "public": ""}
    page = ada.post("/settings/channels/new", **form, action="save")
    for name in ("Components", "Affected service", "Responsible"):
        assert f"{name} is demanded. Choose a value." in page

    page = ada.post("/settings/channels/new", **form, action="find", **{f"search-{USER}": "dana"})
    values = {
        "field-components": option(page, "Mobile"),
        f"field-{SELECT}": option(page, "Shop"),
        f"search-{USER}": "dana",
        f"field-{USER}": option(page, "Dana"),
    }
    assert "“Tasks” is on" in ada.post("/settings/channels/new", **form, **values, action="save")
    ada.add_ticket("First")
    jobs.run_all()
    wanted = {"component": ["Mobile"], "service": "Shop", "person": DANA, "later": None}
    assert sent(demanding, "First") == wanted

    control = demanding.simulator.control
    control.set_create_field(SITE, PROJECT, "Task", LATER, name="Cost centre", type="text", required=True)
    control.reset_calls()
    for title in ("Second", "Third", "Fourth"):
        ada.add_ticket(title)
    jobs.run_all()
    assert demanding.calls() == {"createIssue": 1}, "the others wait without being tried"
    page = ada.get("/settings/channels")
    assert "Needs attention" in page
    assert "Cost centre" in page
    assert "3 tickets wait" in page
    assert "“Tasks” needs attention" in ada.get("/settings/integrations")

    assert "Cost centre is demanded. Enter a value." in ada.post("/settings/channels/1", **form, **values)
    page = ada.post("/settings/channels/1", **form, **values, **{f"field-{LATER}": "4711"}, action="save")
    assert "3 waiting tickets get their issues now" in page
    jobs.run_all()
    for title in ("Second", "Third", "Fourth"):
        assert sent(demanding, title) == {**wanted, "later": "4711"}
    with demanding.host.database.read() as session:
        assert len(session.scalars(select(Link)).all()) == 4
        assert {each.state for each in session.scalars(select(Creation))} == {CreationState.DONE}


def sent(stand: Stand, title: str) -> dict[str, object]:
    """Return what stands in the demanded fields of the only issue with this title."""
    live = stand.simulator.state.site(SITE)
    (issue,) = [each for each in live.issues.values() if each.summary == title]
    emails = {account.id: account.email for account in stand.simulator.state.accounts.values()}
    return {
        "component": [each["name"] for each in issue.more["components"]],
        "service": issue.more[SELECT]["value"],
        "person": emails[issue.more[USER].account],
        "later": issue.more.get(LATER),
    }
