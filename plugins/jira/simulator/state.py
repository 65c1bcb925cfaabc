"""Everything that changes while the simulator runs, behind one lock."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from plugins.jira.simulator import field_values
from plugins.jira.simulator.automations import Rule
from plugins.jira.simulator.clock import Clock
from plugins.jira.simulator.deliveries import Outbox
from plugins.jira.simulator.delivery_faults import DeliveryFaults
from plugins.jira.simulator.documents import text_document
from plugins.jira.simulator.faults import Faults
from plugins.jira.simulator.grants import Grants
from plugins.jira.simulator.history import snapshot
from plugins.jira.simulator.limits import Meter
from plugins.jira.simulator.search_index import ALWAYS, SearchIndex

if TYPE_CHECKING:
    from collections.abc import Callable

    from plugins.jira.simulator.history import Change, Event
    from plugins.jira.simulator.world import Account, IssueType, Project, Site, Status, World

FIRST_ISSUE: Final = 10001
FIRST_LINK: Final = 10000
FIRST_CHANGE: Final = 10001
FIRST_COMMENT: Final = 10000
FIRST_PROJECT: Final = 10000


class UnknownNameError(LookupError):
    """Nothing in the world bears this name; the message lists what does."""


@dataclass(frozen=True, slots=True)
class RemoteLink:
    """A link to what another system holds; `target` is its object as it was written."""

    id: int
    global_id: str | None
    target: dict[str, Any]
    application: dict[str, Any]
    relationship: str | None


@dataclass(frozen=True, slots=True)
class Visibility:
    """Who alone may see a comment: a project role or a group, by its name."""

    type: str
    value: str


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment; `body` is its document. An edit puts another one into its place."""

    id: str
    author: str
    body: Any
    created: float
    updated: float
    update_author: str
    visibility: Visibility | None = None
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Issue:
    id: str
    number: int
    project_id: str
    type_id: str
    status_id: str
    summary: str
    created: float
    updated: float
    creator: str | None = None
    description: Any = None
    resolution: dict[str, str] | None = None
    properties: dict[str, Any] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)  # further fields, as `field_values.py` keeps them
    status_changed: float | None = None
    resolved: float | None = None
    remote_links: list[RemoteLink] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    changelog: list[Change] = field(default_factory=list)
    former_keys: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Webhook:
    """A registered dynamic webhook; it belongs to the account that registered it."""

    id: int
    account: str
    url: str
    events: list[str]
    jql: str
    expires: float
    field_ids: list[str] = field(default_factory=list)
    heard_at: str = "http://localhost/"  # where its registrar reaches the simulator: links lead there


