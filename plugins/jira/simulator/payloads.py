"""The body of a delivery: envelope, person, issue in its v2 shape, changelog (facts §3.4).

Shaped like the recorded mattermost-webhook-* deliveries: links lead to the site itself, under
`/rest/api/2`, the description is wiki markup, and the person carries no e-mail address. The site's
own address in them is the one under which the webhook's registrar reaches the simulator.

A comment's delivery (recorded mattermost-webhook-cloud-comment-*) tells of no person but the comment's
authors, and of the issue only what says which one it is. It has no changelog: a comment is no change.

The documents promise a changelog with `jira:issue_updated` only; recorded creations carry one too
(with `Status` spelt so), and so do ours. No recording tells `issue_event_type_name` of a deletion.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from plugins.jira.simulator import history, shapes
from plugins.jira.simulator.comment_shapes import comment_shape
from plugins.jira.simulator.documents import is_document
from plugins.jira.simulator.gateway import Caller
from plugins.jira.simulator.issue_shapes import fields_of, item_shape
from plugins.jira.simulator.wiki_markup import wiki_markup

if TYPE_CHECKING:
    from collections.abc import Iterable

    from plugins.jira.simulator.history import Event
    from plugins.jira.simulator.state import Comment, LiveSite, State

EVENT_NAMES: Final = {
    history.CREATED: "jira:issue_created",
    history.UPDATED: "jira:issue_updated",
    history.DELETED: "jira:issue_deleted",
    history.COMMENTED: "comment_created",
    history.COMMENT_EDITED: "comment_updated",
    history.COMMENT_DELETED: "comment_deleted",
}
# What a comment's delivery tells of its issue, where the issue has it.
ABRIDGED: Final = ("summary", "issuetype", "project", "assignee", "priority", "status")
# What the recorded deliveries call an update that changes these.
TYPE_NAMES: Final = {"status": "issue_generic", "assignee": "issue_assigned", "Key": "issue_moved"}
PERSONAL: Final = ("emailAddress", "locale", "groups")


def payload(state: State, live: LiveSite, event: Event, webhook_ids: Iterable[int]) -> dict[str, Any]:
    """Needs a request context, from which the simulator's own address is taken."""
    caller = Caller(state, live, state.accounts[event.account])
    shape: dict[str, Any] = {"timestamp": int(event.at * 1000), "webhookEvent": EVENT_NAMES[event.kind]}
    shape |= _of_issue(caller, event) if event.comment is None else _of_comment(caller, event, event.comment)
    made: dict[str, Any] = _as_v2(live, shape)
    return made | {"matchedWebhookIds": list(webhook_ids)}


def _of_issue(caller: Caller, event: Event) -> dict[str, Any]:
    fields = fields_of(caller, event.issue)
    del fields["comment"]  # no recorded delivery of the Cloud has it, and it may hold what is not for everybody
    shape = {
        "issue_event_type_name": _type_name(event),
        "user": shapes.full_user(caller.live, caller.signed_in()),
        "issue": _issue(caller, event, fields),
    }
    changelog = _changelog(caller.live, event)
    return shape | {"changelog": changelog} if changelog else shape


def _of_comment(caller: Caller, event: Event, comment: Comment) -> dict[str, Any]:
    fields = fields_of(caller, event.issue)
    abridged: dict[str, Any] = {name: fields[name] for name in ABRIDGED if name in fields}
    return {
        "comment": comment_shape(caller, event.issue, comment),
        "issue": _issue(caller, event, abridged),
    }


def _issue(caller: Caller, event: Event, fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": event.issue.id,
        "self": shapes.rest_url(caller.live.site, f"/issue/{event.issue.id}"),
        "key": event.key,
        "fields": fields,
    }


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
    """The same in v2's ways: links to the site itself, texts as markup, and no more of people than is told."""
    if is_document(value):
        return wiki_markup(value)
    if isinstance(value, dict):
        return {name: _as_v2(live, each) for name, each in value.items() if name not in PERSONAL}
    if isinstance(value, list):
        return [_as_v2(live, each) for each in value]
    gateway = shapes.rest_url(live.site, "")
    if isinstance(value, str) and value.startswith(gateway):
        return f"{shapes.site_url(live.site)}/rest/api/2{value.removeprefix(gateway)}"
    return value
