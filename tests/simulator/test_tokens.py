"""The token endpoint and what the bare API host tells about a token (facts §1.3-1.5)."""

from __future__ import annotations

import pytest

from plugins.jira.simulator import Clock
from tests.simulator.driving import ALL_SCOPES, BOT, DANA, Api, Driver

DAY = 86400.0
INVALID_CODE = {"error": "invalid_request", "error_description": "authorization_code is invalid"}
INVALID_REFRESH = {
    "error": "invalid_grant",
    "error_description": "Unknown or invalid refresh token.",
}


def works(driver: Driver, access_token: str) -> bool:
    return Api(driver, access_token)("GET", "/myself").status_code == 200


def test_a_code_becomes_tokens(driver: Driver) -> None:
    driver.sign_in()
    answer = driver.redeem(driver.code())
    body = answer.get_json()
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert body["expires_in"] == 3600
    assert body["token_type"] == "Bearer"
    assert body["scope"].split() == list(ALL_SCOPES)
    assert works(driver, body["access_token"])


def test_there_is_no_refresh_token_without_offline_access(driver: Driver) -> None:
    assert "refresh_token" not in driver.connect(scopes=["read:jira-work"])


def test_a_code_is_good_once(driver: Driver) -> None:
    code = driver.simulator.control.consent(DANA, ["acme"], ALL_SCOPES)
    assert driver.redeem(code).status_code == 200
    again = driver.redeem(code)
    assert (again.status_code, again.get_json()) == (400, INVALID_CODE)


def test_a_code_expires(driver: Driver, clock: Clock) -> None:
    code = driver.simulator.control.consent(DANA, ["acme"], ALL_SCOPES)
    clock.advance(601)
    assert driver.redeem(code).get_json() == INVALID_CODE


def test_a_code_lives_as_long_as_told(driver: Driver, clock: Clock) -> None:
    driver.simulator.control.set_lifetimes(code=30, access=60)
    code = driver.simulator.control.consent(DANA, ["acme"], ALL_SCOPES)
    clock.advance(29)
    assert driver.redeem(code).get_json()["expires_in"] == 60


@pytest.mark.parametrize("changes", [{"code": "made-up"}, {"redirect_uri": "http://127.0.0.1:9/other"}])
def test_a_wrong_code_or_callback_is_refused(driver: Driver, changes: dict[str, str]) -> None:
    code = driver.simulator.control.consent(DANA, ["acme"], ALL_SCOPES)
    answer = driver.redeem(code, **changes)
    assert (answer.status_code, answer.get_json()) == (400, INVALID_CODE)


@pytest.mark.parametrize("changes", [{"client_secret": "wrong"}, {"client_id": "wrong"}, {"client_secret": "\ud800"}])
def test_a_wrong_client_is_denied(driver: Driver, changes: dict[str, str]) -> None:
    answer = driver.redeem("code", **changes)
    assert answer.status_code == 401
    assert answer.get_json()["error"] == "access_denied"


def test_an_unknown_grant_type_is_refused_with_the_known_ones(driver: Driver) -> None:
    answer = driver.token(grant_type="password")
    assert answer.status_code == 400
    assert answer.get_json()["error"] == "invalid_request"
    assert "grant_type must be one of [authorization_code" in answer.get_json()["error_description"]


@pytest.mark.parametrize("sent", [{"data": {"grant_type": "refresh_token"}}, {"data": b"{"}])
def test_only_json_is_read(driver: Driver, sent: dict[str, object]) -> None:
    answer = driver.client.post("/oauth/token", **sent)
    assert answer.status_code == 400
    assert answer.get_json() == {
        "error": "invalid_request",
        "error_description": "Incorrect request parameters",
    }


def test_each_refresh_brings_a_new_pair(driver: Driver) -> None:
    first = driver.connect()
    second = driver.refresh(first["refresh_token"]).get_json()
    assert second["refresh_token"] != first["refresh_token"]
    assert works(driver, second["access_token"])
    assert driver.refresh(second["refresh_token"]).status_code == 200


def test_reuse_within_ten_minutes_is_no_breach(driver: Driver, clock: Clock) -> None:
    first = driver.connect()
    second = driver.refresh(first["refresh_token"]).get_json()
    clock.advance(599)
    again = driver.refresh(first["refresh_token"])
    assert again.status_code == 200
    assert driver.refresh(second["refresh_token"]).status_code == 200


def test_reuse_after_ten_minutes_kills_the_family(driver: Driver, clock: Clock) -> None:
    first = driver.connect()
    second = driver.refresh(first["refresh_token"]).get_json()
    clock.advance(601)
    again = driver.refresh(first["refresh_token"])
    assert (again.status_code, again.get_json()) == (403, INVALID_REFRESH)
    assert driver.refresh(second["refresh_token"]).status_code == 403


