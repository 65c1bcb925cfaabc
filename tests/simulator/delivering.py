"""Steps of tests about deliveries: register, change an issue, wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plugins.jira.simulator import history
from tests.simulator.driving import DANA

if TYPE_CHECKING:
    from plugins.jira.simulator import Simulator
    from tests.simulator.driving import Api
    from tests.simulator.receiving import Receiver

ALL_EVENTS = ["jira:issue_created", "jira:issue_updated", "jira:issue_deleted"]
COMMENT_EVENTS = ["comment_created", "comment_updated", "comment_deleted"]
REVIEW, SEND_BACK, APPROVE = "61", "71", "81"  # transitions of the demo's service workflow


def listen(api: Api, there: Receiver, **webhook: Any) -> int:
    known = {"events": ALL_EVENTS, "jqlFilter": "project != EMPTY"}
    answer = api("POST", "/webhook", {"url": there.url, "webhooks": [known | webhook]})
    result = answer.get_json()["webhookRegistrationResult"][0]
    assert "createdWebhookId" in result, result
    return int(result["createdWebhookId"])


def move(api: Api, key: str, transition: str, **body: Any) -> None:
    answer = api("POST", f"/issue/{key}/transitions", {"transition": {"id": transition}} | body)
    assert answer.status_code == 204, answer.text


def create(api: Api, project: str = "SUP", kind: str = "10001", **fields: Any) -> str:
    known = {"project": {"key": project}, "issuetype": {"id": kind}, "summary": "It hums"}
    answer = api("POST", "/issue", {"fields": known | fields})
    assert answer.status_code == 201, answer.text
    return str(answer.get_json()["key"])


def delete(simulator: Simulator, key: str) -> None:
    live, account = simulator.state.site("acme"), simulator.state.account(DANA)
    issue = live.issue(key)
    assert issue is not None
    with simulator.state.lock:
        history.delete(live, issue, account=account.id, now=simulator.state.clock.now())


def settle(simulator: Simulator) -> None:
    simulator.control.settle_deliveries()
