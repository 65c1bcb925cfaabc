"""Mistakes with comments."""

from __future__ import annotations

from dataclasses import replace

from helpdesk_core.errors import Rejected
from helpdesk_core.testing.tracker.client import Query, only
from helpdesk_core.testing.tracker.conversation import TrackerConversation
from helpdesk_core.testing.tracker.told import Told
from helpdesk_core.values import CommentsRequest, EditRequest, PostRequest, RemoteComment, WithdrawRequest
from tests.contracts.mutants.planting import Bed

BED = Bed()
IN_ORDER = "test_conversation_is_read_in_order_to_the_last_page"
THEIRS = "test_conversation_of_others_is_told_as_theirs"
GONE = "test_conversation_of_what_is_gone_is_refused"
SEEN = "test_conversation_post_is_seen_there"
EDIT = "test_conversation_edit_changes_the_text_and_keeps_the_marker"
EDIT_GONE = "test_conversation_edit_of_what_is_gone_is_refused"


@BED.plant(IN_ORDER)
class NewestFirst(TrackerConversation):
    """It reads the newest comment first."""

    def query_of(self, request: CommentsRequest) -> Query:
        return {name: value for name, value in super().query_of(request).items() if name != "order"}


@BED.plant(IN_ORDER)
class FirstPage(TrackerConversation):
    """It reads the first page."""

    def read(self, request: CommentsRequest) -> tuple[RemoteComment, ...]:
        return super().read(request)[:20]


@BED.plant(IN_ORDER)
class ShortComments(TrackerConversation):
    """It reads the beginning of each comment."""

    def comment_of(self, told: Told) -> RemoteComment:
        found = super().comment_of(told)
        return found if found.marker else replace(found, body=found.body[:8])


@BED.plant(THEIRS)
class MarksOthers(TrackerConversation):
    """It takes the id for a marker on everybody's comments."""

    def marker_of(self, told: Told) -> str:
        return super().marker_of(told) or told.text("id")


@BED.plant(THEIRS)
class NobodysComment(TrackerConversation):
    """It does not say who wrote a comment."""

    def comment_of(self, told: Told) -> RemoteComment:
        return replace(super().comment_of(told), author="")


@BED.plant(THEIRS)
class NaiveMoments(TrackerConversation):
    """It tells when a comment was written without a time zone."""

    def comment_of(self, told: Told) -> RemoteComment:
        found = super().comment_of(told)
        return replace(found, created_at=found.created_at.replace(tzinfo=None))


@BED.plant(THEIRS)
class AllInternal(TrackerConversation):
    """It takes every comment for an internal one."""

    def is_internal(self, told: Told) -> bool:
        return True


@BED.plant("test_conversation_that_only_some_may_read_is_internal")
class AllPublic(TrackerConversation):
    """It takes every comment for a public one."""

    def is_internal(self, told: Told) -> bool:
        return False


@BED.plant(GONE)
class ReadsNothing(TrackerConversation):
    """It takes an issue that is gone for one without comments."""

    def read(self, request: CommentsRequest) -> tuple[RemoteComment, ...]:
        try:
            return super().read(request)
        except Rejected:
            return ()


@BED.plant(GONE)
class PostIsRefused(TrackerConversation):
    """It has one code for all that the tracker refuses when a comment is written."""

    def post(self, request: PostRequest) -> RemoteComment:
        with only():
            return super().post(request)


@BED.plant(SEEN)
class NoAuthor(TrackerConversation):
    """It does not say who wrote a comment in the helpdesk."""

    def post(self, request: PostRequest) -> RemoteComment:
        return super().post(replace(request, author="The helpdesk"))


@BED.plant(SEEN)
class TextAsTitle(TrackerConversation):
    """It writes capitals where somebody wrote none."""

    def post(self, request: PostRequest) -> RemoteComment:
        body = request.body.upper() if "look into" in request.body else request.body
        return super().post(replace(request, body=body))


@BED.plant("test_conversation_post_is_known_by_its_marker")
class AnswersWithoutAMarker(TrackerConversation):
    """It gives the marker back when it reads, and not when it has written."""

    def post(self, request: PostRequest) -> RemoteComment:
        return replace(super().post(request), marker="")


@BED.plant(EDIT)
class EditsWithoutAMarker(TrackerConversation):
    """It gives no marker back when it has edited."""

    def edit(self, request: EditRequest) -> RemoteComment:
        return replace(super().edit(request), marker="")


@BED.plant(EDIT)
class OneEdition(TrackerConversation):
    """It calls every text of a comment the first edition."""

    def comment_of(self, told: Told) -> RemoteComment:
        return replace(super().comment_of(told), edition="1")


@BED.plant(EDIT)
class EditsBelow(TrackerConversation):
    """It writes the new text below the old one."""

    def edit(self, request: EditRequest) -> RemoteComment:
        before = self.read(CommentsRequest(connection=request.connection, issue_id=request.issue_id))
        old = "".join(each.body for each in before if each.id == request.comment_id)
        return super().edit(replace(request, body=f"{old}\n\n{request.body}"))


@BED.plant(EDIT_GONE)
class EditsAgain(TrackerConversation):
    """It writes a comment anew where the one to edit is gone."""

    def edit(self, request: EditRequest) -> RemoteComment:
        try:
            return super().edit(request)
        except Rejected as refusal:
            if refusal.code != "gone":
                raise
        again = PostRequest(
            connection=request.connection,
            issue_id=request.issue_id,
            marker=request.comment_id,
            author=request.author,
            body=request.body,
        )
        return self.post(again)


@BED.plant(EDIT_GONE)
class EditIsRefused(TrackerConversation):
    """It has one code for all that the tracker refuses when a comment is edited."""

    def edit(self, request: EditRequest) -> RemoteComment:
        with only():
            return super().edit(request)


@BED.plant("test_conversation_withdrawn_is_gone")
class WithdrawsOnce(TrackerConversation):
    """It fails where a comment is gone already."""

    def withdraw(self, request: WithdrawRequest) -> None:
        with only("gone", "no_permission"):
            path = self.path_of(request.issue_id, request.comment_id)
            self.client.of(request.connection).send("DELETE", path)
