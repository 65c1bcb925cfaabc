"""Registrations of dynamic webhooks: rules, errors, life and end (facts §3.1)."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.jira.simulator import Simulator
from plugins.jira.simulator.clock import DAY
from plugins.jira.simulator.webhook_urls import refusal
from tests.simulator.driving import BOT, DANA, Api, Driver

URL = "https://helpdesk.example/webhooks/jira"


def register(api: Api, url: str = URL, **webhook: Any) -> dict[str, Any]:
    known = {"events": ["jira:issue_updated"], "jqlFilter": "project != EMPTY"}
    answer = api("POST", "/webhook", {"url": url, "webhooks": [known | webhook]})
    assert answer.status_code == 200
    result = answer.get_json()["webhookRegistrationResult"][0]
    assert isinstance(result, dict)
    return result


def test_registers_lists_and_deletes(bot: Api, dana: Api) -> None:
    created = register(bot, fieldIdsFilter=["status"])["createdWebhookId"]
    listed = bot.get("/webhook")["values"]
    assert [(each["id"], each["url"]) for each in listed] == [(created, URL)]
    assert dana.get("/webhook")["values"] == []
    assert dana("DELETE", "/webhook", {"webhookIds": [created]}).status_code == 202
    assert len(bot.get("/webhook")["values"]) == 1
    assert bot("DELETE", "/webhook", {"webhookIds": [created]}).status_code == 202
    assert bot.get("/webhook")["values"] == []


def test_a_registration_fails_with_200_and_errors(bot: Api) -> None:
    assert register(bot, jqlFilter=" ")["errors"] == ["Empty JQL search not supported"]
    assert "project_created" in register(bot, events=["project_created"])["errors"][0]
    assert register(bot, events=None)["errors"]


def test_one_url_and_five_webhooks(bot: Api) -> None:
    for _ in range(5):
        assert "createdWebhookId" in register(bot)
    errors = register(bot, url="https://elsewhere.example/")["errors"]
    assert "single URL" in errors[0]
    assert "maximum number" in errors[1]


def test_a_malformed_registration_is_a_400(bot: Api) -> None:
    assert bot("POST", "/webhook", {"url": URL}).status_code == 400
    assert bot("DELETE", "/webhook", {}).status_code == 400
    assert bot("PUT", "/webhook/refresh", {"webhookIds": 1}).status_code == 400


@pytest.mark.parametrize(("reach", "refused"), [("app", 2), ("site", 1), ("account", 0)])
def test_how_far_the_rule_of_one_url_reaches(driver: Driver, reach: str, refused: int) -> None:
    """Not confirmed by Atlassian, so a world can tell; the strictest is the usual one."""
    if reach != "app":
        driver.simulator.control.change_app(webhook_url_per=reach)
    tokens = driver.connect(BOT, sites=("acme", "beta"))["access_token"]
    register(Api(driver, tokens))
    other = "https://helpdesk.example/elsewhere"
    answers = [
        register(Api(driver, driver.connect()["access_token"]), other),
        register(Api(driver, tokens, "beta"), other),
    ]
    assert sum("errors" in answer for answer in answers) == refused


def test_a_filter_is_checked_and_may_name_only_visible_projects(bot: Api, dana: Api) -> None:
    assert register(bot, jqlFilter="watchCount = 3")["errors"] == ["The clause watchCount is unsupported"]
    assert register(bot, jqlFilter="project = HR")["errors"] == [
        "The value 'hr' does not exist for the field 'project'."
    ]
    assert "createdWebhookId" in register(dana, jqlFilter="project IN (HR, 10000)")


def test_some_of_several_may_fail_and_results_keep_their_order(bot: Api) -> None:
    good = {"events": ["jira:issue_created"], "jqlFilter": "project = SUP"}
    answer = bot("POST", "/webhook", {"url": URL, "webhooks": [good, good | {"jqlFilter": ""}, good, 7]})
    results = answer.get_json()["webhookRegistrationResult"]
    assert ["errors" in result for result in results] == [False, True, False, True]


def test_refreshing_gives_thirty_days_from_now_and_ignores_unknown_ids(driver: Driver, simulator: Simulator) -> None:
    simulator.control.set_lifetimes(access=60 * DAY)
    bot, dana = (Api(driver, driver.connect(email)["access_token"]) for email in (BOT, DANA))
    created = register(bot)["createdWebhookId"]
    others = register(dana)["createdWebhookId"]
    simulator.control.advance(20 * DAY)
    answer = bot("PUT", "/webhook/refresh", {"webhookIds": [created, others, 4711]})
    expires = int((simulator.state.clock.now() + 30 * DAY) * 1000)
    assert (answer.status_code, answer.get_json()) == (200, {"expirationDate": expires})
    simulator.control.advance(5 * DAY)
    live = simulator.state.site("acme")
    assert [webhook.expires * 1000 == expires for webhook in live.webhooks] == [True, False]


def test_an_ended_webhook_stays_listed_for_three_months(driver: Driver) -> None:
    register(Api(driver, driver.connect(BOT)["access_token"]))
    listed = []
    for days in (40, 70, 20):
        driver.simulator.control.advance(days * DAY)
        listed.append(len(Api(driver, driver.connect(BOT)["access_token"]).get("/webhook")["values"]))
    assert listed == [1, 1, 0]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://helpdesk.example/hook", None),
        ("https://helpdesk.example:8443/hook?a=b", None),
        ("https://helpdesk.example:1885/hook", None),
        ("http://127.0.0.1:51234/hook", None),
        ("http://localhost:8070/hook", None),
        ("http://[::1]:8070/hook", None),
        ("http://helpdesk.example/hook", "The url must use https"),
        ("https://helpdesk.example:80/hook", "The port 80 is not allowed"),
        ("https://helpdesk.example:8070/hook", "The port 8070 is not allowed"),
        ("https://helpdesk.example:99999/hook", "The url https://helpdesk.example:99999/hook is not valid"),
        ("ftp://helpdesk.example/", "The url ftp://helpdesk.example/ is not valid"),
        ("helpdesk", "The url helpdesk is not valid"),
    ],
)
def test_where_webhooks_may_lead(bot: Api, url: str, words: str | None) -> None:
    assert refusal(url) == words
    assert register(bot, url).get("errors", []) == ([words] if words else [])
