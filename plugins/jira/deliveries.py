"""Reads the body of a verified delivery into a notice: which issue, where, what of it, and in which status it was.

Recorded deliveries differ by product and age: ids come as text or number, ``issue`` may be abridged or missing, members
may be null. Whatever tells of no issue gives no notice (``jira-cloud-api.md`` §3.3, §3.4).
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, Final
from urllib.parse import urlsplit

from helpdesk_core.errors import Rejected
from helpdesk_core.values import About, Delivery, Notice
from plugins.jira.payloads import Json, member, text

IDENTIFIER: Final = "x-atlassian-webhook-identifier"
GONE: Final = "jira:issue_deleted"
NEW: Final = "jira:issue_created"
OF_COMMENTS: Final = "comment_"
"""How the names of `comment_created`, `comment_updated` and `comment_deleted` begin."""
COMMENT_PATH: Final = re.compile(r"/issue/(\d+)/comment/")
GATEWAY_PATH: Final = re.compile(r"/ex/jira/([^/]+)/")


def read_delivery(delivery: Delivery, claims: dict[str, Any]) -> Notice | None:
    """Return what a delivery says; None where it is about no issue."""
    body = _object(delivery.body)
    issue, event = member(body, "issue"), text(body, "webhookEvent")
    address = text(issue, "self") or text(member(body, "comment"), "self")
    issue_id = text(issue, "id") or _issue_in(address)
    if not issue_id:
        return None
    status_id = text(member(member(issue, "fields"), "status"), "id") or None
    return Notice(
        delivery_id=_identifier(delivery),
        workspace_hint=_workspace(claims, address),
        subscription_ids=_subscriptions(body),
        issue_id=issue_id,
        # the last status of an issue that is gone agrees with what is known, and must not keep it from being looked at
        status_id=None if event == GONE else status_id,
        event=event,
        about=_about(event),
    )


def _about(event: str) -> About:
    """Tell by the event's name alone. Some sites tell of a comment by ``jira:issue_updated`` as well (facts §3.4): that
    is a notice of its own, and of the issue.
    """
    if event == NEW:
        return About.NEW_ISSUE
    return About.COMMENTS if event.startswith(OF_COMMENTS) else About.ISSUE


def _object(raw: bytes) -> Json:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise _unreadable() from error
    if not isinstance(body, dict):
        raise _unreadable()
    return body


def _unreadable() -> Rejected:
    return Rejected(
        "A webhook delivery of Jira holds something other than the JSON object that it documents.",
        cure="Nothing is lost: the helpdesk also asks Jira for changes. If it keeps happening, report it.",
        code="unreadable",
    )


def _identifier(delivery: Delivery) -> str:
    """Return Atlassian's own number, the same on every retry; deliveries of a Data Center have none."""
    told = delivery.headers.get(IDENTIFIER, "").strip()
    return told or f"sha256:{hashlib.sha256(delivery.body).hexdigest()}"


def _issue_in(address: str) -> str:
    """Return the issue to whose comment an address leads: that deliveries of comments hold the issue is not promised
    (recorded without: ``mattermost-webhook-server-comment-deleted``).
    """
    found = COMMENT_PATH.search(address)
    return found[1] if found else ""


def _workspace(claims: dict[str, Any], address: str) -> str:
    """Return the cloud id where the token or an address tells it, else the site's address (facts §3.2).

    What the token says is signed; what the body says is not, and only ever serves to find the connection.
    """
    if cloud_id := text(member(claims, "context"), "cloudId"):
        return cloud_id
    if through_gateway := GATEWAY_PATH.search(address):
        return through_gateway[1]
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else ""


def _subscriptions(body: Json) -> tuple[str, ...]:
    matched = body.get("matchedWebhookIds")
    ids = matched if isinstance(matched, list) else []
    return tuple(str(one) for one in ids if isinstance(one, int | str) and not isinstance(one, bool))
