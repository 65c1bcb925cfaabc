"""Reads and moves a tracker's issues.

Every status can follow every other, so each is a transition. Between reading and moving somebody may have moved the
issue elsewhere; for that a transition's id carries the ETag that was read with the status, and Roundup refuses the move
where it is stale. Any change makes it stale, a message too; the helpdesk then reads and plans again.
"""

from __future__ import annotations

import re
from typing import Final

from helpdesk_core.errors import Rejected
from helpdesk_core.facets import TicketGateway
from helpdesk_core.values import (
    ChangedRequest,
    ConnectionView,
    FindRequest,
    HopRequest,
    Issue,
    IssueRequest,
    IssuesRequest,
    LinkBackRequest,
    OpenIssue,
    RemoteStatus,
    Transition,
)
from helpdesk_roundup.answers import Json, identifier, link, moment, text
from helpdesk_roundup.client import Query, RoundupClient
from helpdesk_roundup.finding import FOUND, number_in, words_in
from helpdesk_roundup.marks import Purpose, mark
from helpdesk_roundup.messages import attach, check_there, put_message, standing
from helpdesk_roundup.text import one_line
from helpdesk_roundup.vocabulary import ISSUES, statuses

FIELDS: Final = "title,status"
HOP: Final = re.compile(r"([0-9]+)@([\x21-\x7e]+)")


class RoundupTicketGateway(TicketGateway):
    """The issues of one tracker."""

    def fetch(self, request: IssuesRequest) -> tuple[Issue, ...]:
        """Read many issues, fifty in one call; a list leaves out those that are retired."""
        if not request.issue_ids:
            return ()
        client = RoundupClient.of(request.connection)
        wanted = [one for one in dict.fromkeys(request.issue_ids) if one.isascii() and one.isdecimal()]
        found = client.some("issue", wanted, FIELDS)
        if not found:
            client.myself()  # a stranger may see an empty tracker
        return tuple(issue_of(told, request.connection) for told in found)

    def open(self, request: IssueRequest) -> OpenIssue:
        """Read an issue and the statuses. Its status and ETag come in one answer, so they fit together."""
        client = RoundupClient.of(request.connection)
        check_there(client, request.issue_id)
        there = statuses(client)
        found = client.element("issue", request.issue_id, FIELDS)
        issue = issue_of(found.attributes | {"id": found.id}, request.connection)
        moves = tuple(_transition(to, found.etag) for to in there if to.id != issue.status_id)
        return OpenIssue(issue=issue, transitions=moves)

    def find(self, request: FindRequest) -> tuple[Issue, ...]:
        """Find by name or address, then by words in the title."""
        client, words = RoundupClient.of(request.connection), " ".join(request.text.split())
        number = number_in(words, request.connection.workspace.url)
        found = client.some("issue", [number], FIELDS) if number else []
        looked_for = words_in(words)
        if looked_for and len(found) < FOUND:
            query: Query = {"title": looked_for, "@fields": FIELDS, "@sort": "-activity"}
            known = {identifier(told) for told in found}
            found += [told for told in client.first("issue", query, FOUND) if identifier(told) not in known]
        return tuple(issue_of(told, request.connection) for told in found[:FOUND])

    def changed(self, request: ChangedRequest) -> tuple[str, ...]:
        """List what changed lately. What Roundup cannot read of a filter it passes over, so each item is looked at."""
        if ISSUES not in request.project_ids:
            return ()
        client = RoundupClient.of(request.connection)
        client.myself()  # tells the tracker's time, and that an empty answer may be believed
        which, since = client.since(request.minutes)
        found = client.collection("issue", {"activity": which, "@fields": "activity", "@sort": "id"})
        return tuple(
            identifier(told)
            for told in found
            # a second of grace: the tracker stores parts of seconds and tells whole ones
            if since is None or (moment(told, "activity") - since).total_seconds() >= -1
        )

    def hop(self, request: HopRequest) -> None:
        """Set the status, provided that the issue still is as `open` saw it."""
        found = HOP.fullmatch(request.transition.id)
        if not found:
            raise Rejected("This move was not read from Roundup.", cure="Try again.", code="stale")
        client = RoundupClient.of(request.connection)
        check_there(client, request.issue_id)  # Roundup would move one that is retired
        client.change("issue", request.issue_id, {"status": found[1]}, etag=found[2])

    def link_back(self, request: LinkBackRequest) -> None:
        """Name the ticket in a message of its own, which is rewritten when the ticket changes: mail goes out once."""
        client = RoundupClient.of(request.connection)
        issue = standing(client, request.issue_id)
        messageid = mark(Purpose.BACKLINK, str(request.ticket_id), request.issue_id)
        ends = " (solved)" if request.solved else ""
        line = f"Helpdesk ticket #{request.ticket_id}: {one_line(request.ticket_title, 255)}{ends}"
        message_id = put_message(client, messageid, f"{line}\n{request.ticket_url}\n", line[:100])
        if message_id not in issue.message_ids:
            attach(client, issue, message_id)


def address_of(issue_id: str, connection: ConnectionView) -> str:
    """Return where people find an issue."""
    return f"{connection.workspace.url.rstrip('/')}/issue{issue_id}"


def issue_of(told: Json, connection: ConnectionView) -> Issue:
    """Return an issue. One that has no status, which Roundup allows, has an empty `status_id`."""
    issue_id = identifier(told)
    return Issue(
        id=issue_id,
        key=f"issue{issue_id}",
        title=one_line(text(told, "title"), 255) or f"issue{issue_id}",
        url=address_of(issue_id, connection),
        project_id=ISSUES,
        kind_id=ISSUES,
        status_id=link(told, "status"),
    )


def _transition(to: RemoteStatus, etag: str) -> Transition:
    return Transition(id=f"{to.id}@{etag}", name=to.name, to_id=to.id)
