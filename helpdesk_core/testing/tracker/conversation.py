"""Carries the conversation of an issue: reads its comments, and writes those of the helpdesk with a marker each."""

from __future__ import annotations

from typing import Any, ClassVar

from helpdesk_core.errors import Rejected
from helpdesk_core.facets import Conversation
from helpdesk_core.testing.tracker.client import Client, Query, only, segment
from helpdesk_core.testing.tracker.texts import from_tracker, to_tracker
from helpdesk_core.testing.tracker.told import Told
from helpdesk_core.values import (
    CommentsRequest,
    EditRequest,
    PostRequest,
    RemoteComment,
    WithdrawRequest,
)


class TrackerConversation(Conversation):
    """The comments of one workspace's issues."""

    client: ClassVar[type[Client]] = Client

    def read(self, request: CommentsRequest) -> tuple[RemoteComment, ...]:
        """Read all comments, to the last page, each once."""
        client = self.client.of(request.connection)
        with only("gone", "no_permission"):
            found = list(client.pages(self.path_of(request.issue_id), self.query_of(request)))
        return tuple({each.id: each for each in map(self.comment_of, found)}.values())

    def query_of(self, request: CommentsRequest) -> Query:
        """Ask for the oldest first; the tracker tells our own from others', so those can be left out."""
        return {"order": "oldest", **({"mine": "yes"} if request.own_only else {})}

    def post(self, request: PostRequest) -> RemoteComment:
        """Write a comment and its marker, by one call."""
        with only("gone", "no_permission"):
            told = self.client.of(request.connection).post(self.path_of(request.issue_id), self.payload_of(request))
        return self.comment_of(told)

    def payload_of(self, request: PostRequest) -> dict[str, Any]:
        """Return what is sent."""
        return {"text": to_tracker(request.body, request.author), "external_id": request.marker}

    def edit(self, request: EditRequest) -> RemoteComment:
        """Replace a comment's text. Somebody else's comment is none of ours, as if there were none."""
        with only("gone", "no_permission", not_yours="gone"):
            response = self.client.of(request.connection).send(
                "PUT", self.path_of(request.issue_id, request.comment_id), body=self.edit_payload_of(request)
            )
        return self.comment_of(Told.of(response.content))

    def edit_payload_of(self, request: EditRequest) -> dict[str, Any]:
        """Return what is sent. The marker is left alone."""
        return {"text": to_tracker(request.body, request.author)}

    def withdraw(self, request: WithdrawRequest) -> None:
        """Delete a comment; one that is gone already, alone or with its issue, is no error."""
        try:
            with only("no_permission", "gone", not_yours="no_permission"):
                path = self.path_of(request.issue_id, request.comment_id)
                self.client.of(request.connection).send("DELETE", path)
        except Rejected as refusal:
            if refusal.code != "gone":
                raise

    def path_of(self, issue_id: str, *comment_id: str) -> str:
        """Return where the comments of an issue are, or one of them."""
        return "/".join(("issues", segment(issue_id), "comments", *map(segment, comment_id)))

    def comment_of(self, told: Told) -> RemoteComment:
        """Read a comment."""
        text = told.maybe("text")
        return RemoteComment(
            id=told.text("id"),
            author=told.maybe("author"),
            body=from_tracker(text),
            internal=self.is_internal(told),
            created_at=told.moment("created_at"),
            updated_at=told.moment("updated_at"),
            marker=self.marker_of(told),
            edition=str(told.number("revision")),
            original=text,
        )

    def is_internal(self, told: Told) -> bool:
        """Say whether only some may read it: that is so unless the tracker says that everyone may."""
        return told.maybe("visibility") != "everyone"

    def marker_of(self, told: Told) -> str:
        """Return our marker; on somebody else's comment there is none, whatever stands there."""
        return told.maybe("external_id") if told.flag("mine") else ""
