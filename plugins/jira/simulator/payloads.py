"""The body of a delivery: envelope, person, issue in its v2 shape, changelog (facts §3.4).

Shaped like the recorded mattermost-webhook-* deliveries: links lead to the site itself, under
`/rest/api/2`, the description is wiki markup, and the person carries no e-mail address. The site's
own address in them is the one under which the webhook's registrar reaches the simulator.

The documents promise a changelog with `jira:issue_updated` only; recorded creations carry one too
(with `Status` spelt so), and so do ours. No recording tells `issue_event_type_name` of a deletion.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from plugins.jira.simulator import history, shapes
from plugins.jira.simulator.gateway import Caller
from plugins.jira.simulator.issue_shapes import fields_of, item_shape
from plugins.jira.simulator.wiki_markup import wiki_markup

if TYPE_CHECKING:
    from collections.abc import Iterable

    from plugins.jira.simulator.history import Event
    from plugins.jira.simulator.state import LiveSite, State

EVENT_NAMES: Final = {
    history.CREATED: "jira:issue_created",
    history.UPDATED: "jira:issue_updated",
    history.DELETED: "jira:issue_deleted",
}
# What the recorded deliveries call an update that changes these.
TYPE_NAMES: Final = {"status": "issue_generic", "assignee": "issue_assigned", "Key": "issue_moved"}
PERSONAL: Final = ("emailAddress", "locale", "groups")


def payload(state: State, live: LiveSite, event: Event, webhook_ids: Iterable[int]) -> dict[str, Any]:
    """Needs a request context, from which the simulator's own address is taken."""
    account = state.accounts[event.account]
    issue = event.issue
    fields = fields_of(Caller(state, live, account), issue)
    fields["description"] = wiki_markup(issue.description)
    del fields["comment"]  # no recorded delivery of the Cloud has it, and it may hold what is not for everybody
    shape: dict[str, Any] = {
        "timestamp": int(event.at * 1000),
        "webhookEvent": EVENT_NAMES[event.kind],
        "issue_event_type_name": _type_name(event),
        "user": shapes.full_user(live, account),
        "issue": {
            "id": issue.id,
            "self": shapes.rest_url(live.site, f"/issue/{issue.id}"),
            "key": event.key,
            "fields": fields,
        },
    }
    if changelog := _changelog(live, event):
        shape["changelog"] = changelog
    made: dict[str, Any] = _as_v2(live, shape)
    return made | {"matchedWebhookIds": list(webhook_ids)}


def _type_name(event: Event) -> str:
    if event.kind != history.UPDATED:
        return f"issue_{event.kind}"
    named = [TYPE_NAMES[item.field] for item in event.items if item.field in TYPE_NAMES]
    return named[-1] if named else "issue_updated"


def _changelog(live: LiveSite, event: Event) -> dict[str, Any] | None:
    if event.kind == history.CREATED:
        return {"id": event.issue.id, "items": _first_items(live, event)}
    if event.change is None:
        return None
    return {"id": event.change.id, "items": [item_shape(item) for item in event.change.items]}


def _first_items(live: LiveSite, event: Event) -> list[dict[str, Any]]:
    issue, status = event.issue, live.status_of(event.issue)
    filled = [
        history.Item("description", None, None, None, wiki_markup(issue.description) or "", "description"),
        history.Item("Status", None, None, status.id, status.name, "status"),
        history.Item("summary", None, None, None, issue.summary, "summary"),
    ]
    return [item_shape(item) for item in filled]


def _as_v2(live: LiveSite, value: Any) -> Any:
    """The same with links to the site's own v2 API, and without what a delivery never tells of people."""
    if isinstance(value, dict):
        return {name: _as_v2(live, each) for name, each in value.items() if name not in PERSONAL}
    if isinstance(value, list):
        return [_as_v2(live, each) for each in value]
    gateway = shapes.rest_url(live.site, "")
    if isinstance(value, str) and value.startswith(gateway):
        return f"{shapes.site_url(live.site)}/rest/api/2{value.removeprefix(gateway)}"
    return value
