"""A scripted remote system of issues and webhooks: tests change it as its users would, and count what it was asked.

`FakeGateway` keeps issues, a graph of moves and the moments of changes, so that a query by time means what it says.
`FakeReceiver` takes deliveries that `FakeReceiver.delivery` writes, and keeps subscriptions. Both may be called by
many threads.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from helpdesk_core.errors import Rejected, TemporarilyUnavailable
from helpdesk_core.facets import TicketGateway, WebhookReceiver
from helpdesk_core.values import (
    About,
    ChangedRequest,
    Delivery,
    FindRequest,
    HopRequest,
    Issue,
    IssueRequest,
    IssuesRequest,
    LinkBackRequest,
    Notice,
    OpenIssue,
    SubscribeRequest,
    Subscription,
    Transition,
    TransitionField,
)

SIGNATURE = "signed-by-fake"
"""What a delivery's header says where the remote system itself sent it."""


@dataclass
class FakeGateway(TicketGateway):
    """Issues, and what people and the helpdesk do with them."""

    now: Callable[[], datetime]
    issues: dict[str, Issue] = field(default_factory=dict)
    changed_at: dict[str, datetime] = field(default_factory=dict)
    moves: dict[str, tuple[str, ...]] | None = None
    """From a status to those that may follow it. None: every move is open, to every status of any issue or move."""
    statuses: set[str] = field(default_factory=set)
    screens: dict[str, tuple[TransitionField, ...]] = field(default_factory=dict)
    """The fields of the transitions into a status."""
    may_transition: bool | None = None

    calls: Counter[str] = field(default_factory=Counter)
    """How often each method was asked, refused requests included."""
    asked: list[tuple[str, Any]] = field(default_factory=list)
    """Every request, by method, in the order of arrival."""
    outage: Exception | None = None
    """Raised by every method, as long as it is set."""
    refusals: dict[str, Exception] = field(default_factory=dict)
    """By method: raised instead of an answer."""
    hop_errors: dict[str, Exception] = field(default_factory=dict)
    """By status: raised instead of moving there, until it is removed."""
    lost_answers: set[str] = field(default_factory=set)
    """Statuses to which the next move is carried out while its answer is lost."""
    shown: list[LinkBackRequest] = field(default_factory=list)
    before: Callable[[str, Any], None] | None = None
    """Called with method and request before anything is done: for what others do meanwhile, or to be slow."""

    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    # ── what people do there ──

    def add(self, id_: str, status: str = "todo", *, project: str = "p-1", kind: str = "k-1", title: str = "") -> Issue:
        """Create an issue."""
        issue = Issue(
            id=id_,
            key=f"{project.upper()}-{id_}",
            title=title or f"Issue {id_}",
            url=f"https://acme.example/browse/{project.upper()}-{id_}",
            project_id=project,
            kind_id=kind,
            status_id=status,
        )
        self._put(issue)
        return issue

    def move(self, id_: str, status: str) -> None:
        """Let a person give an issue another status."""
        self._put(replace(self.issues[id_], status_id=status))

    def edit(self, id_: str, **changes: Any) -> None:
        """Let a person change an issue otherwise: its title, or by another project its key too."""
        self._put(replace(self.issues[id_], **changes))

    def delete(self, id_: str) -> None:
        """Let a person delete an issue."""
        with self._lock:
            del self.issues[id_]
            self.changed_at.pop(id_, None)

    def _put(self, issue: Issue) -> None:
        with self._lock:
            self.issues[issue.id] = issue
            self.changed_at[issue.id] = self.now()
            self.statuses.add(issue.status_id)

    # ── the facet ──

    def fetch(self, request: IssuesRequest) -> tuple[Issue, ...]:
        self._ask("fetch", request)
        return tuple(self.issues[id_] for id_ in request.issue_ids if id_ in self.issues)

    def open(self, request: IssueRequest) -> OpenIssue:
        self._ask("open", request)
        issue = self._issue(request.issue_id)
        opened = tuple(self._transition(issue.status_id, to) for to in self._ways(issue.status_id))
        return OpenIssue(issue=issue, transitions=opened, may_transition=self.may_transition)

    def find(self, request: FindRequest) -> tuple[Issue, ...]:
        self._ask("find", request)
        words = request.text.casefold()
        found = [each for each in self.issues.values() if words in f"{each.key} {each.title}".casefold()]
        return tuple(found[:20])

    def changed(self, request: ChangedRequest) -> tuple[str, ...]:
        self._ask("changed", request)
        since = self.now() - timedelta(minutes=request.minutes)
        return tuple(
            id_
            for id_, at in self.changed_at.items()
            if at >= since and self.issues[id_].project_id in request.project_ids
        )

    def hop(self, request: HopRequest) -> None:
        self._ask("hop", request)
        to = request.transition.to_id
        with self._lock:
            issue = self._issue(request.issue_id)
            if error := self.hop_errors.get(to):
                raise error
            if request.transition.id != self._transition(issue.status_id, to).id or to not in self._ways(
                issue.status_id
            ):
                raise Rejected("This transition is not open any more.", cure="Look again.", code="stale")
            self._put(replace(issue, status_id=to))
            if to in self.lost_answers:
                self.lost_answers.remove(to)
                raise TemporarilyUnavailable("The answer was lost.")

    def link_back(self, request: LinkBackRequest) -> None:
        self._ask("link_back", request)
        self._issue(request.issue_id)
        self.shown.append(request)

    # ── within ──

    def _ask(self, method: str, request: Any) -> None:
        if self.before:
            self.before(method, request)
        with self._lock:
            self.calls[method] += 1
            self.asked.append((method, request))
        if error := self.outage or self.refusals.get(method):
            raise error

    def _issue(self, id_: str) -> Issue:
        for issue in self.issues.values():
            if id_ in {issue.id, issue.key}:
                return issue
        raise Rejected(f"There is no issue {id_}.", cure="Unlink it.", code="gone")

    def _ways(self, status: str) -> tuple[str, ...]:
        if self.moves is not None:
            return self.moves.get(status, ())
        return tuple(sorted(self.statuses - {status}))

    def _transition(self, status: str, to: str) -> Transition:
        return Transition(id=f"{status}>{to}", name=f"To {to}", to_id=to, fields=self.screens.get(to, ()))