def test_families_of_two_consents_are_independent(driver: Driver, clock: Clock) -> None:
    first, other = driver.connect(), driver.connect()
    driver.refresh(first["refresh_token"])
    clock.advance(601)
    assert driver.refresh(first["refresh_token"]).status_code == 403
    assert driver.refresh(other["refresh_token"]).status_code == 200


def test_ninety_idle_days_end_it_and_use_starts_them_anew(driver: Driver, clock: Clock) -> None:
    token = driver.connect()["refresh_token"]
    clock.advance(89 * DAY)
    token = driver.refresh(token).get_json()["refresh_token"]
    clock.advance(89 * DAY)
    token = driver.refresh(token).get_json()["refresh_token"]
    clock.advance(91 * DAY)
    assert driver.refresh(token).get_json() == INVALID_REFRESH


def test_a_year_after_consent_it_ends_however_often_used(driver: Driver, clock: Clock) -> None:
    token = driver.connect()["refresh_token"]
    for _ in range(6):
        clock.advance(60 * DAY)
        token = driver.refresh(token).get_json()["refresh_token"]
    clock.advance(6 * DAY)
    assert driver.refresh(token).status_code == 403


def test_an_access_token_lasts_an_hour(driver: Driver, clock: Clock) -> None:
    token = driver.connect()["access_token"]
    clock.advance(3599)
    assert works(driver, token)
    clock.advance(1)
    answer = Api(driver, token)("GET", "/myself")
    assert answer.status_code == 401
    assert answer.get_json() == {"code": 401, "message": "Unauthorized"}


def test_revoking_ends_everything_at_once(driver: Driver) -> None:
    tokens = driver.connect()
    driver.simulator.control.revoke_grant(DANA)
    assert not works(driver, tokens["access_token"])
    assert driver.refresh(tokens["refresh_token"]).get_json() == INVALID_REFRESH


def test_a_new_password_ends_refreshing_only(driver: Driver) -> None:
    tokens = driver.connect()
    driver.simulator.control.change_password(DANA, "another")
    assert works(driver, tokens["access_token"])
    assert driver.refresh(tokens["refresh_token"]).status_code == 403
    assert driver.sign_in(DANA, "another").status_code == 302


def test_deactivating_an_account_ends_everything(driver: Driver) -> None:
    tokens = driver.connect()
    driver.simulator.control.set_active(DANA, active=False)
    assert not works(driver, tokens["access_token"])
    assert driver.refresh(tokens["refresh_token"]).status_code == 403


def test_an_id_stands_once_per_product_told_apart_by_scopes(driver: Driver) -> None:
    found = driver.resources(driver.connect()["access_token"])
    assert [entry["name"] for entry in found] == ["acme", "acme"]
    assert found[0]["id"] == found[1]["id"]
    assert "read:jira-work" in found[0]["scopes"]
    assert found[1]["scopes"] == ["read:confluence-space.summary"]


def test_a_confluence_site_has_no_jira(driver: Driver) -> None:
    token = driver.connect(sites=("acme-docs",))["access_token"]
    assert [entry["scopes"] for entry in driver.resources(token)] == [["read:confluence-space.summary"]]
    assert Api(driver, token, "acme-docs")("GET", "/myself").status_code == 404


def test_consents_add_up_sites_even_for_tokens_of_before(driver: Driver) -> None:
    before = driver.connect(sites=("beta",))["access_token"]
    driver.connect(sites=("acme-docs",), scopes=["read:jira-user"])
    assert [entry["name"] for entry in driver.resources(before)] == ["beta", "acme-docs"]


def test_a_new_consent_overrides_the_scopes(driver: Driver) -> None:
    before = driver.connect()["refresh_token"]
    driver.connect(scopes=["read:jira-user", "offline_access"])
    assert driver.refresh(before).get_json()["scope"] == "read:jira-user offline_access"


def test_resource_level_access_reaches_the_chosen_site_only(driver: Driver) -> None:
    driver.simulator.control.change_app(access="resource")
    driver.connect(sites=("acme",))
    token = driver.connect(sites=("beta",))["access_token"]
    assert [entry["name"] for entry in driver.resources(token)] == ["beta"]
    assert Api(driver, token, "acme")("GET", "/myself").status_code == 401


def test_accessible_resources_needs_a_live_token(driver: Driver) -> None:
    answer = driver.client.get("/oauth/token/accessible-resources")
    assert (answer.status_code, answer.get_json()) == (
        401,
        {"code": 401, "message": "Unauthorized"},
    )


def test_me_tells_the_account_where_its_scope_is_granted(driver: Driver) -> None:
    def me(scopes: list[str]) -> tuple[int, dict[str, str]]:
        token = driver.connect(BOT, scopes=scopes)["access_token"]
        answer = driver.client.get("/me", headers={"Authorization": f"Bearer {token}"})
        return answer.status_code, answer.get_json()

    status, body = me(["read:me"])
    assert (status, body["name"], body["email"]) == (200, "Helpdesk Bot", BOT)
    assert me(["read:jira-user"])[0] == 401
    assert driver.client.get("/me").status_code == 401
