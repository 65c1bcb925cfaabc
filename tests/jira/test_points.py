"""What one call costs of Jira's budget, and what the answer's headers say is left."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from requests_mock import Mocker

from helpdesk_core.values import Usage
from plugins.jira.client import JiraClient
from plugins.jira.points import usage_of
from tests.jira.atlassian import JIRA_404, JIRA_ENTRY, MYSELF, REST, SITES_URL, connection

THINGS = [{"id": "1"}, {"id": "2"}, {"id": "3"}]


def answer(url: str = f"{REST}/issue/1", status: int = 200, **headers: str) -> requests.Response:
    response = requests.Response()
    response.url, response.status_code = url, status
    response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return response


@pytest.mark.parametrize(
    ("method", "path", "body", "points"),
    [
        ("GET", "/issue/1?expand=transitions", {"id": "1", "transitions": THINGS}, 2),
        ("GET", "/issue/1/transitions", {"transitions": THINGS}, 4),
        ("GET", "/issue/1/comment", {"comments": THINGS, "total": 3}, 4),
        ("GET", "/project/search?startAt=0", {"values": THINGS}, 4),
        ("GET", "/project/search", {"values": []}, 1),
        ("GET", "/status", THINGS, 4),
        ("GET", "/project/10000/statuses", THINGS, 4),
        ("GET", "/myself", MYSELF, 3),
        ("GET", "/mypermissions?permissions=A,B", {"permissions": {"A": {}, "B": {}}}, 5),
        ("GET", "/user/assignable/search", THINGS, 7),
        ("POST", "/search/jql", {"issues": THINGS}, 4),
        ("POST", "/issue/bulkfetch", {"issues": THINGS, "issueErrors": []}, 4),
        ("POST", "/workflows", {"workflows": THINGS}, 4),
        ("POST", "/issue", {"id": "1", "key": "A-1"}, 1),
        ("POST", "/issue/1/transitions", None, 1),
        ("PUT", "/webhook/refresh", {"expirationDate": "2026"}, 1),
        ("DELETE", "/webhook", None, 1),
        ("GET", "/data-policy", {"anyContentBlocked": False}, 2),
        ("GET", "/serverInfo", "not what was expected", 1),
        ("GET", "/project/search", {"values": None}, 2),
    ],
)
def test_a_read_costs_by_what_it_tells_and_a_write_one(method: str, path: str, body: object, points: int) -> None:
    assert usage_of(method, answer(REST + path), body).points == points


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_a_refusal_costs_one(status: int) -> None:
    assert usage_of("GET", answer(status=status), JIRA_404).points == 1


def test_what_is_not_metered_costs_nothing() -> None:
    assert usage_of("GET", answer(SITES_URL), [JIRA_ENTRY]).points == 0
    assert usage_of("GET", answer(status=429), None).points == 0


@pytest.mark.parametrize("prefix", ["", "Beta_"])
def test_what_is_left_stands_in_two_headers_with_or_without_their_first_prefix(prefix: str) -> None:
    headers = {
        f"{prefix}RateLimit": '"global-app-quota";r=64990;t=1200',
        f"{prefix}RateLimit_Policy": '"global-app-quota";q=65000;w=3600',
    }
    assert usage_of("DELETE", answer(**headers), None) == Usage(points=1, left=64990, limit=65000, resets_in=1200.0)


def test_of_several_quotas_the_app_s_own_counts() -> None:
    headers = {
        "RateLimit": '"jira-burst-based";r=99;t=1, "tenant-app-quota"; r=10; t=60',
        "RateLimit_Policy": '"jira-burst-based";q=100;w=1,"tenant-app-quota";q=500;w=3600',
    }
    usage = usage_of("GET", answer(**headers), None)
    assert (usage.left, usage.limit, usage.resets_in) == (10, 500, 60.0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        '"jira-burst-based";r=99;t=1',
        '"global-app-quota"',
        '"global-app-quota";r=-1;t=x',
        ";r=5;t=5",
        ",",
    ],
)
def test_what_cannot_be_read_says_nothing(text: str) -> None:
    assert usage_of("DELETE", answer(RateLimit=text, RateLimit_Policy=text), None) == Usage(points=1)


def test_a_budget_without_its_end_or_size_is_told_as_far_as_it_goes() -> None:
    assert usage_of("DELETE", answer(RateLimit='"global-app-quota";r=7'), None) == Usage(points=1, left=7)


def test_every_call_of_the_client_is_told_also_one_that_is_refused(requests_mock: Mocker) -> None:
    requests_mock.get(f"{REST}/myself", [{"json": MYSELF}, {"status_code": 503}])
    told: list[Usage] = []
    here = connection()
    client = JiraClient(
        here.http, "https://api.atlassian.com", here.workspace.id, here.credentials.access_token, told.append
    )
    client.myself()
    with pytest.raises(Exception, match="cannot answer"):
        client.myself()
    assert [usage.points for usage in told] == [3, 1]


def test_a_connection_that_nobody_counts_for_works(requests_mock: Mocker) -> None:
    requests_mock.get(f"{REST}/myself", json=MYSELF)
    found: Any = JiraClient.of(connection()).myself()
    assert found["displayName"] == "Helpdesk Robot"
