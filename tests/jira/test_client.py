"""The client: lists to their last page, and no refusal believed that an expired token could have caused."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import requests
from requests_mock import Mocker

from helpdesk_core.errors import AuthorizationLost, Rejected, TemporarilyUnavailable
from plugins.jira.client import JiraClient
from plugins.jira.errors import Doubtful, Unreadable
from tests.jira.atlassian import (
    ACCESS_TOKEN,
    EXPIRED_401,
    GATEWAY_404,
    JIRA_404,
    JIRA_ENTRY,
    MYSELF,
    REST,
    SITES_URL,
    connection,
)

PROJECTS = f"{REST}/project/search"


def client() -> JiraClient:
    return JiraClient.of(connection())


def projects(first: int, count: int) -> list[dict[str, Any]]:
    return [{"id": str(number), "key": f"P{number}", "name": f"P {number}"} for number in range(first, first + count)]


def page(values: object, **members: object) -> dict[str, object]:
    return {"json": {"values": values, "nextPage": "https://acme.atlassian.net/elsewhere", **members}}


# ── calls ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_token_goes_in_the_header_and_nowhere_else(requests_mock: Mocker) -> None:
    requests_mock.get(f"{REST}/myself", json=MYSELF)
    client().myself()
    sent = requests_mock.last_request
    assert sent is not None
    assert sent.headers["Authorization"] == f"Bearer {ACCESS_TOKEN}"
    assert ACCESS_TOKEN not in sent.url


def test_a_netrc_of_the_operator_does_not_replace_the_token(
    requests_mock: Mocker, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine api.atlassian.com login dana password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    requests_mock.get(f"{REST}/myself", json=MYSELF)
    client().myself()
    assert requests_mock.last_request is not None
    assert requests_mock.last_request.headers["Authorization"] == f"Bearer {ACCESS_TOKEN}"


def test_ids_cannot_lead_a_call_elsewhere(requests_mock: Mocker) -> None:
    requests_mock.get(re.compile(r"https://api\.atlassian\.com/"), json=[])
    client().project_statuses("../../webhook?x=1")
    assert requests_mock.last_request is not None
    assert requests_mock.last_request.path.startswith("/ex/jira/")
    assert requests_mock.last_request.query == ""


# ── pages ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_pages_are_walked_to_the_last_at_the_gateway(requests_mock: Mocker) -> None:
    requests_mock.get(
        PROJECTS,
        [
            page(projects(0, 100), isLast=False, total=250),
            page(projects(100, 100), isLast=False, total=250),
            page(projects(200, 50), isLast=True, total=250),
        ],
    )
    assert len(client().projects()) == 250
    assert [request.qs["startat"] for request in requests_mock.request_history] == [["0"], ["100"], ["200"]]
    assert {tuple(request.qs["maxresults"]) for request in requests_mock.request_history} == {("100",)}
    assert {request.hostname for request in requests_mock.request_history} == {"api.atlassian.com"}


def test_a_server_that_gives_less_than_asked_is_followed_at_its_own_pace(requests_mock: Mocker) -> None:
    requests_mock.get(PROJECTS, [page(projects(0, 50), total=80), page(projects(50, 30), total=80)])
    assert len(client().projects()) == 80
    assert [request.qs["startat"] for request in requests_mock.request_history] == [["0"], ["50"]]


def test_a_list_without_total_or_end_mark_ends_at_an_empty_page(requests_mock: Mocker) -> None:
    requests_mock.get(PROJECTS, [page(projects(0, 2)), page([])])
    assert len(client().projects()) == 2


def test_an_item_that_moved_to_the_next_page_comes_once(requests_mock: Mocker) -> None:
    requests_mock.get(PROJECTS, [page(projects(0, 3), isLast=False), page(projects(2, 3), isLast=True)])
    assert [project["id"] for project in client().projects()] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("order", [[0, 0], [0, 3, 0]])
def test_a_list_that_goes_in_circles_ends_with_an_error(requests_mock: Mocker, order: list[int]) -> None:
    answers = [page(projects(first, 3), isLast=False) for first in order]
    requests_mock.get(PROJECTS, answers)
    with pytest.raises(Unreadable, match="same page again"):
        client().projects()
    assert requests_mock.call_count == len(order)


@pytest.mark.parametrize("body", [{}, {"values": None}, {"values": {}}, {"total": 0}, [], {"values": [{"id": "1"}]}])
def test_a_page_without_its_list_is_not_an_empty_list(requests_mock: Mocker, body: object) -> None:
    requests_mock.get(PROJECTS, json=body)
    with pytest.raises(Unreadable):
        client().projects()


def test_no_match_may_be_a_404_too(requests_mock: Mocker) -> None:
    """D4: 404 "if no projects matching the search criteria are found"."""
    requests_mock.get(PROJECTS, status_code=404, json={"errorMessages": ["No projects found."], "errors": {}})
    requests_mock.get(f"{REST}/myself", json=MYSELF)
    assert client().projects() == []


# ── doubtful refusals ───────────────────────────────────────────────────────────────────────────────────────────────


def refuse(requests_mock: Mocker, status: int, body: object) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    requests_mock.get(f"{REST}/project/1/statuses", status_code=status, text=text)


def ask() -> Exception:
    with pytest.raises((Rejected, AuthorizationLost, TemporarilyUnavailable)) as caught:
        client().project_statuses("1")
    return caught.value


def test_jiras_not_found_is_believed_once_jira_knows_us(requests_mock: Mocker) -> None:
    refuse(requests_mock, 404, JIRA_404)
    requests_mock.get(f"{REST}/myself", json=MYSELF)
    error = ask()
    assert isinstance(error, Rejected)
    assert not isinstance(error, Doubtful)
    assert error.code == "not_found"


def test_jiras_not_found_to_a_stranger_is_a_lost_authorization(requests_mock: Mocker) -> None:
    """Recorded: masked-401-as-404."""
    refuse(requests_mock, 404, JIRA_404)
    requests_mock.get(f"{REST}/myself", status_code=401, text="Client must be authenticated to access this resource.")
    assert isinstance(ask(), AuthorizationLost)


GATEWAY_REFUSALS = [(404, GATEWAY_404), (403, {"code": 403, "message": "Forbidden"}), (404, ""), (403, "<html>")]


@pytest.mark.parametrize(("status", "body"), GATEWAY_REFUSALS)
def test_a_gateways_refusal_of_an_expired_token_is_a_lost_authorization(
    requests_mock: Mocker, status: int, body: object
) -> None:
    refuse(requests_mock, status, body)
    requests_mock.get(SITES_URL, status_code=401, json=EXPIRED_401)
    assert isinstance(ask(), AuthorizationLost)


@pytest.mark.parametrize(("status", "body"), GATEWAY_REFUSALS)
def test_a_gateways_refusal_of_a_good_token_means_that_the_site_is_gone(
    requests_mock: Mocker, status: int, body: object
) -> None:
    refuse(requests_mock, status, body)
    requests_mock.get(SITES_URL, json=[{**JIRA_ENTRY, "id": "another"}])
    error = ask()
    assert isinstance(error, Rejected)
    assert error.code == "site_gone"


@pytest.mark.parametrize(("status", "body"), GATEWAY_REFUSALS)
def test_a_gateways_refusal_of_a_site_that_is_listed_is_about_the_account(
    requests_mock: Mocker, status: int, body: object
) -> None:
    refuse(requests_mock, status, body)
    requests_mock.get(SITES_URL, json=[JIRA_ENTRY])
    error = ask()
    assert isinstance(error, Rejected)
    assert error.code == "site_refused"


def test_an_outage_of_the_witness_decides_nothing(requests_mock: Mocker) -> None:
    refuse(requests_mock, 404, GATEWAY_404)
    requests_mock.get(SITES_URL, status_code=503)
    assert isinstance(ask(), TemporarilyUnavailable)


def test_a_witness_that_is_refused_itself_leads_to_the_next_and_not_round_in_circles(requests_mock: Mocker) -> None:
    requests_mock.get(f"{REST}/myself", status_code=404, json=JIRA_404)
    requests_mock.get(SITES_URL, status_code=404, json=GATEWAY_404)
    with pytest.raises(AuthorizationLost):
        client().myself()
    assert requests_mock.call_count == 3


def test_the_helpdesks_own_session_carries_every_call(requests_mock: Mocker) -> None:
    class Session(requests.Session):
        calls: list[str] = []  # noqa: RUF012 - this test's own

        def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
            self.calls.append(str(url))
            return super().request(method, url, *args, **kwargs)

    session = Session()
    requests_mock.get(f"{REST}/status", json=[])
    JiraClient.of(connection(session)).statuses()
    assert session.calls == [f"{REST}/status"]
