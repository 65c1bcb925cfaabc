"""Creating issues over real HTTP with the simulated Atlassian, which is an independent reading of the documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from helpdesk_core.errors import AuthorizationLost, Rejected, TemporarilyUnavailable
from helpdesk_core.outbound import new_session
from helpdesk_core.values import (
    ArrivedRequest,
    ConnectionView,
    CreatedIssue,
    CreateField,
    CreateFieldsRequest,
    CreateRequest,
    FieldValue,
    FoundIssue,
    IssueRequest,
    OptionsRequest,
    RecentRequest,
    RemoteProject,
)
from plugins.jira.creation import JiraIssueCreation
from plugins.jira.simulator import Simulator
from tests.jira.test_simulated import CALLBACK_URL, connect, settings_for, view_of
from tests.simulator.create_fields import BOT_ID, EVERY_KIND, world_with

creation = JiraIssueCreation()
BOT, DANA = "helpdesk-bot@acme.example", "dana@acme.example"
TASK = "10001"
VALUES = {
    "components": "Shop",
    "labels": "loud hot",
    "assignee": "Dana Admin",
    "duedate": "2026-12-24",
    "customfield_10201": "High",
    "customfield_10202": "B",
    "customfield_10203": "Helpdesk Bot",
    "customfield_10204": "R-7",
    "customfield_10205": "Very loud.",
    "customfield_10206": "12,5",
    "customfield_10207": "2026-11-24",
}
"""A value for each kind of field, as a person would choose or type it."""


@dataclass
class Place:
    """A project of the simulated site, seen by the connected account."""

    simulator: Simulator
    view: ConnectionView
    project: RemoteProject

    def fields(self) -> dict[str, CreateField]:
        asked = CreateFieldsRequest(connection=self.view, project=self.project, kind_id=TASK)
        return {one.id: one for one in creation.fields(asked)}

    def create(self, marker: str = "m-1", title: str = "Printer on fire", **values: str) -> CreatedIssue:
        known = self.fields()
        given = tuple(
            FieldValue(field=known[name], value=self.value(known[name], told)) for name, told in values.items()
        )
        return creation.create(
            CreateRequest(
                connection=self.view,
                project=self.project,
                kind_id=TASK,
                marker=marker,
                title=title,
                body="It *hums*.",
                author="Ann Lee",
                fields=given,
            )
        )

    def value(self, field: CreateField, told: str) -> str:
        """What stands for a name: an option's id, or that of a person who is found by some letters."""
        choices = field.options or (self.people(field, told[:3]) if field.searchable else ())
        return next((one.id for one in choices if one.name == told), told)

    def people(self, field: CreateField, letters: str) -> tuple[object, ...]:
        return creation.options(OptionsRequest(connection=self.view, project=self.project, field=field, text=letters))

    def recent(self) -> dict[str, FoundIssue]:
        found = creation.recent(RecentRequest(connection=self.view, project_id=self.project.id, minutes=15))
        return {one.issue.key: one for one in found}

    def arrived(self, minutes: int | None = 15, kind: str = TASK) -> list[str]:
        """The keys of what has arrived."""
        asked = ArrivedRequest(connection=self.view, project_id=self.project.id, kind_id=kind, minutes=minutes)
        live = self.simulator.state.site("acme")
        return [live.key_of(live.issues[issue_id]) for issue_id in creation.arrived(asked)]

    def person_creates(self, summary: str = "It hums", kind: str = "Task") -> str:
        """Let somebody create an issue in Jira."""
        return self.simulator.control.create_issue("acme", "SUP", kind, summary, DANA)

    def describe(self, issue_id: str) -> FoundIssue:
        return creation.describe(IssueRequest(connection=self.view, issue_id=issue_id))


@pytest.fixture
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """The demo; a test may say which fields a Task in SUP has."""
    fields = getattr(request, "param", {})
    with Simulator(world_with(**fields).with_app(callback_urls=(CALLBACK_URL,))).serve() as simulator:
        found = simulator.state.site("acme").project("SUP")
        assert found is not None
        simulator.control.set_components("acme", "SUP", ["Shop"])
        simulator.control.advance(3600)  # the world's own issues were created at its start, by the account itself
        with new_session() as http:
            view = view_of(connect(simulator, http), settings_for(simulator), http)
            yield Place(simulator, view, RemoteProject(id=found.id, key="SUP", name=found.name))


