"""Remote links of issues (facts §2.11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from plugins.jira.simulator import Simulator, demo_world
from tests.simulator.delivering import listen, settle
from tests.simulator.driving import Api, Driver
from tests.simulator.worlds import without_permissions

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from tests.simulator.receiving import Receiver

LINKS = "/issue/SUP-1/remotelink"
TICKET = {
    "globalId": "helpdesk=1&ticket=7",
    "application": {"type": "helpdesk", "name": "Helpdesk"},
    "relationship": "is discussed in",
    "object": {"title": "Ticket 7", "url": "https://helpdesk.example/7", "status": {"resolved": False}},
}


def write(api: Api, **changes: Any) -> TestResponse:
    return api("POST", LINKS, TICKET | changes)


def test_the_same_global_id_is_one_link_and_forgets_what_is_left_out(dana: Api) -> None:
    first = write(dana)
    assert first.status_code == 201
    second = dana(
        "POST", LINKS, {"globalId": TICKET["globalId"], "object": {"title": "T", "url": "https://x.example/"}}
    )
    assert (second.status_code, second.get_json()) == (200, first.get_json())
    [link] = dana.get(LINKS)
    assert (link["object"]["title"], link["application"]) == ("T", {})
    assert "relationship" not in link


def test_a_global_id_belongs_to_its_issue_and_none_is_always_new(dana: Api) -> None:
    assert write(dana).status_code == 201
    assert dana("POST", "/issue/SUP-2/remotelink", TICKET).status_code == 201
    assert [write(dana, globalId=None).status_code for _ in range(2)] == [201, 201]
    assert len(dana.get(LINKS)) == 3


def test_one_is_read_by_global_id_or_by_id(dana: Api) -> None:
    number = write(dana).get_json()["id"]
    for path in (f"{LINKS}?globalId=helpdesk%3D1%26ticket%3D7", f"{LINKS}/{number}"):
        found = dana.get(path)
        assert (found["id"], found["globalId"], found["relationship"]) == (
            number,
            TICKET["globalId"],
            "is discussed in",
        )
    assert dana("GET", f"{LINKS}?globalId=other").status_code == 404
    assert dana("GET", f"{LINKS}/4711").status_code == 404


def test_deleting(dana: Api) -> None:
    number = write(dana).get_json()["id"]
    write(dana, globalId="other")
    assert dana("DELETE", f"{LINKS}/{number}").status_code == 204
    assert dana("DELETE", f"{LINKS}?globalId=other").status_code == 204
    assert dana("DELETE", f"{LINKS}?globalId=other").status_code == 404
    assert dana.get(LINKS) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"object": {"url": "https://helpdesk.example/7"}}, "title"),
        ({"object": {"title": "Ticket 7"}}, "url"),
        ({"globalId": "x" * 256}, "globalId"),
    ],
)
def test_what_is_missing_or_too_long_is_named(dana: Api, changes: dict[str, Any], field: str) -> None:
    answer = write(dana, **changes)
    assert answer.status_code == 400
    assert list(answer.get_json()["errors"]) == [field]


def test_linking_needs_its_permission_and_a_visible_issue(bot: Api) -> None:
    driver = Driver(Simulator(without_permissions(demo_world(), "LINK_ISSUES")))
    denied = Api(driver, driver.connect()["access_token"])
    assert write(denied).status_code == 403
    assert denied.get(LINKS) == []
    assert bot("POST", "/issue/HR-1/remotelink", TICKET).status_code == 404


def test_a_new_link_stands_in_the_history_and_is_told(simulator: Simulator, dana: Api, there: Receiver) -> None:
    listen(dana, there)
    write(dana)
    settle(simulator)
    [arrival] = there.arrivals
    [item] = arrival.body["changelog"]["items"]
    assert (item["field"], item["toString"]) == ("RemoteIssueLink", 'This issue is discussed in "Ticket 7"')


def test_the_issue_page_shows_links(driver: Driver, dana: Api) -> None:
    write(dana)
    page = driver.browser.get("/sites/acme/browse/SUP-1").text
    assert '<a href="https://helpdesk.example/7" rel="noreferrer">Ticket 7</a>' in page
    assert "is discussed in (Helpdesk)" in page
    write(dana, object={"title": "Bad", "url": "javascript:alert(1)", "status": {"resolved": True}})
    page = driver.browser.get("/sites/acme/browse/SUP-1").text
    assert "javascript:" not in page
    assert "Bad, resolved" in page
