"""Registers, renews and removes webhooks at one Jira site: always one for all projects in use.

The rules come from ``jira-cloud-api.md`` §3.1: five webhooks for each app and user at a site, one address for all of
them, 200 as the status of a failed registration, 30 days of life, and a refresh that passes over unknown numbers
without a word. So strays go first, every answer is read, and after a refresh the list tells whether it is still there.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from helpdesk_core.errors import Rejected
from helpdesk_core.values import SubscribeRequest, Subscription
from plugins.jira.client import JiraClient
from plugins.jira.payloads import WebhookPayload
from plugins.jira.settings import api_address, is_loopback

EVENTS: Final = (
    *("jira:issue_created", "jira:issue_updated", "jira:issue_deleted"),
    *("comment_created", "comment_updated", "comment_deleted"),
)
"""No ``fieldIdsFilter``: a status can change together with any other field, and a move of projects names none."""
PORTS: Final = frozenset(
    {443, *range(1880, 1891), 4044, 6017, 7990, 8060, 8080, 8085, 8089, 8090, 8443, 8444, 8900, 9420, 9520, 9900}
)
"""To which Atlassian delivers (facts §3.1)."""


def check_address(request: SubscribeRequest) -> None:
    """Refuse an address to which Atlassian cannot deliver. The simulator runs on this machine and reaches all of it."""
    if is_loopback(urlsplit(api_address(request.connection.settings)).hostname or ""):
        return
    if why := _why_unsuitable(request.url):
        raise Rejected(
            f"Jira cannot deliver webhooks to {request.url}: {why}.",
            cure="Give the helpdesk a public https address. Until then it asks Jira for changes from time to time.",
            code="address_unsuitable",
        )


def order(client: JiraClient, request: SubscribeRequest) -> Subscription:
    """Register the webhook, or keep the one that is what is wanted."""
    jql = _filter(request)
    known, strays = _sorted_out(client.webhooks(), request)
    remove(client, strays)
    same = [one for one in known if one["jql"] == jql and one["events"] == frozenset(EVENTS)]
    if same and (kept := renewed(client, request, among=same)):
        remove(client, [one for one in known if str(one["id"]) != kept.id])
        return kept
    created = _register(client, request.url, jql)
    remove(client, known)  # after the new one stands, so that nothing happens unseen in between
    listed = {one["id"]: one for one in client.webhooks()}
    return Subscription(id=str(created), expires_at=listed[created]["expires_at"] if created in listed else None)


def renewed(client: JiraClient, request: SubscribeRequest, among: Iterable[WebhookPayload] = ()) -> Subscription | None:
    """Extend what the helpdesk remembers, and believe the list rather than the answer."""
    wanted = [one["id"] for one in among] or [int(one) for one in request.known_ids if one.isdecimal()]
    if not wanted:
        return None
    expires_at = client.refresh_webhooks(wanted)
    listed = [one for one in client.webhooks() if one["id"] in wanted and one["url"] == request.url]
    if not listed:
        return None
    return Subscription(id=str(listed[0]["id"]), expires_at=listed[0]["expires_at"] or expires_at)


def remove(client: JiraClient, webhooks: list[WebhookPayload]) -> None:
    """Remove webhooks; none is no call."""
    if webhooks:
        client.delete_webhooks([one["id"] for one in webhooks])


def _sorted_out(
    listed: list[WebhookPayload], request: SubscribeRequest
) -> tuple[list[WebhookPayload], list[WebhookPayload]]:
    known = [one for one in listed if str(one["id"]) in request.known_ids and one["url"] == request.url]
    return known, [one for one in listed if one not in known]


def _filter(request: SubscribeRequest) -> str:
    """Return the filter; Jira demands one, and takes few operators (facts §3.1)."""
    project_ids = sorted({one for one in request.project_ids if one.isdecimal()}, key=int)
    if not project_ids:
        raise Rejected(
            "No project is in use, so there is nothing for Jira to tell of.",
            cure="Choose a project first.",
            code="no_project",
        )
    return f"project IN ({', '.join(project_ids)})"


def _register(client: JiraClient, url: str, jql: str) -> int:
    result = client.register_webhook(url, jql, list(EVENTS))
    if result["id"] is None or result["errors"]:
        said = "; ".join(" ".join(error.split()).rstrip(".") for error in result["errors"])[:300]
        raise Rejected(
            f"Jira did not register the webhook. It says: “{said or 'nothing'}”.",
            cure="One app can deliver to one address only: if another helpdesk uses the same app, give each its own. "
            "Until then the helpdesk asks Jira for changes from time to time.",
            code="webhook_refused",
        )
    return result["id"]


def _why_unsuitable(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 443
    except ValueError:
        return "it is not an address"
    if parts.scheme != "https":
        return "Atlassian delivers to https only"
    if port not in PORTS:
        return f"Atlassian does not deliver to the port {port}, but to 443, 8443 and some others"
    if _is_private(host):
        return "nobody outside of its own network reaches it"
    return ""


def _is_private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".local", ".internal", ".localhost"))
