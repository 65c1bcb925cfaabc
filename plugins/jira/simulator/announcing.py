"""From an event to deliveries: which webhooks it concerns, and what is queued for them.

One delivery goes to each URL, with the ids of all matching webhooks in `matchedWebhookIds`. A
private app's webhooks speak only if the app's owner registered them (facts §3.1).
What an app access rule keeps from the app is told to nobody and not made up for later: Atlassian said of these rules
that events are dropped (https://community.developer.atlassian.com/t/rfc-14-app-access-rule/69945).

Not confirmed, and decided here: nothing is told of issues that the registrar may not see, and
of comments that are restricted to others, and nothing after the registrar has removed the app, left
the site or been deactivated. The filter is asked of the issue as it stands after the event. An issue's
end tells of none of its comments.
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Final

from plugins.jira.simulator import history, shapes
from plugins.jira.simulator.comment_shapes import shown
from plugins.jira.simulator.create_fields import Person
from plugins.jira.simulator.deliveries import Delivery
from plugins.jira.simulator.gateway import Caller
from plugins.jira.simulator.payloads import EVENT_NAMES, payload
from plugins.jira.simulator.webhook_filters import read_filter

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from plugins.jira.simulator.history import Event
    from plugins.jira.simulator.state import Issue, LiveSite, State, Webhook
    from plugins.jira.simulator.webhook_filters import Values

PRIMARY: Final = "Primary"
SECONDARY: Final = "Secondary"


class Announcer:
    """Listens to the changes of every site and queues what is to be delivered."""

    def __init__(
        self, state: State, context: Callable[[str], AbstractContextManager[object]], is_fallout: Callable[[], bool]
    ) -> None:
        self._state = state
        self._context = context
        self._is_fallout = is_fallout

    def __call__(self, live: LiveSite, event: Event) -> None:
        by_url: dict[str, list[Webhook]] = {}
        for webhook in live.webhooks:
            if self._may_hear(live, event, webhook) and concerns(live, event, webhook):
                by_url.setdefault(webhook.url, []).append(webhook)
        for webhooks in by_url.values():
            self._state.outbox.add(self._delivery(live, event, webhooks), self._state.delivery_faults.take())

    def _may_hear(self, live: LiveSite, event: Event, webhook: Webhook) -> bool:
        app, account = self._state.app, self._state.accounts[webhook.account]
        member = live.site.member(account.id)
        caller = Caller(self._state, live, account)
        return (
            webhook.expires > event.at
            and (app.shared or account.id == app.owner)
            and account.active
            and self._state.grants.grant_of(account.id) is not None
            and member is not None
            and not live.blocks(live.project_of(event.issue))
            and member.may("BROWSE_PROJECTS", live.project_of(event.issue))
            and (event.comment is None or shown(caller, event.issue, event.comment))
        )

    def _delivery(self, live: LiveSite, event: Event, webhooks: list[Webhook]) -> Delivery:
        ids = tuple(webhook.id for webhook in webhooks)
        with self._context(webhooks[0].heard_at):
            body = json.dumps(payload(self._state, live, event, ids)).encode()
            site_url = shapes.site_url(live.site)
        return Delivery(
            identifier=str(uuid.uuid4()),
            cloud_id=live.site.id,
            site=live.site.name,
            site_url=site_url,
            url=webhooks[0].url,
            event=EVENT_NAMES[event.kind],
            key=event.key,
            account=event.account,
            webhook_ids=ids,
            flow=SECONDARY if self._is_fallout() else PRIMARY,
            body=body,
            due=event.at,
        )


def concerns(live: LiveSite, event: Event, webhook: Webhook) -> bool:
    """Whether the webhook asks for such an event of such an issue."""
    if EVENT_NAMES[event.kind] not in webhook.events:
        return False
    changed = {name for item in event.items for name in (item.field_id, item.field)}
    if event.kind == history.UPDATED and webhook.field_ids and not changed & set(webhook.field_ids):
        return False
    return read_filter(webhook.jql).fits(names_of(live, event.issue, event.key))


def names_of(live: LiveSite, issue: Issue, key: str) -> dict[str, Values]:
    """By what names a filter may call the values of an issue."""
    project, kind, status = live.project_of(issue), live.type_of(issue), live.status_of(issue)
    priority, assignee = issue.more.get("priority") or {}, issue.more.get("assignee")
    return {
        "issuekey": _names(issue.id, key),
        "project": _names(project.id, project.key, project.name),
        "issuetype": _names(kind.id, kind.name),
        "status": _names(status.id, status.name),
        "reporter": _names(issue.creator),
        "assignee": _names(assignee.account if isinstance(assignee, Person) else None),
        "priority": _names(priority.get("id"), priority.get("name")),
    }


def _names(*names: str | None) -> Values:
    return frozenset(name.lower() for name in names if name)
