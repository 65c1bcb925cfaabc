"""What a simulated Atlassian cloud holds at its start: typed, immutable, checked when loaded.

A running simulator replaces parts of it (`changes.py`); nothing here is ever changed in place.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any, Final

from plugins.jira.simulator.create_fields import CreateField, Option

CATEGORY_KEYS: Final = ("undefined", "new", "indeterminate", "done")

PERMISSIONS: Final[dict[str, tuple[str, str, str]]] = {
    "ADMINISTER": ("0", "Administer Jira", "GLOBAL"),
    "BROWSE_PROJECTS": ("10", "Browse Projects", "PROJECT"),
    "CREATE_ISSUES": ("11", "Create Issues", "PROJECT"),
    "EDIT_ISSUES": ("12", "Edit Issues", "PROJECT"),
    "ASSIGN_ISSUES": ("13", "Assign Issues", "PROJECT"),
    "RESOLVE_ISSUES": ("14", "Resolve Issues", "PROJECT"),
    "ADD_COMMENTS": ("15", "Add Comments", "PROJECT"),
    "DELETE_ISSUES": ("16", "Delete Issues", "PROJECT"),
    "CLOSE_ISSUES": ("18", "Close Issues", "PROJECT"),
    "LINK_ISSUES": ("21", "Link Issues", "PROJECT"),
    "ADMINISTER_PROJECTS": ("23", "Administer Projects", "PROJECT"),
    "EDIT_ALL_COMMENTS": ("34", "Edit All Comments", "PROJECT"),
    "EDIT_OWN_COMMENTS": ("35", "Edit Own Comments", "PROJECT"),
    "DELETE_ALL_COMMENTS": ("36", "Delete All Comments", "PROJECT"),
    "DELETE_OWN_COMMENTS": ("37", "Delete Own Comments", "PROJECT"),
    "VIEW_READONLY_WORKFLOW": ("45", "View Read-Only Workflow", "PROJECT"),
    "TRANSITION_ISSUES": ("46", "Transition Issues", "PROJECT"),
}
ADMIN_PERMISSIONS: Final = frozenset(
    {"ADMINISTER", "ADMINISTER_PROJECTS", "VIEW_READONLY_WORKFLOW", "EDIT_ALL_COMMENTS", "DELETE_ALL_COMMENTS"}
)
MEMBER_PERMISSIONS: Final = frozenset(PERMISSIONS) - ADMIN_PERMISSIONS
MEMBER_ROLE: Final = "Member"
ADMINISTRATOR_ROLE: Final = "Administrator"


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """A workflow status. Its category is one of Jira's four fixed ones, by key."""

    id: str
    name: str
    category: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """What hides a move: a lacking permission. An exported one in words (`text`) is always met."""

    text: str
    permission: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Validator:
    """What refuses a move when it is tried, and is announced by no answer before."""

    field: str | None = None
    permission: str | None = None
    message: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ScreenField:
    """A field on a move's screen; `allowed` is empty where any text does."""

    key: str
    name: str
    required: bool = False
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Transition:
    """A move. `sources` is None where it is open from any status (Jira: global).

    `fields` is what is on its screen, None where an export does not tell that.
    """

    id: str
    name: str
    sources: tuple[str, ...] | None
    target: str
    screen: bool = False
    fields: tuple[ScreenField, ...] | None = None
    validators: tuple[Validator, ...] = ()
    conditions: tuple[Condition, ...] = ()

    @property
    def conditional(self) -> bool:
        return bool(self.conditions)

    def open_from(self, status_id: str) -> bool:
        return self.sources is None or status_id in self.sources


