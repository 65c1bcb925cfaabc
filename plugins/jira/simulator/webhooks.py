"""Dynamic webhooks: registering, listing and deleting them (facts §3.1).

Nothing is delivered yet: a registration is stored, so that a disconnect can take it away.
"""

from __future__ import annotations

from typing import Any, Final

from plugins.jira.simulator.clock import DAY
from plugins.jira.simulator.gateway import Answer, Caller, body_object, operation
from plugins.jira.simulator.projects import page
from plugins.jira.simulator.refusals import JiraRefusalError
from plugins.jira.simulator.state import Webhook

LIFETIME: Final = 30 * DAY
MOST: Final = 5
PAGE: Final = 100
EVENTS: Final = {
    *("jira:issue_created", "jira:issue_updated", "jira:issue_deleted"),
    *("comment_created", "comment_updated", "comment_deleted"),
    *("issue_property_set", "issue_property_deleted"),
}


def listed(caller: Caller) -> Answer:
    values = [_shape(webhook) for webhook in _own(caller)]
    return 200, page(caller, "/webhook", values, most=PAGE, usual=PAGE)


def register(caller: Caller) -> Answer:
    """`POST /webhook`: 200 even where nothing was registered; each result tells its own errors."""
    body = body_object()
    url, wanted = body.get("url"), body.get("webhooks")
    if not isinstance(url, str) or not isinstance(wanted, list):
        raise JiraRefusalError(400, "The request must hold a url and webhooks.")
    results = [_register(caller, url, one if isinstance(one, dict) else {}) for one in wanted]
    return 200, {"webhookRegistrationResult": results}


def delete(caller: Caller) -> Answer:
    """`DELETE /webhook`: 202; ids of others are ignored."""
    wanted = body_object().get("webhookIds")
    if not isinstance(wanted, list):
        raise JiraRefusalError(400, "The request must hold webhookIds.")
    doomed = [webhook for webhook in _own(caller) if webhook.id in wanted]
    caller.live.webhooks = [each for each in caller.live.webhooks if each not in doomed]
    return 202, None


def _register(caller: Caller, url: str, wanted: dict[str, Any]) -> dict[str, Any]:
    errors = _errors(caller, url, wanted)
    if errors:
        return {"errors": errors}
    webhook = Webhook(
        id=caller.live.next_webhook,
        account=caller.signed_in().id,
        url=url,
        events=list(wanted["events"]),
        jql=str(wanted["jqlFilter"]),
        expires=caller.state.clock.now() + LIFETIME,
        field_ids=[str(field) for field in wanted.get("fieldIdsFilter") or ()],
    )
    caller.live.next_webhook += 1
    caller.live.webhooks.append(webhook)
    return {"createdWebhookId": webhook.id}


def _errors(caller: Caller, url: str, wanted: dict[str, Any]) -> list[str]:
    own = _own(caller)
    events = wanted.get("events")
    events = events if isinstance(events, list) else []
    unknown = [str(event) for event in events if str(event) not in EVENTS]
    found = []
    if unknown or not events:
        found.append(f"The following events are not valid: {', '.join(unknown) or 'none given'}")
    if not str(wanted.get("jqlFilter") or "").strip():
        found.append("Empty JQL search not supported")
    if own and own[0].url != url:
        found.append("Only a single URL per app is allowed to be registered via REST API")
    if len(own) >= MOST:
        found.append("The maximum number of webhooks per user has been reached")
    return found


def _own(caller: Caller) -> list[Webhook]:
    account = caller.signed_in()
    return [webhook for webhook in caller.live.webhooks if webhook.account == account.id]


def _shape(webhook: Webhook) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "id": webhook.id,
        "url": webhook.url,
        "events": webhook.events,
        "jqlFilter": webhook.jql,
        "expirationDate": int(webhook.expires * 1000),
    }
    return shape | {"fieldIdsFilter": webhook.field_ids} if webhook.field_ids else shape


SCOPES: Final = ("read:jira-work", "manage:jira-webhook")
OPERATIONS: Final = (
    operation("getDynamicWebhooksForApp", "GET", "/webhook", listed, *SCOPES),
    operation("registerDynamicWebhooks", "POST", "/webhook", register, *SCOPES),
    operation("deleteWebhookById", "DELETE", "/webhook", delete, *SCOPES),
)
