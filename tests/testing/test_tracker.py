"""The tracker's plugin connects, and reads projects, statuses and workflows."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from helpdesk_core.errors import AuthorizationLost, Extent, Rejected, TemporarilyUnavailable
from helpdesk_core.facets import TicketGateway
from helpdesk_core.integrations import IntegrationRegistry, Origin
from helpdesk_core.testing.tracker import Tracker, build_plugin, plugin
from helpdesk_core.testing.tracker.connecting import FormFlow, RedirectFlow
from helpdesk_core.testing.tracker.gateway import TrackerGateway
from helpdesk_core.testing.tracker.statuses import TrackerStatuses
from helpdesk_core.testing.tracker.workflows import TrackerWorkflows
from helpdesk_core.values import (
    Authorized,
    Evidence,
    Failed,
    FailureCode,
    IssueRequest,
    ProjectRequest,
    RefreshRequest,
    RemoteProject,
    RemoteStatus,
    SetupRequest,
    ShowForm,
    StatusCategory,
    SuggestRequest,
    SystemStatus,
    TicketStatus,
    WorkflowRequest,
)
from tests.testing.tracker_world import ACME, CALLBACK, World

REDIRECT, FORM, STATUSES, WORKFLOWS = RedirectFlow(), FormFlow(), TrackerStatuses(), TrackerWorkflows()


@pytest.fixture
def world():
    return World()


def connect(world, **decision):
    redirect = REDIRECT.begin(world.begin())
    return REDIRECT.complete(world.callback(world.tracker.consent(redirect.url, **decision), kept=redirect.keep))


# ── the plugin ──


@pytest.mark.parametrize("module", [plugin, build_plugin(), build_plugin(connect_flow=FormFlow())])
def test_the_plugin_is_admitted_with_every_hook(module):
    registry = IntegrationRegistry()
    registry.admit("tracker", module, Origin(distribution="helpdesk-tracker"))
    assert len(registry.get("tracker").hooks) == 9


def test_a_facet_can_be_replaced_or_left_out():
    class Other(TrackerGateway):
        pass

    registry = IntegrationRegistry()
    registry.admit(
        "tracker", build_plugin(ticket_gateway=Other(), webhook_receiver=None), Origin(distribution="helpdesk-tracker")
    )
    assert isinstance(registry.get("tracker").ticket_gateway, Other | TicketGateway)
    assert registry.get("tracker").webhook_receiver is None


def test_a_hook_that_is_not_there_is_no_facet():
    with pytest.raises(TypeError, match="There is no hook gateway"):
        build_plugin(gateway=TrackerGateway())


# ── connecting by redirect ──


def test_begin_carries_state_and_callback_and_asks_nobody(world):
    first, second = REDIRECT.begin(world.begin()), REDIRECT.begin(world.begin())
    for redirect in (first, second):
        query = parse_qs(urlsplit(redirect.url).query)
        assert (query["state"], query["redirect_uri"]) == (["st&te=1"], [CALLBACK])
        assert redirect.keep["verifier"].reveal() not in redirect.url
    assert world.asked() == []


def test_consent_leads_to_credentials_and_both_workspaces(world):
    done = connect(world)
    assert isinstance(done, Authorized)
    assert [each.id for each in done.workspaces] == ["w-1", "w-2"]
    assert (done.credentials.expires_at - world.moment).total_seconds() == 3600
    connection = replace(world.connection, credentials=done.credentials, workspace=done.workspaces[1])
    assert REDIRECT.verify(connection).name == "Helpdesk Bot"


def test_consent_may_reach_one_workspace_or_none(world):
    assert [each.name for each in connect(world, site_ids=("w-2",)).workspaces] == ["Beta"]
    assert connect(world, site_ids=()).code is FailureCode.NO_WORKSPACE


def test_workspaces_keep_their_ids_when_they_are_renamed(world):
    world.tracker.rename_workspace("w-1", "Acme & Sons")
    first, _ = connect(world).workspaces
    assert (first.id, first.name) == ("w-1", "Acme & Sons")


def test_denial_is_named(world):
    query = world.tracker.deny(REDIRECT.begin(world.begin()).url)
    assert REDIRECT.complete(world.callback(query)) == Failed(code=FailureCode.CONSENT_DENIED)


def test_a_code_is_good_once_and_only_with_its_verifier(world):
    redirect = REDIRECT.begin(world.begin())
    query = world.tracker.consent(redirect.url)
    assert isinstance(REDIRECT.complete(world.callback(query, kept=redirect.keep)), Authorized)
    assert REDIRECT.complete(world.callback(query, kept=redirect.keep)).code is FailureCode.CODE_REFUSED
    other = world.tracker.consent(REDIRECT.begin(world.begin()).url)
    assert REDIRECT.complete(world.callback(other, kept=redirect.keep)).code is FailureCode.CODE_REFUSED


def test_no_code_is_a_failure_and_asks_nobody(world):
    assert REDIRECT.complete(world.callback({"state": "s"})).code is FailureCode.ANSWER_UNREADABLE
    assert world.asked() == []


def test_a_wrong_client_secret_is_named(world):
    redirect = REDIRECT.begin(world.begin())
    query = world.tracker.consent(redirect.url)
    world.tracker.client_secret = "another"
    assert REDIRECT.complete(world.callback(query, kept=redirect.keep)).code is FailureCode.CLIENT_REFUSED


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, b"<html>", FailureCode.ANSWER_UNREADABLE),
        (200, b"", FailureCode.ANSWER_UNREADABLE),
        (200, {"access_token": 5}, FailureCode.ANSWER_UNREADABLE),
        (400, b"<html>", FailureCode.ANSWER_UNREADABLE),
        (503, b"", FailureCode.REMOTE_UNAVAILABLE),
        (429, b"", FailureCode.REMOTE_UNAVAILABLE),
    ],
)
def test_nonsense_while_completing_is_a_failure(world, status, body, code):
    redirect = REDIRECT.begin(world.begin())
    query = world.tracker.consent(redirect.url)
    world.answers(status, body)
    assert REDIRECT.complete(world.callback(query, kept=redirect.keep)).code is code


def test_the_set_up_form_names_the_settings_that_are_read(world):
    form = REDIRECT.setup(SetupRequest(callback_url=CALLBACK, settings={})).form
    assert set(form()._fields) == set(world.settings)
    with pytest.raises(Rejected) as refused:
        REDIRECT.begin(replace(world.begin(), settings={}))
    assert (refused.value.code, refused.value.extent) == ("setup_needed", Extent.CONNECTION)


# ── connecting by form ──


def test_an_api_token_connects_and_does_not_end(world):
    assert FORM.setup(SetupRequest(callback_url=CALLBACK, settings={})) is None
    assert isinstance(FORM.begin(world.begin()), ShowForm)
    done = FORM.complete(world.callback(form={"token": world.tracker.api_token(site_ids=("w-1",))}))
    assert [each.id for each in done.workspaces] == ["w-1"]
    assert done.credentials.expires_at is None
    with pytest.raises(AuthorizationLost):
        FORM.refresh(
            RefreshRequest(credentials=done.credentials, settings={}, http=world.tracker.session(), now=world.moment)
        )


@pytest.mark.parametrize("token", ["wrong", "", "with\nline", "Schlüssel", "two words"])
def test_a_wrong_api_token_shows_the_form_again(world, token):
    again = FORM.complete(world.callback(form={"token": token}))
    assert isinstance(again, ShowForm)
    assert again.explanation
    assert not token or token not in "".join(again.explanation)


def test_an_outage_is_no_wrong_token(world):
    world.answers(502, b"<html>")
    assert FORM.complete(world.callback(form={"token": "t"})).code is FailureCode.REMOTE_UNAVAILABLE


# ── credentials ──


def renewal(world, credentials=None):
    connection = world.connection
    return RefreshRequest(
        credentials=credentials or connection.credentials,
        settings=world.settings,
        http=connection.http,
        now=world.moment,
    )


def test_refresh_tokens_rotate_and_old_ones_are_refused(world):
    world.later(hours=2)
    with pytest.raises(AuthorizationLost):
        REDIRECT.verify(world.connection)
    new = REDIRECT.refresh(renewal(world))
    assert new.refresh_token != world.connection.credentials.refresh_token
    assert REDIRECT.verify(replace(world.connection, credentials=new)).id == "a-1"
    with pytest.raises(AuthorizationLost):
        REDIRECT.refresh(renewal(world))


def test_without_a_new_refresh_token_the_old_one_stays(world):
    world.answers(200, {"access_token": "new", "expires_in": 60, "scope": "read"})
    assert REDIRECT.refresh(renewal(world)).refresh_token == world.connection.credentials.refresh_token


@pytest.mark.parametrize(("status", "body"), [(500, b""), (429, b""), (400, b"<html>"), (200, b"[]"), (401, b"{}")])
def test_an_outage_ends_no_authorization(world, status, body):
    world.answers(status, body)
    with pytest.raises(TemporarilyUnavailable):
        REDIRECT.refresh(renewal(world))


def test_a_wrong_client_is_the_operators_to_mend(world):
    world.tracker.client_secret = "another"
    with pytest.raises(Rejected) as refused:
        REDIRECT.refresh(renewal(world))
    assert (refused.value.code, refused.value.extent) == ("client_refused", Extent.CONNECTION)


def test_revoking_removes_orders_and_grant_and_is_harmless_twice(world):
    http = requests.Session()
    world.tracker.mount(http)
    bearer = {"Authorization": f"Bearer {world.connection.credentials.access_token.reveal()}"}
    made = http.post(
        "https://tracker.test/w/w-1/orders", json={"url": "https://x.example", "projects": ["p-1"]}, headers=bearer
    )
    assert made.status_code == 201
    assert len(REDIRECT.revoke(world.connection).removed) == 2
    assert (world.orders(), world.tracker.grants) == ({}, [])
    assert REDIRECT.revoke(world.connection).removed == ()


# ── statuses ──


def test_every_page_is_read(world):
    read = STATUSES.read(world.connection)
    assert (len(read.projects), len({each.id for each in read.projects})) == (34, 34)
    assert len(read.statuses) == len({each.id for each in read.statuses}) > 20
    assert [each.key for each in read.projects if each.archived] == ["OLD"]
    categories = {each.id: each.category for each in read.statuses}
    assert (categories["hold"], categories["done"]) == (StatusCategory.UNDEFINED, StatusCategory.DONE)
    assert {each.project_id for each in read.statuses} > {None, "p-3"}


def test_the_detail_holds_every_status_of_its_kinds(world):
    for project in STATUSES.read(world.connection).projects:
        detail = STATUSES.project(ProjectRequest(connection=world.connection, project=project))
        assert {id_ for kind in detail.kinds for id_ in kind.status_ids} == {each.id for each in detail.statuses}


def test_an_unknown_or_hidden_project_is_gone(world):
    world.tracker.forbid("browse", "p-2")
    for id_ in ("p-2", "p-999", "..", "", "a/b"):
        with pytest.raises(Rejected) as refused:
            STATUSES.project(
                ProjectRequest(connection=world.connection, project=RemoteProject(id=id_, key="X", name="X"))
            )
        assert refused.value.code == "gone"


def test_an_empty_answer_is_believed_only_of_one_who_is_known(world):
    world.tracker.sites["w-1"].projects.clear()
    assert STATUSES.read(world.connection).projects == ()
    world.tracker.revoke_tokens(masked=True)
    with pytest.raises(AuthorizationLost):
        STATUSES.read(world.connection)


def test_suggestions_name_only_what_was_given(world):
    remote = (*STATUSES.read(world.connection).statuses, RemoteStatus(id="odd", name="Odd"))
    tickets = tuple(TicketStatus(key=each.value, name=each.value, system=each) for each in SystemStatus)
    world.asked()
    found = {
        each.remote_id: each.ticket_status for each in STATUSES.suggest(SuggestRequest(remote=remote, tickets=tickets))
    }
    assert (found["hold"], found["todo"]) == ("waiting", "open")
    assert "odd" not in found
    assert world.asked() == []
    assert list(STATUSES.suggest(SuggestRequest(remote=remote, tickets=()))) == []


# ── workflows ──


@pytest.mark.parametrize("may_read", [True, False])
@pytest.mark.parametrize("kind", ["task", "bug"])
def test_steps_agree_with_what_is_open(world, kind, may_read):
    detail = STATUSES.project(ProjectRequest(connection=world.connection, project=ACME))
    ids = next(each.status_ids for each in detail.kinds if each.id == kind)
    issues = [world.tracker.add_issue(f"One in {each}", status=each, kind=kind) for each in ids]
    if not may_read:
        world.tracker.forbid("workflow")
    read = WORKFLOWS.read(WorkflowRequest(connection=world.connection, project=ACME, kind_id=kind, status_ids=ids))
    assert read.explored == set(ids)
    assert {each.evidence for each in read.steps} == {Evidence.KNOWN if may_read else Evidence.LEARNT}
    for issue_id in issues:
        opened = TrackerGateway().open(IssueRequest(connection=world.connection, issue_id=issue_id))
        steps = {each.transition for each in read.steps if each.from_id == opened.issue.status_id}
        assert steps == set(opened.transitions)


def test_what_nobody_has_seen_is_left_out(world):
    world.tracker.forbid("workflow")
    request = WorkflowRequest(connection=world.connection, project=ACME, kind_id="task", status_ids=("todo", "doing"))
    assert WORKFLOWS.read(request).steps == ()
    assert WORKFLOWS.read(request).explored == frozenset()


def test_a_tracker_is_nobody_elses():
    one, other = Tracker(), Tracker()
    one.archive("p-1")
    assert not other.sites["w-1"].projects["p-1"].archived