@dataclass
class FakeReceiver(WebhookReceiver):
    """Takes deliveries, and keeps the standing orders of each workspace."""

    now: Callable[[], datetime]
    lifetime: timedelta = timedelta(days=30)
    standing: dict[str, dict[str, SubscribeRequest]] = field(default_factory=dict)
    """By workspace: what is ordered there, by id. Delete one to let the remote system forget it."""
    calls: Counter[str] = field(default_factory=Counter)
    trouble: Exception | None = None
    """Raised by every call that subscribes or renews, as long as it is set."""
    fault: Exception | None = None
    """Raised by `receive`, as long as it is set."""
    received: list[Delivery] = field(default_factory=list)
    issued: int = 0

    @staticmethod
    def delivery(*notices: Mapping[str, Any], signature: str = SIGNATURE) -> tuple[dict[str, str], bytes]:
        """Write a delivery, as headers and body. Each notice says what is not usual about it."""
        usual = {"delivery_id": "d-1", "workspace_hint": "w-1", "subscription_ids": [], "event": "issue_updated"}
        return {"authorization": signature}, json.dumps([{**usual, **each} for each in notices]).encode()

    def receive(self, delivery: Delivery) -> tuple[Notice, ...]:
        self.received.append(delivery)
        if self.fault:
            raise self.fault
        if delivery.headers.get("authorization") != SIGNATURE:
            raise Rejected("The signature is wrong.", cure="Compare the secrets.", code="unverified")
        try:
            notices = json.loads(delivery.body)
        except ValueError:
            raise Rejected("This cannot be read.", cure="Report it.", code="unreadable") from None
        return tuple(
            Notice(
                **{
                    **each,
                    "subscription_ids": tuple(each["subscription_ids"]),
                    "about": About(each.get("about", About.ISSUE)),
                }
            )
            for each in notices
        )

    def subscribe(self, request: SubscribeRequest) -> Subscription:
        self._ask("subscribe")
        self.issued += 1
        id_ = f"s-{self.issued}"
        self.standing[request.connection.workspace.id] = {id_: request}
        return Subscription(id=id_, expires_at=self.now() + self.lifetime)

    def renew(self, request: SubscribeRequest) -> Subscription | None:
        self._ask("renew")
        ordered = self.standing.get(request.connection.workspace.id, {})
        known = [id_ for id_ in request.known_ids if id_ in ordered]
        return Subscription(id=known[0], expires_at=self.now() + self.lifetime) if known else None

    def unsubscribe(self, request: SubscribeRequest) -> None:
        self._ask("unsubscribe")
        self.standing.pop(request.connection.workspace.id, None)

    def _ask(self, method: str) -> None:
        self.calls[method] += 1
        if self.trouble:
            raise self.trouble
