"""Dynamic webhooks: registering, listing, refreshing and deleting them (facts §3.1).

`announcing.py` finds those that an event concerns. A webhook ends 30 days after its registration or
last refresh, without notice; it stays listed for three months and takes up room all the while.

How far the rule "only a single URL per app" reaches is not confirmed. The strictest reading is the
usual one here (one URL for everybody on every site); `App.webhook_url_per` makes it milder. Nobody
tells how a url is refused; here in the errors of each webhook. A project that a filter names must
be there and visible to who registers, as everywhere in JQL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import request

from plugins.jira.simulator import webhook_urls
from plugins.jira.simulator.clock import DAY
from plugins.jira.simulator.gateway import Answer, Caller, body_object, operation
from plugins.jira.simulator.projects import page
from plugins.jira.simulator.refusals import JiraRefusalError
from plugins.jira.simulator.state import Webhook
from plugins.jira.simulator.webhook_filters import FilterError, read_filter

if TYPE_CHECKING:
    from collections.abc import Iterator

LIFETIME: Final = 30 * DAY
LISTED_AFTER_THE_END: Final = 90 * DAY
MOST: Final = 5
PAGE: Final = 100
EVENTS: Final = {
    *("jira:issue_created", "jira:issue_updated", "jira:issue_deleted"),
    *("comment_created", "comment_updated", "comment_deleted"),
    *("issue_property_set", "issue_property_deleted"),
    *("sprint_created", "sprint_updated", "sprint_closed", "sprint_deleted", "sprint_started"),
    *("jira:version_released", "jira:version_unreleased", "jira:version_created", "jira:version_moved"),
    *("jira:version_updated", "jira:version_merged", "jira:version_deleted"),
}
SINGLE_URL: Final = "Only a single URL per app is allowed to be registered via REST API"


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
    doomed = _named(caller)
    caller.live.webhooks = [each for each in caller.live.webhooks if each not in doomed]
    return 202, None


def refresh(caller: Caller) -> Answer:
    """`PUT /webhook/refresh`: 30 days from now, also for one that had ended; unknown ids are ignored."""
    expires = caller.state.clock.now() + LIFETIME
    for webhook in _named(caller):
        webhook.expires = expires
    return 200, {"expirationDate": _milliseconds(expires)}


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
        heard_at=request.host_url,
    )
    caller.live.next_webhook += 1
    caller.live.webhooks.append(webhook)
    return {"createdWebhookId": webhook.id}


def _errors(caller: Caller, url: str, wanted: dict[str, Any]) -> list[str]:
    events = wanted.get("events")
    events = events if isinstance(events, list) else []
    unknown = [str(event) for event in events if str(event) not in EVENTS]
    found = []
    if unknown or not events:
        found.append(f"The following events are not valid: {', '.join(unknown) or 'none given'}")
    found.extend(_filter_errors(caller, wanted))
    if wrong := webhook_urls.refusal(url):
        found.append(wrong)
    if any(webhook.url != url for webhook in _bound_to_one_url(caller)):
        found.append(SINGLE_URL)
    if len(_own(caller)) >= MOST:
        found.append("The maximum number of webhooks per user has been reached")
    return found


def _filter_errors(caller: Caller, wanted: dict[str, Any]) -> Iterator[str]:
    try:
        chosen = read_filter(str(wanted.get("jqlFilter") or ""))
    except FilterError as error:
        yield str(error)
        return
    visible = {name.lower() for each in caller.visible_projects() for name in (each.id, each.key, each.name)}
    for value in chosen.values_of("project"):
        if value not in visible:
            yield f"The value '{value}' does not exist for the field 'project'."


def _bound_to_one_url(caller: Caller) -> list[Webhook]:
    """The webhooks whose URL a new one must share."""
    reach = caller.state.app.webhook_url_per
    if reach == "account":
        return _own(caller)
    sites = caller.state.sites.values() if reach == "app" else [caller.live]
    return [webhook for live in sites for webhook in live.webhooks]


def _named(caller: Caller) -> list[Webhook]:
    """The caller's webhooks that the request names; ids of others are ignored."""
    wanted = body_object().get("webhookIds")
    if not isinstance(wanted, list):
        raise JiraRefusalError(400, "The request must hold webhookIds.")
    return [webhook for webhook in _own(caller) if webhook.id in wanted]


def _milliseconds(moment: float) -> int:
    return int(moment * 1000)


def _own(caller: Caller) -> list[Webhook]:
    account = caller.signed_in()
    oldest = caller.state.clock.now() - LISTED_AFTER_THE_END
    return [each for each in caller.live.webhooks if each.account == account.id and each.expires > oldest]


def _shape(webhook: Webhook) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "id": webhook.id,
        "url": webhook.url,
        "events": webhook.events,
        "jqlFilter": webhook.jql,
        "expirationDate": _milliseconds(webhook.expires),
    }
    return shape | {"fieldIdsFilter": webhook.field_ids} if webhook.field_ids else shape


SCOPES: Final = ("read:jira-work", "manage:jira-webhook")
OPERATIONS: Final = (
    operation("getDynamicWebhooksForApp", "GET", "/webhook", listed, *SCOPES),
    operation("registerDynamicWebhooks", "POST", "/webhook", register, *SCOPES),
    operation("refreshWebhooks", "PUT", "/webhook/refresh", refresh, *SCOPES),
    operation("deleteWebhookById", "DELETE", "/webhook", delete, *SCOPES),
)
