"""Registrations of dynamic webhooks (facts §3.1)."""

from __future__ import annotations

from typing import Any

from tests.simulator.driving import Api

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
