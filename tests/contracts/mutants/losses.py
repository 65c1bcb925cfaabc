"""Mistakes with answers that were lost on their way."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from weakref import WeakKeyDictionary

import requests

from helpdesk_core.errors import TemporarilyUnavailable
from helpdesk_core.testing.tracker.client import Client
from helpdesk_core.testing.tracker.conversation import TrackerConversation
from helpdesk_core.testing.tracker.creation import TrackerCreation
from helpdesk_core.testing.tracker.gateway import TrackerGateway
from helpdesk_core.values import (
    CommentsRequest,
    CreatedIssue,
    CreateRequest,
    EditRequest,
    FoundIssue,
    IssueRequest,
    LinkBackRequest,
    PostRequest,
    RecentRequest,
    RemoteComment,
)
from tests.contracts.mutants.planting import Bed

BED = Bed()
AGAIN = "test_losses_are_told_and_nothing_is_tried_again"
NOTES: Final = WeakKeyDictionary[requests.Session, set[str]]()
"""What a plugin noted beside the remote system, for each session."""


@BED.plant(AGAIN, into=TrackerGateway)
class TriesAgain(Client):
    """It sends once more what was not answered."""

    def send(self, method: str, path: str, **more: object) -> requests.Response:
        try:
            return super().send(method, path, **more)  # type: ignore[arg-type]  # handed on unseen
        except TemporarilyUnavailable:
            return super().send(method, path, **more)  # type: ignore[arg-type]  # as above


@BED.plant(AGAIN)
class EditsTwice(TrackerConversation):
    """It edits once more where the answer was lost: nothing new is written, it thinks."""

    def edit(self, request: EditRequest) -> RemoteComment:
        try:
            return super().edit(request)
        except TemporarilyUnavailable:
            return super().edit(request)


@BED.plant("test_losses_leave_one_link_back")
class AnotherName(TrackerGateway):
    """It gives the link another name after a lost answer, for fear of a clash."""

    def link_back(self, request: LinkBackRequest) -> None:
        try:
            super().link_back(request)
        except TemporarilyUnavailable:
            NOTES.setdefault(request.connection.http, set()).add(request.issue_id)
            raise

    def link_name(self, request: LinkBackRequest) -> str:
        name = super().link_name(request)
        return f"{name}-again" if request.issue_id in NOTES.get(request.connection.http, ()) else name


@BED.plant("test_losses_leave_one_comment")
class NotedComments(TrackerConversation):
    """It knows its comments by ids that it noted, and never noted the one whose answer was lost."""

    def post(self, request: PostRequest) -> RemoteComment:
        made = super().post(request)
        NOTES.setdefault(request.connection.http, set()).add(made.id)
        return made

    def read(self, request: CommentsRequest) -> tuple[RemoteComment, ...]:
        noted = NOTES.get(request.connection.http, set())
        return tuple(each if each.id in noted else replace(each, marker="") for each in super().read(request))


@BED.plant("test_losses_leave_one_issue")
class NotedIssues(TrackerCreation):
    """It knows its issues by ids that it noted, and never noted the one whose answer was lost."""

    def create(self, request: CreateRequest) -> CreatedIssue:
        made = super().create(request)
        NOTES.setdefault(request.connection.http, set()).add(made.id)
        return made

    def recent(self, request: RecentRequest) -> tuple[FoundIssue, ...]:
        noted = NOTES.get(request.connection.http, set())
        return tuple(each if each.issue.id in noted else replace(each, marker="") for each in super().recent(request))


@BED.plant("test_losses_leave_one_issue")
class LostIssuesAreStrays(TrackerCreation):
    """It takes an issue whose answer was lost for a stray, and leaves it out."""

    def create(self, request: CreateRequest) -> CreatedIssue:
        try:
            return super().create(request)
        except TemporarilyUnavailable:
            NOTES.setdefault(request.connection.http, set()).add(request.marker)
            raise

    def recent(self, request: RecentRequest) -> tuple[FoundIssue, ...]:
        strays = NOTES.get(request.connection.http, set())
        return tuple(each for each in super().recent(request) if each.marker not in strays)


@BED.plant(AGAIN)
class LooksByItself(TrackerGateway):
    """After a lost answer it takes a move for taken."""

    def hop(self, request: object) -> None:
        try:
            super().hop(request)  # type: ignore[arg-type]  # handed on unseen
        except TemporarilyUnavailable as error:
            if "in time" not in str(error) or self._is_where_it_was(request):
                raise

    def _is_where_it_was(self, request: object) -> bool:
        asked = IssueRequest(connection=request.connection, issue_id=request.issue_id)  # type: ignore[attr-defined]
        return self.open(asked).issue.status_id != request.transition.to_id  # type: ignore[attr-defined]
