"""Whatever is sent, the simulator refuses in Atlassian's words and never breaks down itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.jira.simulator import Simulator
from plugins.jira.simulator.world import Limits
from tests.simulator.commenting import comment, listed
from tests.simulator.create_fields import EVERY_KIND, world_with
from tests.simulator.delivering import COMMENT_EVENTS
from tests.simulator.driving import ALL_SCOPES, Api, Driver

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = {
    "POST /issue": ("fields", "properties", "update"),
    "POST /issue?": ("fields",),
    "PUT /issue/SUP-1": ("fields", "update"),
    "POST /issue/SUP-1/transitions": ("transition", "fields", "update"),
    "POST /issue/SUP-1/remotelink": ("globalId", "application", "relationship", "object"),
    "PUT /issue/SUP-1/properties/x": ("value",),
    "POST /issue/SUP-1/comment": ("body", "visibility", "properties"),
    "PUT /issue/SUP-1/comment/10000": ("body", "visibility", "properties"),
    "PUT /comment/10000/properties/sd.public.comment": ("value",),
    "POST /comment/list": ("ids",),
    "POST /issue/bulkfetch": ("issueIdsOrKeys", "fields", "expand", "properties"),
    "POST /search/jql": ("jql", "maxResults", "nextPageToken", "fields", "expand", "properties", "reconcileIssues"),
    "POST /workflows": ("workflowIds", "workflowNames", "projectAndIssueTypes"),
    "POST /webhook": ("url", "webhooks"),
}
INNER = (
    "project",
    "issuetype",
    "summary",
    "description",
    "labels",
    "resolution",
    "id",
    "key",
    "events",
    "jqlFilter",
    "title",
    "url",
    "set",
    "type",
    "value",
    "identifier",
    "internal",
    "content",
    "add",
    "body",
)
FIELD_NAMES = st.sampled_from(["project", "status", "key", "updated", "text", "order", "by", "creator"])
MARKS = st.sampled_from(["=", "!=", "in", "not", "is", "~", ">=", "(", ")", ",", "and", "or", "desc"])
VALUES = st.sampled_from(["SUP", "currentUser()", "3", "-15m", "EMPTY", "'a b'", '"', "\\", "é"])
WORDS = FIELD_NAMES | MARKS | VALUES


NODE_TYPES = st.sampled_from(["paragraph", "text", "bulletList", "listItem", "mention", "hardBreak", "link"])
NODES = st.recursive(
    JSON,
    lambda inner: st.fixed_dictionaries(
        {"type": NODE_TYPES | JSON},
        optional={"content": st.lists(inner, max_size=3) | JSON, "attrs": JSON, "marks": JSON, "text": JSON},
    ),
    max_leaves=6,
)
DOCUMENTS = st.fixed_dictionaries({"type": st.just("doc"), "content": st.lists(NODES, max_size=3)})
CREATABLE = {"project": {"key": "SUP"}, "issuetype": {"id": "10001"}, "summary": "x"}


def bodies(call: str) -> st.SearchStrategy[Any]:
    inner = st.fixed_dictionaries({}, optional=dict.fromkeys(INNER, JSON))
    member = JSON | inner | st.lists(inner, max_size=2) | DOCUMENTS
    if call == "POST /issue?":
        more = st.fixed_dictionaries({}, optional=dict.fromkeys((*EVERY_KIND, "labels"), member))
        return st.fixed_dictionaries({"fields": more.map(lambda fields: CREATABLE | fields)})
    return JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(MEMBERS[call], member))


@pytest.fixture(scope="module")
def driver() -> Driver:
    simulator = Simulator(replace(world_with(**EVERY_KIND), limits=Limits.none()))
    simulator.flask.testing = True
    made = Driver(simulator)
    events = ["jira:issue_created", "jira:issue_updated", *COMMENT_EVENTS]
    webhook = {"events": events, "jqlFilter": "project != EMPTY"}
    api = Api(made, made.connect()["access_token"])
    api("POST", "/webhook", {"url": "https://helpdesk.example/jira", "webhooks": [webhook]})
    return made


@pytest.fixture(scope="module")
def api(driver: Driver) -> Api:
    return Api(driver, driver.connect(scopes=ALL_SCOPES)["access_token"])


@pytest.mark.parametrize("call", MEMBERS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_body_is_answered(api: Api, call: str, data: st.DataObject) -> None:
    if "10000" in call and not listed(api):
        comment(api)
    answer = api(*call.split(), data.draw(bodies(call)))
    assert answer.status_code < 500
    for key in ("SUP-1", "SUP-2"):
        assert api("GET", f"/issue/{key}?expand=transitions.fields").status_code == 200


@settings(max_examples=100, deadline=None)
@given(words=st.lists(WORDS, max_size=9))
def test_any_query_is_answered(api: Api, words: list[str]) -> None:
    answer = api("POST", "/search/jql", {"jql": " ".join(words), "fields": ["status"]})
    assert answer.status_code in {200, 400}
    if answer.status_code == 400:
        assert answer.get_json()["errorMessages"]


@settings(max_examples=80, deadline=None)
@given(body=st.fixed_dictionaries({}, optional=dict.fromkeys(("client_id", "client_secret", "code"), JSON)) | JSON)
@pytest.mark.parametrize("grant_type", ["authorization_code", "refresh_token", None])
def test_any_token_request_is_answered(driver: Driver, grant_type: str | None, body: Any) -> None:
    if isinstance(body, dict) and grant_type:
        body = body | {"grant_type": grant_type}
    answer = driver.client.post("/oauth/token", json=body)
    assert answer.status_code in {400, 401}
    assert answer.get_json()["error"] in {"invalid_request", "access_denied"}
