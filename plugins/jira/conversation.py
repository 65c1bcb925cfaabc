"""Carries the conversation of an issue: reads its comments, and writes those of the helpdesk with a marker each.

Everything is written as the connecting account, so the first line of a text names its author (`plugins.jira.text`).
A POST is never repeated here: whether it was done after a lost answer, the marker tells.
"""

from __future__ import annotations

from helpdesk_core.errors import Rejected
from helpdesk_core.facets import Conversation
from helpdesk_core.values import (
    CommentsRequest,
    ConnectionView,
    EditRequest,
    PostRequest,
    RemoteComment,
    WithdrawRequest,
)
from plugins.jira.comment_client import JiraCommentClient
from plugins.jira.comment_payloads import CommentPayload, is_internal_note
from plugins.jira.errors import renamed
from plugins.jira.markers import marker_in, marking, properties_by_key
from plugins.jira.payloads import Json
from plugins.jira.refusing import ADD_COMMENT, DELETE_COMMENT, EDIT_COMMENT
from plugins.jira.text import to_adf, to_markdown


class JiraConversation(Conversation):
    """The comments of one Jira site's issues."""

    def read(self, request: CommentsRequest) -> tuple[RemoteComment, ...]:
        """Read all comments; nothing in a list tells ours before its properties are read, so `own_only` saves none."""
        client = JiraCommentClient.of(request.connection)
        with renamed(not_found="gone"):
            found = client.comments(request.issue_id)
        told = _properties(client, found)
        # one that is missing from the second answer was deleted after the first
        return tuple(
            _comment(one, told[one["id"]], request.issue_id, request.connection) for one in found if one["id"] in told
        )

    def post(self, request: PostRequest) -> RemoteComment:
        """Write a comment and its marker in one call."""
        client = JiraCommentClient.of(request.connection)
        properties = marking(request.marker)
        body = {"body": to_adf(request.body, author=request.author), "properties": properties}
        with renamed(not_found="gone"):
            made = client.add_comment(request.issue_id, body, ADD_COMMENT)
        told = properties_by_key(properties) | (made["properties"] or {})
        return _comment(made, told, request.issue_id, request.connection)

    def edit(self, request: EditRequest) -> RemoteComment:
        """Replace a comment's text."""
        client = JiraCommentClient.of(request.connection)
        body = {"body": to_adf(request.body, author=request.author)}
        with renamed(not_found="gone"):
            edited = client.edit_comment(request.issue_id, request.comment_id, body, EDIT_COMMENT)
        told = _properties(client, [edited])
        return _comment(edited, told.get(edited["id"], {}), request.issue_id, request.connection)

    def withdraw(self, request: WithdrawRequest) -> None:
        """Delete a comment; a settled 404 says that it is done already, with the comment or with its issue."""
        client = JiraCommentClient.of(request.connection)
        try:
            client.delete_comment(request.issue_id, request.comment_id, DELETE_COMMENT)
        except Rejected as refusal:
            if refusal.code != "not_found":
                raise


def _properties(client: JiraCommentClient, found: list[CommentPayload]) -> dict[str, Json]:
    """Return the properties of comments: those that came with them, and the others by one call more."""
    told = {one["id"]: one["properties"] for one in found if one["properties"] is not None}
    silent = [one["id"] for one in found if one["properties"] is None]
    return told | client.properties(silent)


def _comment(payload: CommentPayload, properties: Json, issue_id: str, connection: ConnectionView) -> RemoteComment:
    # comments do not tell the issue's key, and by its id an issue has no page of its own: a search for it is one
    address = f"{connection.workspace.url.rstrip('/')}/issues/?jql=id%3D{issue_id}"
    return RemoteComment(
        id=payload["id"],
        author=payload["author"],
        body=to_markdown(payload["body"], issue_url=address).markdown,
        internal=payload["internal"] or is_internal_note(properties),
        created_at=payload["created"],
        updated_at=payload["updated"],
        marker=marker_in(properties),
        original=payload["body"],
    )
