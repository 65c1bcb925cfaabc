"""Shows a ticket on its issue: as a remote link, or in the description where Jira does not let us link.

A remote link is found again by its ``globalId``; saving it with the same one renews it and empties what is left out, so
everything is sent each time (``jira-cloud-api.md`` §2.11). Issue linking can be off for a whole site, and the account
may lack the permission to link; both are a 403 of Jira's. Then the ticket's address is appended to the description,
once. Jira has no call that appends, so an edit in the same second could be lost: the narrow gap is accepted.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final
from urllib.parse import urlsplit

from helpdesk_core.errors import Rejected
from helpdesk_core.values import LinkBackRequest
from plugins.jira import adf
from plugins.jira.issue_client import JiraIssueClient

LONGEST: Final = 255
"""The length of a ``globalId``, and of a title."""
APPLICATION: Final = {"type": "helpdesk", "name": "Helpdesk"}


def show_ticket(client: JiraIssueClient, request: LinkBackRequest) -> None:
    """Show the ticket, or renew what is shown."""
    try:
        client.save_remote_link(request.issue_id, remote_link(request))
    except Rejected as refusal:
        if refusal.code != "permission_missing":
            raise
        _append_to_description(client, request)


def remote_link(request: LinkBackRequest) -> dict[str, Any]:
    """Return the remote link of a ticket."""
    return {
        "globalId": global_id(request),
        "application": APPLICATION,
        "relationship": "helpdesk ticket",
        "object": {
            "url": request.ticket_url,
            "title": _title(request),
            "status": {"resolved": request.solved},
        },
    }


def global_id(request: LinkBackRequest) -> str:
    """Return what tells this ticket from all others, also from those of another helpdesk at the same site."""
    name = f"helpdesk-ticket={urlsplit(request.ticket_url).netloc}&id={request.ticket_id}"
    if len(name) <= LONGEST:
        return name
    return f"helpdesk-ticket={hashlib.sha256(name.encode()).hexdigest()}&id={request.ticket_id}"


def _title(request: LinkBackRequest) -> str:
    title = " ".join(f"#{request.ticket_id} {request.ticket_title}".split())
    return title if len(title) <= LONGEST else f"{title[: LONGEST - 1]}…"


def _append_to_description(client: JiraIssueClient, request: LinkBackRequest) -> None:
    existing = client.description(request.issue_id)
    if adf.mentions(existing, request.ticket_url):
        return
    line = adf.paragraph(
        adf.text(f"Helpdesk ticket {_title(request)}: "), adf.link(request.ticket_url, request.ticket_url)
    )
    client.save_description(request.issue_id, adf.appended(existing, line))