@dataclass(frozen=True, kw_only=True, slots=True)
class Workflow:
    name: str
    statuses: tuple[Status, ...]
    initial: str
    transitions: tuple[Transition, ...]

    def status(self, status_id: str) -> Status | None:
        return next((status for status in self.statuses if status.id == status_id), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueType:
    """A kind of issue, with the workflow that its issues follow and the fields it asks for at first."""

    id: str
    name: str
    workflow: Workflow
    description: str = ""
    subtask: bool = False
    level: int = 0
    fields: tuple[CreateField, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    id: str
    key: str
    name: str
    issue_types: tuple[IssueType, ...]
    type: str = "software"
    style: str = "classic"
    description: str = ""
    archived: bool = False
    lead: str | None = None
    hidden_from: frozenset[str] = frozenset()
    components: tuple[Option, ...] = ()

    @property
    def team_managed(self) -> bool:
        return self.style == "next-gen"

    def statuses(self) -> list[Status]:
        """Every status of the project once, in the order of its workflows."""
        found = {status.id: status for kind in self.issue_types for status in kind.workflow.statuses}
        return list(found.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class SeededIssue:
    """An issue that is there from the start; without a status it stands in the initial one."""

    project: str
    issue_type: str
    summary: str
    status: str | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class Automation:
    """A rule: what enters `when_status` is moved on, by `by` or the site's first member."""

    project: str
    when_status: str
    then_transition_to: str
    by: str | None = None
    times: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """What an account may do on a site: `everywhere`, and more in single projects (by key).

    `roles` are those in every project; None is the two that `getProject` names, by permissions.
    """

    account: str
    everywhere: frozenset[str] = MEMBER_PERMISSIONS
    in_project: dict[str, frozenset[str]] = field(default_factory=dict)
    roles: frozenset[str] | None = None
    groups: frozenset[str] = frozenset()

    def may(self, permission: str, project: Project | None = None) -> bool:
        if project is not None and self.account in project.hidden_from:
            return False
        granted = self.everywhere
        if project is not None and project.key in self.in_project:
            granted = self.in_project[project.key]
        return permission in granted

    def roles_in(self, project: Project) -> frozenset[str]:
        if self.roles is not None:
            return self.roles
        administers = self.may("ADMINISTER_PROJECTS", project)
        return frozenset({MEMBER_ROLE, ADMINISTRATOR_ROLE} if administers else {MEMBER_ROLE})


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """An Atlassian site. Without a `url` it lives at the simulator: `<simulator>/sites/<name>`."""

    id: str
    name: str
    url: str | None = None
    products: tuple[str, ...] = ("jira",)
    members: tuple[Member, ...] = ()
    projects: tuple[Project, ...] = ()
    issues: tuple[SeededIssue, ...] = ()
    automations: tuple[Automation, ...] = ()
    issue_linking: bool = True

    def member(self, account_id: str) -> Member | None:
        return next((member for member in self.members if member.account == account_id), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    id: str
    name: str
    email: str
    password: str = field(repr=False)
    active: bool = True
    type: str = "atlassian"
    locale: str = "en_US"
    time_zone: str = "Europe/Berlin"


@dataclass(frozen=True, kw_only=True, slots=True)
class App:
    """The app as registered in the developer console (facts §1.1)."""

    client_id: str
    client_secret: str = field(repr=False)
    callback_urls: tuple[str, ...]
    owner: str
    scopes: tuple[str, ...]
    name: str = "Helpdesk"
    shared: bool = False
    access: str = "account"
    webhook_url_per: str = "app"


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Jira's rate limits as published (facts §4); None switches one off.

    `points_per` is `app` (first tier) or `site` (second); `html` gives refusals an HTML body.
    """

    points: int | None = 65_000
    points_per: str = "app"
    burst_get: int | None = 100
    burst_get_issue: int | None = 150
    burst_get_changelog: int | None = 200
    burst_post: int | None = 100
    burst_put: int | None = 50
    burst_delete: int | None = 50
    issue_writes_2s: int | None = 20
    issue_writes_30s: int | None = 100
    html: bool = False

    @classmethod
    def none(cls) -> Limits:
        nothing: dict[str, Any] = dict.fromkeys(LIMITED)
        return cls(**nothing)


LIMITED: Final = tuple(each.name for each in fields(Limits) if each.name not in ("points_per", "html"))


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    app: App
    accounts: tuple[Account, ...]
    sites: tuple[Site, ...]
    masks_invalid_tokens: bool = False
    limits: Limits = Limits()

    def with_app(self, **changes: Any) -> World:
        """The same world with another registration, e.g. `with_app(callback_urls=(url,))`."""
        return replace(self, app=replace(self.app, **changes))
