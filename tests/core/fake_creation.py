"""A scripted remote system that creates issues: it loses answers, and its search lags behind, when a test says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from helpdesk_core.errors import Rejected, TemporarilyUnavailable
from helpdesk_core.facets import IssueCreation
from helpdesk_core.values import (
    ArrivedRequest,
    CreatedIssue,
    CreateField,
    CreateFieldsRequest,
    CreateRequest,
    FieldOption,
    FoundIssue,
    IssueRequest,
    OptionsRequest,
    RecentRequest,
)
from tests.core.fake_gateway import FakeGateway


@dataclass
class FakeCreation(IssueCreation):
    """Creates issues of a gateway."""

    gateway: FakeGateway
    demands: tuple[CreateField, ...] = ()
    people: tuple[FieldOption, ...] = ()
    refusal: Exception | None = None
    """Raised by `create` instead of creating."""
    refusals: dict[str, Exception] = field(default_factory=dict)
    """By method, other than `create`: raised instead of an answer."""
    refuse: Callable[[CreateRequest], Exception | None] | None = None
    """Says of each creation why it is refused."""
    before: Callable[[str, Any], None] | None = None
    """Called with method and request before anything is done: for what others do meanwhile, and for crashes."""
    lose_answers: int = 0
    """So many creations are carried out while their answer is lost."""
    lose_requests: int = 0
    """So many creations never arrive, and nobody can tell that from a lost answer."""
    lag: timedelta = timedelta()
    born: dict[str, datetime] = field(default_factory=dict)
    """When somebody else created an issue."""
    told: dict[str, dict[str, str]] = field(default_factory=dict)
    """What such an issue says: body, reporter, reporter_email."""
    gone: set[str] = field(default_factory=set)
    """Issues that are hidden from the account."""
    made: list[CreateRequest] = field(default_factory=list)
    markers: dict[str, str] = field(default_factory=dict)
    made_at: dict[str, datetime] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)

    def fields(self, request: CreateFieldsRequest) -> tuple[CreateField, ...]:
        self._ask("fields", request)
        return self.demands

    def options(self, request: OptionsRequest) -> tuple[FieldOption, ...]:
        self._ask("options", request)
        return tuple(each for each in self.people if request.text.casefold() in each.name.casefold())

    def create(self, request: CreateRequest) -> CreatedIssue:
        self._ask("create", request)
        if error := self.refusal or (self.refuse and self.refuse(request)):
            raise error
        if self.lose_requests:
            self.lose_requests -= 1
            raise TemporarilyUnavailable("The answer was lost.")
        id_ = str(1000 + len(self.made))
        issue = self.gateway.add(id_, project=request.project.id, kind=request.kind_id, title=request.title)
        self.made.append(request)
        self.markers[id_], self.made_at[id_] = request.marker, self.gateway.now()
        if self.lose_answers:
            self.lose_answers -= 1
            raise TemporarilyUnavailable("The answer was lost.")
        return CreatedIssue(id=id_, key=issue.key, url=issue.url)

    def recent(self, request: RecentRequest) -> tuple[FoundIssue, ...]:
        self._ask("recent", request)
        now = self.gateway.now()
        shown = [
            id_
            for id_, at in self.made_at.items()
            if now - timedelta(minutes=request.minutes) <= at <= now - self.lag
            and id_ in self.gateway.issues
            and self.gateway.issues[id_].project_id == request.project_id
        ]
        return tuple(self._found(id_) for id_ in shown)

    def arrived(self, request: ArrivedRequest) -> tuple[str, ...]:
        self._ask("arrived", request)
        now = self.gateway.now()
        ids = [
            id_
            for id_, issue in self.gateway.issues.items()
            if (issue.project_id, issue.kind_id) == (request.project_id, request.kind_id)
            and (self.made_at.get(id_) or self.born.get(id_) or now) <= now - self.lag
        ]
        if request.minutes is None:
            return tuple(id_ for id_ in ids if self.gateway.issues[id_].status_id != "done")
        since = now - timedelta(minutes=request.minutes)
        return tuple(id_ for id_ in ids if (self.made_at.get(id_) or self.born.get(id_) or now) >= since)

    def bear(self, id_: str, *, kind: str = "k-1", project: str = "p-1", status: str = "todo", **told: str) -> None:
        """Let somebody at the remote system create an issue."""
        self.gateway.add(id_, status=status, project=project, kind=kind, title=told.pop("title", f"Issue {id_}"))
        self.born[id_] = self.gateway.now()
        self.told[id_] = told

    def describe(self, request: IssueRequest) -> FoundIssue:
        self._ask("describe", request)
        if request.issue_id in self.gone or request.issue_id not in self.gateway.issues:
            raise Rejected("There is no such issue.", cure="Nothing.", code="gone")
        return self._found(request.issue_id)

    def delete(self, request: IssueRequest) -> None:
        self._ask("delete", request)
        if request.issue_id in self.gateway.issues:
            self.gateway.delete(request.issue_id)

    def _ask(self, method: str, request: Any) -> None:
        if self.before:
            self.before(method, request)
        self.calls[method] += 1
        if error := self.refusals.get(method):
            raise error

    def _found(self, id_: str) -> FoundIssue:
        marker = self.markers.get(id_, "")
        return FoundIssue(
            issue=self.gateway.issues[id_],
            marker=marker,
            ours=bool(marker),
            created_at=self.made_at.get(id_) or self.born.get(id_),
            **self.told.get(id_, {}),
        )