def test_an_issue_is_created_in_one_call_and_described_in_one(place: Place) -> None:
    request = CreateRequest(
        connection=place.view,
        project=place.project,
        kind_id=TASK,
        marker="m-1",
        title="Printer\non fire",
        body="It *hums*.",
        author="Ann Lee",
    )
    place.simulator.control.reset_calls()
    made = creation.create(request)
    found = place.describe(made.id)
    assert place.simulator.control.counts() == {"createIssue": 1, "getIssue": 1}
    assert (found.issue.id, found.issue.key, found.issue.url) == (made.id, made.key, made.url)
    assert (found.issue.title, found.issue.kind_id, found.issue.project_id) == (
        *("Printer on fire", TASK, place.project.id),
    )
    assert (found.marker, found.ours, found.body) == ("m-1", True, "**Ann Lee** wrote:\n\nIt *hums*.")
    assert (found.reporter, found.reporter_email) == ("Helpdesk Bot", BOT)
    assert found.created_at is not None


@pytest.mark.parametrize("place", [EVERY_KIND], indirect=True)
def test_every_kind_of_field_is_filled_in(place: Place) -> None:
    known = place.fields()
    assert known.keys() == EVERY_KIND.keys() - {"description"}
    assert {name for name, one in known.items() if one.required} == {
        *("components", "labels", "customfield_10201", "customfield_10203"),
    }
    assert {name for name, one in known.items() if one.searchable} == {"assignee", "customfield_10203"}
    assert all(one.shape for one in known.values())
    made = place.create(**VALUES)
    kept = place.simulator.state.site("acme").issues[made.id]
    assert kept.labels == ["loud", "hot"]
    assert kept.more["customfield_10203"].account == BOT_ID
    assert kept.more["customfield_10206"] == 12.5
    assert kept.more["customfield_10202"] == [{"id": "1020201", "value": "B"}]
    assert kept.more.keys() >= VALUES.keys() - {"labels"}


@pytest.mark.parametrize("place", [EVERY_KIND], indirect=True)
def test_what_is_missing_is_named(place: Place) -> None:
    with pytest.raises(Rejected, match=r"Impact is required") as caught:
        place.create(components="Shop", labels="loud", customfield_10203="Helpdesk Bot")
    assert caught.value.code == "field_required"
    with pytest.raises(Rejected, match="Seen on: Operation value must be a date") as caught:
        place.create(**VALUES | {"customfield_10207": "yesterday"})
    assert caught.value.code == "field_required"
    assert place.recent() == {}


def test_fields_that_a_person_adds_meanwhile_are_demanded(place: Place) -> None:
    field = {"name": "Cause", "type": "text", "required": True}
    place.simulator.control.set_create_field("acme", "SUP", "Task", "customfield_10300", **field)
    with pytest.raises(Rejected, match="“Cause is required”") as caught:
        place.create()
    assert caught.value.code == "field_required"
    assert place.fields()["customfield_10300"].required
    assert place.create(customfield_10300="Heat").key in place.recent()


def test_a_field_that_becomes_required_is_refused_in_jiras_own_form(place: Place) -> None:
    optional = {"name": "Cause", "type": "text"}
    place.simulator.control.set_create_field("acme", "SUP", "Task", "customfield_10300", **optional)
    assert place.create().key in place.recent()
    place.simulator.control.set_create_field("acme", "SUP", "Task", "customfield_10300", **optional, required=True)
    address = f"{place.simulator.url}/ex/jira/{place.view.workspace.id}/rest/api/3/issue"
    fields = {"project": {"id": place.project.id}, "issuetype": {"id": TASK}, "summary": "It"}
    bearer = {"Authorization": f"Bearer {place.view.credentials.access_token.reveal()}"}
    answer = place.view.http.post(address, json={"fields": fields}, headers=bearer)
    assert answer.status_code == 400
    assert answer.json() == {"errorMessages": [], "errors": {"customfield_10300": "Cause is required."}}
    with pytest.raises(Rejected, match="“Cause is required”") as caught:
        place.create(marker="m-2")
    assert caught.value.code == "field_required"
    assert len(place.recent()) == 1


def test_a_lost_answer_is_found_again_as_soon_as_the_search_knows(place: Place) -> None:
    place.simulator.control.search_lag(60)
    place.simulator.control.fault("createIssue", "lose-answer")
    with pytest.raises(TemporarilyUnavailable):
        place.create(marker="m-lost")
    assert place.recent() == {}
    place.simulator.control.advance(61)
    (found,) = place.recent().values()
    assert (found.marker, found.ours) == ("m-lost", True)
    assert place.simulator.control.counts()["createIssue"] == 1


