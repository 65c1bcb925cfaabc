"""The conversation on an issue, and issues that are made of tickets and tickets that are made of issues."""

from __future__ import annotations

from abc import ABC, abstractmethod

from helpdesk_core.values import (
    ArrivedRequest,
    CommentsRequest,
    CreatedIssue,
    CreateField,
    CreateFieldsRequest,
    CreateRequest,
    EditRequest,
    FieldOption,
    FoundIssue,
    IssueRequest,
    OptionsRequest,
    PostRequest,
    RecentRequest,
    RemoteComment,
    WithdrawRequest,
)


class Conversation(ABC):
    """Reads and writes the comments of an issue. Without this facet a conversation stays where it was written."""

    @abstractmethod
    def read(self, request: CommentsRequest) -> tuple[RemoteComment, ...]:
        """Read all comments of an issue that the account may see, to the last page, oldest first.

        Raises:
            Rejected: with the code `gone` where the issue is deleted or hidden from the account.
        """

    @abstractmethod
    def post(self, request: PostRequest) -> RemoteComment:
        """Write a comment with its marker.

        Raises:
            Rejected: with the code `gone` as `read`, `no_permission`, or `refused`, and the remote system's words.
            TemporarilyUnavailable: it may have been written or not; look for the marker before trying again.
        """

    @abstractmethod
    def edit(self, request: EditRequest) -> RemoteComment:
        """Give a comment of ours another text; its marker stays.

        Raises:
            Rejected: as `post`; `gone` also where only the comment is.
        """

    @abstractmethod
    def withdraw(self, request: WithdrawRequest) -> None:
        """Delete a comment of ours. One that is gone already is no error.

        Raises:
            Rejected: with the code `no_permission` or `refused`.
        """


class IssueCreation(ABC):
    """Creates issues, and reads what a ticket needs to know that is made of one."""

    @abstractmethod
    def fields(self, request: CreateFieldsRequest) -> tuple[CreateField, ...]:
        """Read which fields may or must be filled in for one kind of issue in one project.

        Raises:
            Rejected: with the code `no_permission` where the account may not create such issues.
        """

    def options(self, request: OptionsRequest) -> tuple[FieldOption, ...]:
        """Find values of a searchable field, best first, at most twenty. Default: none."""
        return ()

    @abstractmethod
    def create(self, request: CreateRequest) -> CreatedIssue:
        """Create an issue with its marker, in one call.

        Raises:
            Rejected: with the code `field_required`, `no_permission`, `kind` (there is no such kind any more) or
                `refused`, and the remote system's words.
            TemporarilyUnavailable: it may have been created or not; `recent` tells, some seconds later.
        """

    @abstractmethod
    def recent(self, request: RecentRequest) -> tuple[FoundIssue, ...]:
        """Return the issues that we created lately in one project, with their markers. May lag behind."""

    @abstractmethod
    def arrived(self, request: ArrivedRequest) -> tuple[str, ...]:
        """Return the ids of the issues of one kind in one project, oldest first, to the last page. May lag behind."""

    @abstractmethod
    def describe(self, request: IssueRequest) -> FoundIssue:
        """Read one issue with what a ticket needs to know that is made of it, in one call.

        Raises:
            Rejected: with the code `gone` where the issue is deleted or hidden from the account.
        """

    @abstractmethod
    def delete(self, request: IssueRequest) -> None:
        """Delete an issue that we created for a test. One that is gone already is no error.

        Raises:
            Rejected: with the code `no_permission` or `refused`: then a person must.
        """