class LiveSite:
    """A site as it is now: its description, its issues and its webhooks.

    Issues change by the functions of `history.py` alone; `listeners` hear of every change, while
    the state is locked.
    """

    def __init__(self, site: Site, now: float) -> None:
        self.site = site
        self.issues: dict[str, Issue] = {}
        self.webhooks: list[Webhook] = []
        self.blocked = False  # by a rule of the organization, as are single projects (their ids)
        self.blocked_projects: set[str] = set()
        self.next_webhook = 1
        self.rules = [Rule(each, each.times) for each in site.automations]
        self.listeners: list[Callable[[LiveSite, Event], None]] = []
        self.index = SearchIndex()
        self.next_change = FIRST_CHANGE
        self.next_link = FIRST_LINK
        self.next_comment = FIRST_COMMENT
        self._last_project = max(
            (int(each.id) for each in site.projects if each.id.isdecimal()), default=FIRST_PROJECT - 1
        )
        self._next_issue = FIRST_ISSUE
        self._numbers: Counter[str] = Counter()
        for seed in site.issues:
            project = self.project(seed.project)
            kind = self.issue_type(project, seed.issue_type) if project else None
            if project is None or kind is None:
                continue
            issue = self.add_issue(project, kind, seed.summary, now)
            issue.more = field_values.defaults(kind)
            issue.status_id = seed.status or kind.workflow.initial
            issue.description = text_document(seed.description) if seed.description else None
            self.index.put(snapshot(issue), ALWAYS)

    def project(self, id_or_key: str) -> Project | None:
        wanted = id_or_key.upper()
        return next((p for p in self.site.projects if wanted in (p.id, p.key.upper())), None)

    def next_project_id(self) -> str:
        """An id that no project of this site has or ever had."""
        self._last_project += 1
        return str(self._last_project)

    def blocks(self, project: Project) -> bool:
        """Whether a rule keeps the app out of this project, or out of everything."""
        return self.blocked or project.id in self.blocked_projects

    def issue_type(self, project: Project, type_id: str) -> IssueType | None:
        return next((kind for kind in project.issue_types if kind.id == type_id), None)

    def project_of(self, issue: Issue) -> Project:
        return next(p for p in self.site.projects if p.id == issue.project_id)

    def type_of(self, issue: Issue) -> IssueType:
        kinds = self.project_of(issue).issue_types
        return next(kind for kind in kinds if kind.id == issue.type_id)

    def status_of(self, issue: Issue) -> Status:
        status = self.type_of(issue).workflow.status(issue.status_id)
        assert status is not None, "an issue always stands in a status of its workflow"
        return status

    def creator_of(self, issue: Issue) -> str:
        """Who created the issue; those that were there from the start are the first member's."""
        return issue.creator or self.site.members[0].account

    def key_of(self, issue: Issue) -> str:
        return f"{self.project_of(issue).key}-{issue.number}"

    def issue(self, id_or_key: str) -> Issue | None:
        if id_or_key in self.issues:
            return self.issues[id_or_key]
        wanted = id_or_key.upper()
        found = next((i for i in self.issues.values() if self.key_of(i) == wanted), None)
        return found or next((i for i in self.issues.values() if wanted in i.former_keys), None)

    def comment(self, comment_id: str) -> tuple[Issue, Comment] | None:
        """A comment of any issue, with its issue."""
        pairs = ((issue, each) for issue in self.issues.values() for each in issue.comments)
        return next((pair for pair in pairs if pair[1].id == comment_id), None)

    def next_number(self, project: Project) -> int:
        self._numbers[project.id] += 1
        return self._numbers[project.id]

    def add_issue(self, project: Project, kind: IssueType, summary: str, now: float) -> Issue:
        """A bare issue, to be filled and then made known by `history.create`."""
        issue = Issue(
            id=str(self._next_issue),
            number=self.next_number(project),
            project_id=project.id,
            type_id=kind.id,
            status_id=kind.workflow.initial,
            summary=summary,
            created=now,
            updated=now,
        )
        self._next_issue += 1
        self.issues[issue.id] = issue
        return issue


@dataclass(frozen=True, slots=True)
class DeletedSite:
    """A site that is gone, and since when; Atlassian can bring it back for a while."""

    live: LiveSite
    at: float


@dataclass(frozen=True, slots=True)
class Call:
    """One line of the call log. The query is kept for Jira's calls only: no secret stands there."""

    method: str
    path: str
    query: str
    operation: str
    status: int
    account: str | None
    at: float


@dataclass(slots=True)
class PendingConsent:
    """A consent page that was shown and not yet answered."""

    account: str
    scopes: tuple[str, ...]
    redirect_uri: str
    state: str


class State:
    """The running world. Hold `lock` while reading several things that belong together."""

    def __init__(self, world: World, clock: Clock | None = None) -> None:
        self.lock = threading.RLock()
        self.clock = clock or Clock()
        self.app = world.app
        self.masks_invalid_tokens = world.masks_invalid_tokens
        self.accounts: dict[str, Account] = {account.id: account for account in world.accounts}
        self.sites = {site.id: LiveSite(site, self.clock.now()) for site in world.sites}
        self.deleted_sites: dict[str, DeletedSite] = {}
        self.grants = Grants(per_resource=world.app.access == "resource")
        self.faults = Faults()
        self.delivery_faults = DeliveryFaults()
        self.outbox = Outbox()
        self.meter = Meter(world.limits)
        self.calls: list[Call] = []
        self.pending: dict[str, PendingConsent] = {}

    def account(self, id_or_email: str) -> Account:
        wanted = id_or_email.lower()
        for account in self.accounts.values():
            if wanted in (account.id.lower(), account.email.lower()):
                return account
        known = ", ".join(account.email for account in self.accounts.values())
        raise UnknownNameError(f'no account is called "{id_or_email}"; there are {known}')

    def site(self, id_or_name: str) -> LiveSite:
        for live in self.sites.values():
            if id_or_name in (live.site.id, live.site.name):
                return live
        known = ", ".join(live.site.name for live in self.sites.values())
        raise UnknownNameError(f'no site is called "{id_or_name}"; there are {known}')

    def sites_of(self, account_id: str) -> list[LiveSite]:
        return [live for live in self.sites.values() if live.site.member(account_id)]