def test_only_what_we_created_lately_in_the_project_is_recent(place: Place) -> None:
    theirs = place.simulator.control.create_issue("acme", "SUP", "Task", "Not ours", DANA)
    by_hand = place.simulator.control.create_issue("acme", "SUP", "Task", "As we, by hand", BOT)
    place.simulator.control.create_issue("acme", "PLAT", "Task", "Elsewhere", BOT)
    made = [place.create(marker=f"m-{number}").key for number in range(3)]
    place.simulator.control.shorten_search_pages(2)
    found = place.recent()
    assert found.keys() == {by_hand, *made}
    assert [found[key].marker for key in (by_hand, *made)] == ["", "m-0", "m-1", "m-2"]
    other = place.simulator.state.site("acme").issue(theirs)
    assert other is not None
    assert (place.describe(other.id).marker, place.describe(other.id).ours) == ("", False)
    assert place.describe(other.id).reporter == "Dana Admin"
    place.simulator.control.advance(16 * 60)
    assert place.recent() == {}


def test_what_has_arrived_is_found_whoever_created_it_oldest_first(place: Place) -> None:
    before = place.arrived(minutes=None)
    theirs = place.person_creates()
    place.person_creates(kind="Bug")
    place.simulator.control.create_issue("acme", "PLAT", "Task", "Elsewhere", DANA)
    place.simulator.control.advance(60)
    ours = place.create().key
    place.simulator.control.reset_calls()
    assert place.arrived() == [theirs, ours]
    assert place.simulator.control.counts() == {"searchAndReconsileIssuesUsingJqlPost": 1}
    place.simulator.control.shorten_search_pages(1)
    assert place.arrived() == [theirs, ours]
    place.simulator.control.transition("acme", theirs, "Closed", DANA)
    assert place.arrived() == [theirs, ours]  # however it stands
    assert place.arrived(minutes=None) == [*before, ours]  # whatever its age
    place.simulator.control.advance(15 * 60 - 30)
    assert place.arrived() == [ours]
    place.simulator.control.advance(60)
    assert place.arrived() == []


def test_what_has_arrived_is_found_as_soon_as_the_search_knows(place: Place) -> None:
    place.simulator.control.search_lag(60)
    key = place.person_creates()
    assert place.arrived() == []
    place.simulator.control.advance(61)
    assert place.arrived() == [key]


def test_what_is_hidden_has_not_arrived_but_is_refused(place: Place) -> None:
    with pytest.raises(Rejected, match="99999"):
        place.arrived(kind="99999")
    place.simulator.control.hide_project("acme", "SUP", BOT)
    with pytest.raises(Rejected, match=place.project.id):
        place.arrived()


def test_an_issue_of_a_test_is_deleted_once(place: Place) -> None:
    made = place.create()
    request = IssueRequest(connection=place.view, issue_id=made.id)
    creation.delete(request)
    creation.delete(request)
    with pytest.raises(Rejected) as caught:
        place.describe(made.id)
    assert caught.value.code == "gone"


def test_missing_permissions_have_a_name(place: Place) -> None:
    made, known = place.create(), place.fields()
    place.simulator.control.set_permissions("acme", BOT, ["BROWSE_PROJECTS"], "SUP")
    for act in (
        place.fields,
        lambda: creation.create(
            CreateRequest(
                connection=place.view, project=place.project, kind_id=TASK, marker="m", title="t", body="", author="A"
            )
        ),
        lambda: creation.delete(IssueRequest(connection=place.view, issue_id=made.id)),
    ):
        with pytest.raises(Rejected) as caught:
            act()
        assert caught.value.code == "no_permission"
    place.simulator.control.hide_project("acme", "SUP", BOT)
    with pytest.raises(Rejected) as caught:
        place.fields()
    assert caught.value.code == "no_permission"
    assert known


def test_an_expired_token_is_never_a_missing_permission_nor_an_empty_search(place: Place) -> None:
    place.simulator.control.mask_invalid_tokens()
    place.simulator.control.expire_access_tokens()
    for act in (place.fields, place.recent, place.arrived, lambda: place.describe("10001")):
        with pytest.raises(AuthorizationLost):
            act()
