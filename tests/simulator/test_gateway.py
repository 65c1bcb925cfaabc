"""Who gets through to which operation, and in whose words a refusal is spoken (facts §2.13)."""

from __future__ import annotations

import pytest

from plugins.jira.simulator import Clock
from plugins.jira.simulator.gateway import Operation
from plugins.jira.simulator.server import OPERATIONS
from tests.simulator.driving import BOT, DANA, Api, Driver

UNAUTHORIZED = {"code": 401, "message": "Unauthorized"}
PLACES = {
    "id_or_key": "SUP-1",
    "id_or_name": "1",
}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_every_operation_demands_its_scopes(driver: Driver, operation: Operation) -> None:
    path = operation.rule
    for name, value in PLACES.items():
        path = path.replace(f"<{name}>", value)
    for missing in operation.scopes:
        scopes = (operation.scopes | {"read:me"}) - {missing}
        token = driver.connect(scopes=tuple(scopes))["access_token"]
        answer = Api(driver, token)(operation.method, path, {} if operation.method != "GET" else None)
        assert answer.status_code == 401
        assert answer.get_json() == {"code": 401, "message": "Unauthorized; scope does not match"}


@pytest.mark.parametrize("token", [None, "made-up"])
def test_no_token_or_a_wrong_one_is_unauthorized(driver: Driver, token: str | None) -> None:
    answer = Api(driver, token)("GET", "/project/search")
    assert (answer.status_code, answer.get_json()) == (401, UNAUTHORIZED)


def test_an_unknown_cloud_id_gets_the_gateways_404(driver: Driver) -> None:
    path = "/ex/jira/00000000-0000-4000-8000-000000000000/rest/api/3/myself"
    answer = driver.client.get(path)
    assert answer.status_code == 404
    body = answer.get_json()
    assert (body["status"], body["error"], body["message"], body["path"]) == (
        404,
        "Not Found",
        "No message available",
        path,
    )


def test_a_site_that_was_not_granted_is_unauthorized(driver: Driver) -> None:
    token = driver.connect(sites=("beta",))["access_token"]
    assert Api(driver, token, "acme")("GET", "/myself").get_json() == UNAUTHORIZED


def test_a_former_member_is_forbidden(driver: Driver, dana: Api) -> None:
    driver.simulator.control.remove_member("acme", DANA)
    answer = dana("GET", "/myself")
    assert (answer.status_code, answer.get_json()["code"]) == (403, 403)


def test_an_unknown_path_is_a_problem_of_the_framework(dana: Api) -> None:
    answer = dana("GET", "/no/such/thing")
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["detail"] == "No endpoint GET /rest/api/3/no/such/thing."


def test_a_bad_number_is_a_problem_of_the_framework(dana: Api) -> None:
    answer = dana("GET", "/project/search?startAt=x")
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")


def test_answers_carry_limits_and_trace_ids(dana: Api, clock: Clock) -> None:
    headers = dana("GET", "/project/search").headers
    assert headers["X-RateLimit-Limit"] == "350"
    assert headers["X-RateLimit-Reset"] == str(int(clock.now()) + 60)
    assert headers["Atl-Traceid"]
    assert "no-store" in headers["Cache-Control"]


def test_a_masked_dead_token_looks_like_an_empty_site(driver: Driver, dana: Api) -> None:
    driver.simulator.control.mask_invalid_tokens()
    driver.simulator.control.expire_access_tokens()
    answer = dana("GET", "/project/search")
    assert answer.status_code == 200
    assert (answer.get_json()["total"], answer.get_json()["values"]) == (0, [])
    assert answer.headers["X-Seraph-Loginreason"] == "AUTHENTICATED_FAILED"
    assert dana.get("/status") == []
    assert dana("GET", "/issue/SUP-1").status_code == 404
    assert dana("GET", "/project/SUP").status_code == 404


def test_myself_unmasks_a_dead_token(driver: Driver, dana: Api) -> None:
    driver.simulator.control.mask_invalid_tokens()
    driver.simulator.control.expire_access_tokens()
    answer = dana("GET", "/myself")
    assert answer.status_code == 401
    assert answer.text == "Client must be authenticated to access this resource."


def test_myself_and_server_info_tell_account_and_site(driver: Driver) -> None:
    api = Api(driver, driver.connect(BOT)["access_token"])
    me = api.get("/myself")
    assert (me["displayName"], me["emailAddress"], me["active"]) == ("Helpdesk Bot", BOT, True)
    assert api.get("/serverInfo")["baseUrl"] == "http://localhost/sites/acme"


def test_my_permissions(dana: Api, bot: Api) -> None:
    def have(api: Api, query: str) -> dict[str, bool]:
        found = api.get(f"/mypermissions?{query}")["permissions"]
        return {key: each["havePermission"] for key, each in found.items()}

    asked = "permissions=BROWSE_PROJECTS,ADMINISTER"
    assert have(dana, asked) == {"BROWSE_PROJECTS": True, "ADMINISTER": True}
    assert have(bot, asked) == {"BROWSE_PROJECTS": True, "ADMINISTER": False}
    assert have(bot, f"{asked}&projectKey=SUP")["BROWSE_PROJECTS"]
    assert have(bot, f"{asked}&issueKey=SUP-1")["BROWSE_PROJECTS"]
    assert bot("GET", f"/mypermissions?{asked}&projectKey=HR").status_code == 404
    assert bot("GET", f"/mypermissions?{asked}&issueKey=SUP-99").status_code == 404
    assert bot("GET", "/mypermissions").status_code == 400
    unknown = bot("GET", "/mypermissions?permissions=FLY")
    assert unknown.get_json()["errors"] == {"FLY": "Unrecognized permission"}
