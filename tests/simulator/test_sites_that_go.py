"""What ends the app's access to a whole site: it is uninstalled, the site is deleted, the account goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from plugins.jira.simulator.changes import ChangeError
from plugins.jira.simulator.clock import DAY
from plugins.jira.simulator.deliveries import LONGEST_WAIT, LOST
from plugins.jira.simulator.state import UnknownNameError
from tests.simulator.delivering import create, listen, settle
from tests.simulator.driving import BOT, DANA, PASSWORDS, Api, Driver
from tests.simulator.test_control import act

if TYPE_CHECKING:
    from plugins.jira.simulator import Clock, Simulator
    from tests.simulator.receiving import Receiver

UNAUTHORIZED = {"code": 401, "message": "Unauthorized"}


def sites(driver: Driver, token: str) -> set[str]:
    return {entry["name"] for entry in driver.resources(token)}


def test_an_uninstalled_app_has_lost_the_site_for_every_account(driver: Driver) -> None:
    tokens = {email: driver.connect(email, ("acme", "beta")) for email in (DANA, BOT)}
    assert act(driver, "uninstall_app", site="acme") == 200
    for email, told in tokens.items():
        token = driver.refresh(told["refresh_token"]).get_json()["access_token"]
        for each in (told["access_token"], token):
            assert sites(driver, each) == {"beta"}, email
            answer = Api(driver, each)("GET", "/myself")
            assert (answer.status_code, answer.get_json()) == (401, UNAUTHORIZED)
            assert Api(driver, each, "beta")("GET", "/myself").status_code == 200


def test_who_granted_one_site_alone_has_none_then(driver: Driver, dana: Api) -> None:
    token = driver.connect()["access_token"]
    act(driver, "uninstall_app", site="acme")
    assert driver.resources(token) == []
    assert dana("GET", "/project/search").get_json() == UNAUTHORIZED


def test_a_code_of_before_the_end_of_the_app_reaches_nothing(driver: Driver) -> None:
    driver.simulator.control.change_app(access="resource")
    code = driver.simulator.control.consent(DANA, ["acme"], ["read:jira-work"])
    driver.simulator.control.uninstall_app("acme")
    assert driver.resources(driver.redeem(code).get_json()["access_token"]) == []


def test_a_new_consent_brings_the_app_back_without_its_webhooks(
    simulator: Simulator, driver: Driver, dana: Api, there: Receiver
) -> None:
    first = listen(dana, there)
    simulator.control.uninstall_app("acme")
    simulator.control.create_issue("acme", "SUP", "Task", "Unheard", DANA)
    driver.sign_in(DANA)
    again = Api(driver, driver.redeem(driver.code("acme")).get_json()["access_token"])
    assert again.get("/webhook")["values"] == []
    assert listen(again, there) > first, "ids are not given twice"
    simulator.control.create_issue("acme", "SUP", "Task", "Heard", DANA)
    settle(simulator)
    assert [arrival.body["issue"]["fields"]["summary"] for arrival in there.arrivals] == ["Heard"]


def test_a_deleted_site_is_not_listed_and_not_known(driver: Driver) -> None:
    token = driver.connect(sites=("acme", "beta"))["access_token"]
    api, cloud_id = Api(driver, token), driver.state.site("acme").site.id
    assert act(driver, "delete_site", site="acme") == 200
    assert sites(driver, token) == {"beta"}
    for path in ("/myself", "/data-policy", "/project/search", "/no/such/thing"):
        answer = api("GET", path)
        assert answer.status_code == 404
        body = answer.get_json()
        assert sorted(body) == ["error", "message", "path", "status", "timestamp"]
        assert (body["error"], body["message"]) == ("Not Found", "No message available")
        assert body["path"] == f"/ex/jira/{cloud_id}/rest/api/3{path}"
    assert Api(driver, token, "beta")("GET", "/myself").status_code == 200


def test_nobody_gets_to_a_deleted_site(driver: Driver) -> None:
    driver.simulator.control.delete_site("acme")
    driver.sign_in(DANA)
    page = driver.authorize().text
    assert ">beta" in page
    assert ">acme<" not in page
    assert driver.browser.get("/sites/acme").status_code == 404
    home = driver.browser.get("/").text
    assert 'href="/sites/beta"' in home
    assert 'href="/sites/acme"' not in home
    assert act(driver, "rename_site", site="acme", name="x") == 400


def test_a_restored_site_is_as_it_was(
    simulator: Simulator, driver: Driver, dana: Api, there: Receiver, clock: Clock
) -> None:
    webhook = listen(dana, there)
    key, token = create(dana), driver.connect()
    cloud_id = simulator.state.site("acme").site.id
    settle(simulator)
    simulator.control.delete_site("acme")
    clock.advance(20 * DAY)
    assert act(driver, "restore_site", site=cloud_id) == 200
    fresh = driver.refresh(token["refresh_token"]).get_json()["access_token"]
    api = Api(driver, fresh)
    assert sites(driver, fresh) == {"acme"}
    assert api.get(f"/issue/{key}")["fields"]["summary"] == "It hums"
    assert [each["id"] for each in api.get("/webhook")["values"]] == [webhook]
    create(api)
    settle(simulator)
    assert len(there.arrivals) == 2


def test_a_site_is_restored_within_sixty_days(simulator: Simulator, clock: Clock) -> None:
    simulator.control.delete_site("acme")
    simulator.control.delete_site("beta")
    clock.advance(60 * DAY)
    simulator.control.restore_site("acme")
    clock.advance(1)
    with pytest.raises(ChangeError, match="beta was deleted more than 60 days ago"):
        simulator.control.restore_site("beta")


@pytest.mark.parametrize("action", ["uninstall_app", "delete_site"])
def test_what_is_not_through_at_the_end_is_lost(
    simulator: Simulator, driver: Driver, dana: Api, there: Receiver, clock: Clock, action: str
) -> None:
    listen(dana, there)
    there.statuses = [503]
    create(dana)
    settle(simulator)
    assert act(driver, action, site="acme") == 200
    clock.advance(LONGEST_WAIT)
    settle(simulator)
    [delivery] = simulator.control.deliveries()
    assert (delivery.state, delivery.answers) == (LOST, [503])
    assert delivery.reason in {"the app was uninstalled", "the site was deleted"}


def test_a_deactivated_account_is_refused_until_it_consents_anew(driver: Driver) -> None:
    told = driver.connect(BOT)
    api, token = Api(driver, told["access_token"]), told["access_token"]
    assert act(driver, "set_active", account=BOT, active=False) == 200
    assert api("GET", "/myself").get_json() == UNAUTHORIZED
    assert driver.resources(token) == UNAUTHORIZED
    assert driver.sign_in(BOT).status_code == 401
    assert act(driver, "set_active", account=BOT, active=True) == 200
    assert api("GET", "/myself").get_json() == UNAUTHORIZED, "the tokens of before stay dead"
    assert driver.refresh(told["refresh_token"]).status_code == 403
    driver.sign_in(BOT, PASSWORDS[BOT])
    again = Api(driver, driver.redeem(driver.code("acme")).get_json()["access_token"])
    assert again.get("/myself")["active"]


def test_a_code_of_a_deactivated_account_is_worth_nothing(driver: Driver) -> None:
    code = driver.simulator.control.consent(BOT, ["acme"], ["read:jira-work"])
    driver.simulator.control.set_active(BOT, active=False)
    assert driver.redeem(code).status_code == 400


def test_the_token_of_a_deactivated_account_is_masked_like_any_other(driver: Driver, bot: Api) -> None:
    driver.simulator.control.mask_invalid_tokens()
    driver.simulator.control.set_active(BOT, active=False)
    assert bot.get("/project/search")["total"] == 0
    answer = bot("GET", "/myself")
    assert (answer.status_code, answer.text) == (401, "Client must be authenticated to access this resource.")


def test_a_removed_member_is_let_in_again(driver: Driver, bot: Api) -> None:
    token = driver.connect(BOT)["access_token"]
    assert act(driver, "remove_member", site="acme", account=BOT) == 200
    answer = bot("GET", "/myself")
    assert (answer.status_code, answer.get_json()) == (403, {"code": 403, "message": "Forbidden"})
    assert driver.resources(token) == []
    assert act(driver, "add_member", site="acme", account=BOT) == 200
    assert sites(driver, token) == {"acme"}, "the consent of before still stands"
    permissions = bot.get("/mypermissions?permissions=BROWSE_PROJECTS,CREATE_ISSUES,ADMINISTER")["permissions"]
    assert [each["havePermission"] for each in permissions.values()] == [True, True, False]
    assert bot("GET", "/project/HR").status_code == 404, "what is hidden from it stays hidden"


def test_mistakes_are_named(driver: Driver, simulator: Simulator) -> None:
    for action in ("uninstall_app", "delete_site", "restore_site", "add_member"):
        assert act(driver, action, site="nowhere") == 400
        assert act(driver, action) == 400
    with pytest.raises(ChangeError, match="is a member of the site acme already"):
        simulator.control.add_member("acme", BOT)
    assert act(driver, "add_member", site="acme", account="who@acme.example") == 400
    with pytest.raises(UnknownNameError, match='no deleted site is called "acme"; there are none'):
        simulator.control.restore_site("acme")
