"""Whatever the tracker answers, the plugin raises one of the three families, and shows no secret."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk_core.errors import AuthorizationLost, IntegrationError, Rejected, TemporarilyUnavailable
from helpdesk_core.testing.tracker.client import Client
from helpdesk_core.testing.tracker.connecting import FormFlow, RedirectFlow
from helpdesk_core.testing.tracker.conversation import TrackerConversation
from helpdesk_core.testing.tracker.creation import TrackerCreation
from helpdesk_core.testing.tracker.gateway import TrackerGateway
from helpdesk_core.testing.tracker.health import TrackerHealth
from helpdesk_core.testing.tracker.service import answer
from helpdesk_core.testing.tracker.statuses import TrackerStatuses
from helpdesk_core.testing.tracker.webhooks import TrackerWebhooks
from helpdesk_core.testing.tracker.workflows import TrackerWorkflows
from helpdesk_core.values import (
    ArrivedRequest,
    Authorized,
    ChangedRequest,
    CommentsRequest,
    CreateField,
    CreateFieldsRequest,
    CreateRequest,
    EditRequest,
    Failed,
    FindRequest,
    HealthRequest,
    HopRequest,
    IssueRequest,
    IssuesRequest,
    LinkBackRequest,
    OptionsRequest,
    PostRequest,
    ProbeRequest,
    ProjectRequest,
    RecentRequest,
    RefreshRequest,
    ShowForm,
    Transition,
    WithdrawRequest,
    WorkflowRequest,
)
from tests.testing.tracker_world import ACME, World

GATEWAY, STATUSES, CREATION, TALK = TrackerGateway(), TrackerStatuses(), TrackerCreation(), TrackerConversation()
WEBHOOKS, HEALTH, WORKFLOWS, REDIRECT, FORM = (
    TrackerWebhooks(),
    TrackerHealth(),
    TrackerWorkflows(),
    RedirectFlow(),
    FormFlow(),
)
OWNER = CreateField(id="owner", name="Owner", shape="person")
START = Transition(id="t-start", name="Start", to_id="doing")

WORLD = World()
ISSUE = WORLD.tracker.add_issue("Printer")
WORLD.tracker.say(ISSUE, "Hello")


def calls(world, issue_id):
    """Return every call that a plugin can be asked to make, by name."""
    connection = world.connection
    at = {"connection": connection, "issue_id": issue_id}
    text = {"author": "Cy", "body": "Text"}
    create = CreateRequest(connection=connection, project=ACME, kind_id="task", marker="m", title="T", **text)
    back = LinkBackRequest(**at, ticket_id=1, ticket_title="T", ticket_url="https://desk.example/1", solved=False)
    health = HealthRequest(
        connection=connection, now=world.moment, consented_at=world.moment, projects=(ACME,), thorough=True
    )
    renewal = RefreshRequest(
        credentials=connection.credentials, settings=world.settings, http=connection.http, now=world.moment
    )
    arrived = ArrivedRequest(connection=connection, project_id="p-1", kind_id="task")
    workflow = WorkflowRequest(connection=connection, project=ACME, kind_id="task", status_ids=("todo", "doing"))
    changed = ChangedRequest(connection=connection, project_ids=("p-1",), minutes=9)
    return {
        "verify": lambda: REDIRECT.verify(connection),
        "refresh": lambda: REDIRECT.refresh(renewal),
        "revoke": lambda: REDIRECT.revoke(connection),
        "read": lambda: STATUSES.read(connection),
        "project": lambda: STATUSES.project(ProjectRequest(connection=connection, project=ACME)),
        "workflow": lambda: WORKFLOWS.read(workflow),
        "fetch": lambda: GATEWAY.fetch(IssuesRequest(connection=connection, issue_ids=(issue_id,))),
        "open": lambda: GATEWAY.open(IssueRequest(**at)),
        "find": lambda: GATEWAY.find(FindRequest(connection=connection, text="ACME-1")),
        "changed": lambda: GATEWAY.changed(changed),
        "hop": lambda: GATEWAY.hop(HopRequest(**at, transition=START)),
        "link_back": lambda: GATEWAY.link_back(back),
        "subscribe": lambda: WEBHOOKS.subscribe(world.subscription("o-1")),
        "renew": lambda: WEBHOOKS.renew(world.subscription("o-1")),
        "unsubscribe": lambda: WEBHOOKS.unsubscribe(world.subscription("o-1")),
        "fields": lambda: CREATION.fields(CreateFieldsRequest(connection=connection, project=ACME, kind_id="task")),
        "options": lambda: CREATION.options(OptionsRequest(connection=connection, project=ACME, field=OWNER, text="a")),
        "create": lambda: CREATION.create(create),
        "recent": lambda: CREATION.recent(RecentRequest(connection=connection, project_id="p-1", minutes=9)),
        "arrived": lambda: CREATION.arrived(arrived),
        "describe": lambda: CREATION.describe(IssueRequest(**at)),
        "delete": lambda: CREATION.delete(IssueRequest(**at)),
        "comments": lambda: TALK.read(CommentsRequest(**at)),
        "post": lambda: TALK.post(PostRequest(**at, marker="m", **text)),
        "edit": lambda: TALK.edit(EditRequest(**at, comment_id="c-1", **text)),
        "withdraw": lambda: TALK.withdraw(WithdrawRequest(**at, comment_id="c-1")),
        "examine": lambda: HEALTH.examine(health),
        "probe": lambda: HEALTH.probe(ProbeRequest(connection=connection, text="ACME")),
    }


CALLS = calls(WORLD, ISSUE)


def error_of(call, *args):
    """Make a call and return the error of the three families that it ended with, or None. Any other passes through."""
    try:
        call(*args)
    except IntegrationError as error:
        return error
    return None


NAMES = st.sampled_from(
    [
        *("items", "next", "id", "key", "name", "title", "url", "project", "kind", "status", "moves", "may_move"),
        *("fields", "edges", "kinds", "statuses", "created_at", "revision", "mine", "error", "message", "to", "from"),
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=12,
)
BODIES = st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode())
ANSWERED = st.sampled_from([200, 201, 204, 302, 400, 401, 403, 404, 409, 410, 422, 429, 500, 503, 100, 999])
WAITS = st.sampled_from(["", "5", "-1", "nan", "inf", "1e999", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", "9" * 400])


@pytest.mark.parametrize("name", CALLS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_any_answer_is_one_of_three_families(name, data):
    status, body, wait = data.draw(ANSWERED), data.draw(BODIES), data.draw(WAITS)
    WORLD.answers(status, body, {"Retry-After": wait})
    error = error_of(CALLS[name])
    WORLD.tracker.interfere = None
    assert "sesame" not in f"{error!r} {error}"
    if status == 429 and error:
        assert isinstance(error, TemporarilyUnavailable)
        assert not error.is_outage


def spoilt(value, draw):
    """Spoil one place of a good answer."""
    if isinstance(value, dict) and value and draw(st.booleans()):
        name = draw(st.sampled_from(sorted(value)))
        return value | {name: spoilt(value[name], draw)}
    if isinstance(value, list) and value and draw(st.booleans()):
        return [spoilt(value[0], draw), *value[1:]]
    return draw(JSON)


@pytest.mark.parametrize("name", CALLS)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_a_good_answer_that_is_spoilt_in_one_place_is_too(name, data):
    world = World()
    issue_id = world.tracker.add_issue("Printer")
    world.tracker.say(issue_id, "Hello")
    plain = requests.Session()
    plain.mount("https://tracker.test", world.connection.http.get_adapter("https://tracker.test"))

    def spoil(request):
        world.tracker.interfere = None
        good = plain.send(request, allow_redirects=False)
        world.tracker.interfere = spoil
        return answer(request, good.status_code, spoilt(good.json(), data.draw) if good.content else b"")

    world.tracker.interfere = spoil
    assert "sesame" not in str(error_of(calls(world, issue_id)[name]))


@settings(max_examples=40, deadline=None)
@given(status=ANSWERED, body=BODIES, by_form=st.booleans())
def test_any_answer_while_connecting_is_named(status, body, by_form):
    world = World()
    redirect = REDIRECT.begin(world.begin())
    query = world.tracker.consent(redirect.url)
    world.answers(status, body)
    if by_form:
        done = FORM.complete(world.callback(form={"token": "sesame"}))
        assert isinstance(done, Failed | ShowForm | Authorized)
        assert "sesame" not in str(done)
    else:
        done = REDIRECT.complete(world.callback(query, kept=redirect.keep))
        assert isinstance(done, Failed)
        assert query["code"] not in done.detail


@settings(max_examples=40, deadline=None)
@given(body=BODIES)
def test_any_signed_delivery_is_read_or_refused(body):
    error = error_of(WEBHOOKS.receive, WORLD.delivery(WORLD.tracker.sign(body), body))
    assert error is None or error.code == "unreadable"


@pytest.mark.parametrize(("wait", "seconds"), [("7", 7), ("-3", 0), ("1e12", 86400), ("inf", None), ("soon", None)])
def test_a_limit_is_no_outage(wait, seconds):
    world = World()
    world.answers(429, b"", {"Retry-After": wait})
    with pytest.raises(TemporarilyUnavailable) as limited:
        REDIRECT.verify(world.connection)
    assert (limited.value.retry_after, limited.value.is_outage) == (seconds, False)


def test_a_refusal_that_repeats_our_token_does_not_show_it():
    world = World()
    token = world.connection.credentials.access_token.reveal()
    world.answers(400, {"error": "odd", "message": f"{token} is odd. " + "x" * 1000})
    with pytest.raises(Rejected) as refused:
        REDIRECT.verify(world.connection)
    assert token not in str(refused.value)
    assert len(str(refused.value)) < 450


@pytest.mark.parametrize("names", [["a"], [str(number) for number in range(2000)]])
def test_a_list_without_an_end_is_given_up(names):
    world, turn = World(), iter(names * 2)
    world.tracker.interfere = lambda request: answer(request, 200, {"items": [], "next": next(turn)})
    with pytest.raises(TemporarilyUnavailable):
        list(Client.of(world.connection).pages("projects"))


def test_many_threads_move_one_issue_once():
    world = World()
    issue_id = world.tracker.add_issue("Printer")

    def take(_number):
        try:
            GATEWAY.hop(HopRequest(connection=world.connection, issue_id=issue_id, transition=START))
        except Rejected as refused:
            return refused.code
        return "taken"

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(take, range(8))) == ["stale"] * 7 + ["taken"]


def test_the_service_is_strict():
    world = World()
    http, root = world.tracker.session(), "https://tracker.test"
    bearer = {"Authorization": f"Bearer {world.tracker.api_token(site_ids=('w-1',))}"}
    for address, status in {
        "/nowhere": 401,
        "/w/w-2/me": 403,
        "/w/w-9/me": 403,
        "/w/w-1/issues?colour=red": 400,
        "/w/w-1/issues?changed_within=soon": 400,
        "/w/w-1/issues/i-none": 404,
        "/w/w-1/me": 200,
    }.items():
        if address == "/nowhere":
            assert http.get(f"{root}/w/w-1/me", headers={"Authorization": "Bearer bad"}).status_code == status
            assert http.get(root + address, headers=bearer).status_code == 404
        else:
            assert http.get(root + address, headers=bearer).status_code == status, address
    assert http.post(f"{root}/w/w-1/issues", data=b"<", headers=bearer).status_code == 400
    assert http.post(f"{root}/w/w-1/issues", json={"project": "p-1"}, headers=bearer).status_code == 422
    world.tracker.revoke_tokens()
    with pytest.raises(AuthorizationLost):
        REDIRECT.verify(world.connection)
