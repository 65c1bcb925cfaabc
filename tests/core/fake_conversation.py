"""A scripted remote conversation: people write, edit and delete there, and answers to ours get lost."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from helpdesk_core.errors import Rejected, TemporarilyUnavailable
from helpdesk_core.facets import Conversation
from helpdesk_core.values import CommentsRequest, EditRequest, PostRequest, RemoteComment, WithdrawRequest
from tests.core.fake_gateway import FakeGateway

BOT = "Helpdesk Bot"


@dataclass
class FakeConversation(Conversation):
    """The comments of a gateway's issues."""

    gateway: FakeGateway
    comments: dict[str, dict[str, RemoteComment]] = field(default_factory=dict)
    """By issue, then by id."""
    calls: Counter[str] = field(default_factory=Counter)
    asked: list[Any] = field(default_factory=list)
    outage: Exception | None = None
    refusal: Exception | None = None
    """Raised by every method that writes."""
    lose_answers: int = 0
    """So many writes are carried out while their answer is lost."""
    made: int = 0

    # ── what people do there ──

    def say(self, issue_id: str, body: str, *, author: str = "Jo", internal: bool = False) -> str:
        """Let a person write a comment, and return its id."""
        return self._put(issue_id, author=author, body=body, internal=internal, marker="").id

    def change(self, issue_id: str, id_: str, **changes: Any) -> None:
        """Let a person change a comment."""
        self.gateway.now.advance(seconds=1)
        here = self.comments[issue_id]
        here[id_] = replace(here[id_], updated_at=self.gateway.now(), **changes)

    def remove(self, issue_id: str, id_: str) -> None:
        """Let a person delete a comment."""
        del self.comments[issue_id][id_]

    def bodies(self, issue_id: str) -> list[str]:
        """Return what can be read there."""
        return [each.body for each in self.comments.get(issue_id, {}).values()]

    def _put(self, issue_id: str, *, author: str, body: str, internal: bool, marker: str) -> RemoteComment:
        self.made += 1
        now = self.gateway.now()
        made = RemoteComment(
            id=f"r-{self.made}",
            author=author,
            body=body,
            internal=internal,
            created_at=now,
            updated_at=now,
            marker=marker,
            original={"text": body},
        )
        self.comments.setdefault(issue_id, {})[made.id] = made
        return made

    # ── the facet ──

    def read(self, request: CommentsRequest) -> tuple[RemoteComment, ...]:
        self._ask("read", request)
        return tuple(self.comments.get(request.issue_id, {}).values())

    def post(self, request: PostRequest) -> RemoteComment:
        self._ask("post", request, writes=True)
        body = f"{request.author}: {request.body}"
        made = self._put(request.issue_id, author=BOT, body=body, internal=False, marker=request.marker)
        self._lose()
        return made

    def edit(self, request: EditRequest) -> RemoteComment:
        self._ask("edit", request, writes=True)
        self.change(request.issue_id, request.comment_id, body=f"{request.author}: {request.body}")
        self._lose()
        return self.comments[request.issue_id][request.comment_id]

    def withdraw(self, request: WithdrawRequest) -> None:
        self._ask("withdraw", request, writes=True)
        self.comments.get(request.issue_id, {}).pop(request.comment_id, None)
        self._lose()

    def _ask(self, method: str, request: Any, *, writes: bool = False) -> None:
        self.calls[method] += 1
        self.asked.append(request)
        if self.outage:
            raise self.outage
        if writes and self.refusal:
            raise self.refusal
        if method == "edit" and request.comment_id not in self.comments.get(request.issue_id, {}):
            raise Rejected("There is no such comment.", cure="Write a new one.", code="gone")

    def _lose(self) -> None:
        if self.lose_answers:
            self.lose_answers -= 1
            raise TemporarilyUnavailable("The answer was lost.")
