"""Creates issues, and reads what a ticket needs to know that is made of one.

An issue's text is its first message, so creating takes two requests: the message, which carries the marker, then the
issue with the message on it. Whichever answer is lost, the next try finds the message by its mark, and by the message
the issue: so no try makes a second one.
"""

from __future__ import annotations

from typing import Final

from helpdesk_core.errors import Rejected
from helpdesk_core.facets import IssueCreation
from helpdesk_core.values import (
    ArrivedRequest,
    ConnectionView,
    CreatedIssue,
    CreateField,
    CreateFieldsRequest,
    CreateRequest,
    FieldOption,
    FoundIssue,
    IssueRequest,
    RecentRequest,
)
from helpdesk_roundup.answers import Json, identifier, link, moment, text
from helpdesk_roundup.client import RoundupClient
from helpdesk_roundup.errors import patient
from helpdesk_roundup.gateway import FIELDS, address_of, issue_of
from helpdesk_roundup.marks import Purpose, mark
from helpdesk_roundup.messages import (
    ISSUE_FIELDS,
    Message,
    check_there,
    description,
    messages,
    put_message,
    standing_of,
)
from helpdesk_roundup.suggesting import is_over
from helpdesk_roundup.text import from_roundup, summary_of, title_of, to_roundup
from helpdesk_roundup.vocabulary import ISSUES, statuses

PRIORITY: Final = "priority"
DETAIL: Final = f"{FIELDS},{ISSUE_FIELDS},creator.username,creator.realname"
UNSET: Final = "-1"
"""How a filter says that a link leads nowhere."""


class RoundupIssueCreation(IssueCreation):
    """The new issues of one tracker."""

    def fields(self, request: CreateFieldsRequest) -> tuple[CreateField, ...]:
        """Offer the priority, where the tracker has some. What else a tracker demands, only its refusals tell."""
        client = RoundupClient.of(request.connection)
        try:
            found = list(client.collection(PRIORITY, {"@fields": "name"}))
        except Rejected:
            return ()  # no such class, or hidden: then nobody can choose one
        options = tuple(FieldOption(id=identifier(told), name=text(told, "name")) for told in found)
        return (CreateField(id=PRIORITY, name="Priority", options=options, shape="link"),) if options else ()

    def create(self, request: CreateRequest) -> CreatedIssue:
        """Have an issue with this marker, made now or by an earlier try."""
        if request.kind_id != ISSUES or request.project.id != ISSUES:
            raise Rejected("A Roundup tracker has no such kind of issue.", cure="Choose another.", code="kind")
        client = RoundupClient.of(request.connection)
        content = to_roundup(request.body, author=request.author)
        message_id = put_message(client, mark(Purpose.DESCRIPTION, request.marker), content, summary_of(request.body))
        made = next(client.collection("issue", {"messages": message_id, "creator": client.account_id}), None)
        issue_id = identifier(made) if made else client.create("issue", _body(request, message_id))
        return CreatedIssue(id=issue_id, key=f"issue{issue_id}", url=address_of(issue_id, request.connection))

    def recent(self, request: RecentRequest) -> tuple[FoundIssue, ...]:
        """List what the account created lately."""
        if request.project_id != ISSUES:
            return ()
        client = RoundupClient.of(request.connection)
        client.myself()  # tells the tracker's time, and that an empty answer may be believed
        found = _created(client, request.minutes, {"creator": client.account_id, "@fields": DETAIL, "@sort": "-id"})
        wanted = {one for told in found for one in standing_of(identifier(told), told).message_ids[:1]}
        first = {one.id: one for one in messages(client, tuple(wanted))}
        return tuple(_found(client, told, request.connection, first) for told in found)

    def arrived(self, request: ArrivedRequest) -> tuple[str, ...]:
        """List the issues created lately, or all whose status is not known to be an end."""
        if request.project_id != ISSUES or request.kind_id != ISSUES:
            return ()
        client = RoundupClient.of(request.connection)
        client.myself()  # tells the tracker's time, and that an empty answer may be believed
        if request.minutes is not None:
            return tuple(map(identifier, _created(client, request.minutes, {"@fields": "creation", "@sort": "id"})))
        lasting = [one.id for one in statuses(client) if not is_over(one.name)]
        query = {"status": ",".join([*lasting, UNSET]), "@fields": "status", "@sort": "id"}
        return tuple(
            identifier(told) for told in client.collection("issue", query) if link(told, "status") in {*lasting, ""}
        )

    def describe(self, request: IssueRequest) -> FoundIssue:
        """Read an issue with its first message."""
        client = RoundupClient.of(request.connection)
        check_there(client, request.issue_id)
        told = client.element("issue", request.issue_id, DETAIL).attributes | {"id": request.issue_id}
        first = messages(client, standing_of(request.issue_id, told).message_ids[:1])
        return _found(client, told, request.connection, {one.id: one for one in first})

    def delete(self, request: IssueRequest) -> None:
        """Retire an issue."""
        client = RoundupClient.of(request.connection)
        if client.some("issue", [request.issue_id], "id"):
            with patient():
                client.retire("issue", request.issue_id, client.element("issue", request.issue_id, "id").etag)


def _body(request: CreateRequest, message_id: str) -> Json:
    """Return a new issue. The person's own choice of a priority is all that fields can hold."""
    chosen = {each.field.id: each.value for each in request.fields if each.field.id == PRIORITY and each.value.strip()}
    return {"title": title_of(request.title), "messages": [message_id], **chosen}


def _created(client: RoundupClient, minutes: int, query: Json) -> list[Json]:
    """Return the issues created lately. A filter that Roundup cannot read it passes over, so each is looked at."""
    which, since = client.since(minutes)
    fields = f"{query['@fields']},creation" if "creation" not in query["@fields"] else query["@fields"]
    found = client.collection("issue", {**query, "@fields": fields, "creation": which})
    return [told for told in found if since is None or (moment(told, "creation") - since).total_seconds() >= -1]


def _found(client: RoundupClient, told: Json, connection: ConnectionView, first: dict[str, Message]) -> FoundIssue:
    issue = standing_of(identifier(told), told)
    begun = description(issue, [first[one] for one in issue.message_ids[:1] if one in first])
    return FoundIssue(
        issue=issue_of(told, connection),
        marker=begun.marker(Purpose.DESCRIPTION) if begun else "",
        ours=issue.creator_id == client.account_id,
        body=from_roundup(begun.content) if begun else "",
        reporter=text(told, "creator.realname") or text(told, "creator.username"),
        created_at=issue.created_at,
    )
