"""A small remote system for the mapping's tests: a fake plugin, a connection to it, and clients that use the pages."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from types import ModuleType

from helpdesk_core import hookimpl
from helpdesk_core.accounts.models import User
from helpdesk_core.connections.models import Connection, ConnectionState, Credential
from helpdesk_core.connections.sealing import seal_credentials
from helpdesk_core.facets import ConnectFlow, StatusVocabulary, Workflows
from helpdesk_core.host import Host
from helpdesk_core.integrations import IntegrationRegistry, Origin
from helpdesk_core.values import (
    Account,
    Authorized,
    ConnectCallback,
    ConnectionView,
    ConnectRequest,
    Credentials,
    ProjectDetail,
    ProjectRequest,
    Redirect,
    RemoteKind,
    RemoteProject,
    RemoteStatus,
    Secret,
    SettingsCard,
    StatusCategory,
    Vocabulary,
    Workflow,
    WorkflowRequest,
)

KEY = "acme"
NEW, GOING, DONE = StatusCategory.NEW, StatusCategory.IN_PROGRESS, StatusCategory.DONE


def shared(remote_id: str, name: str, category: StatusCategory) -> RemoteStatus:
    return RemoteStatus(id=remote_id, name=name, category=category)


def owned(remote_id: str, name: str, category: StatusCategory, project: str) -> RemoteStatus:
    return RemoteStatus(id=remote_id, name=name, category=category, project_id=project)


@dataclass
class FakeVocabulary(StatusVocabulary):
    """Answers from lists; `trouble` is raised instead, for everything or for one project."""

    projects: list[RemoteProject] = field(default_factory=list)
    statuses: list[RemoteStatus] = field(default_factory=list)
    in_project: dict[str, list[str]] = field(default_factory=dict)
    trouble: Exception | None = None
    trouble_with: dict[str, Exception] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def read(self, connection: ConnectionView) -> Vocabulary:
        self.calls.append("read")
        if self.trouble:
            raise self.trouble
        return Vocabulary(projects=tuple(self.projects), statuses=tuple(self.statuses))

    def project(self, request: ProjectRequest) -> ProjectDetail:
        project_id = request.project.id
        self.calls.append(f"project {request.project.key}")
        if trouble := self.trouble or self.trouble_with.get(project_id):
            raise trouble
        ids = self.in_project[project_id]
        return ProjectDetail(
            project_id=project_id,
            kinds=(RemoteKind(id="1", name="Task", status_ids=tuple(ids)),),
            statuses=tuple(s for s in self.statuses if s.id in ids),
        )


@dataclass
class FakeWorkflows(Workflows):
    """Answers with one workflow per project; a project without one has statuses that nobody has looked into."""

    in_project: dict[str, Workflow] = field(default_factory=dict)
    trouble_with: dict[str, Exception] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def read(self, request: WorkflowRequest) -> Workflow:
        self.calls.append(request.project.key)
        if trouble := self.trouble_with.get(request.project.id):
            raise trouble
        return self.in_project.get(request.project.id) or Workflow(status_ids=request.status_ids, steps=())


class FakeFlow(ConnectFlow):
    def begin(self, request: ConnectRequest) -> Redirect:
        return Redirect(url="http://acme.test")

    def complete(self, callback: ConnectCallback) -> Authorized:
        return Authorized(credentials=Credentials(access_token=Secret("token")), workspaces=())

    def verify(self, connection: ConnectionView) -> Account:
        return Account(id="1", name="Bot")


def acme() -> FakeVocabulary:
    """Two company-managed projects, three team-managed ones with statuses of the same names, one archived."""
    teams = {"20": "MOB", "21": "OPS", "22": "LAB"}
    vocabulary = FakeVocabulary(
        projects=[
            RemoteProject(id="10", key="WEB", name="Web shop"),
            RemoteProject(id="11", key="API", name="Interfaces"),
            *(RemoteProject(id=i, key=key, name=f"Team {key}", owns_statuses=True) for i, key in teams.items()),
            RemoteProject(id="30", key="OLD", name="Old things", archived=True),
        ],
        statuses=[
            shared("1", "To Do", NEW),
            shared("2", "In Dev", GOING),
            shared("3", "In Review", GOING),
            shared("4", "Done", DONE),
            shared("5", "Won't Do", DONE),
            shared("6", "Blocked", GOING),
            shared("9", "Elsewhere", StatusCategory.UNDEFINED),
        ],
        in_project={"10": ["1", "2", "3", "4", "5"], "11": ["1", "2", "4", "6"], "30": ["9"]},
    )
    for i in teams:
        vocabulary.statuses += [
            owned(f"{i}1", "Backlog", NEW, i),
            owned(f"{i}2", "Testing", GOING, i),
            owned(f"{i}3", "Shipped", DONE, i),
        ]
        vocabulary.in_project[i] = [f"{i}1", f"{i}2", f"{i}3"]
    return vocabulary


def admit(
    registry: IntegrationRegistry, vocabulary: FakeVocabulary, workflows: FakeWorkflows | None = None
) -> IntegrationRegistry:
    """Admit a plugin called Acme with this vocabulary, and with these workflows if it tells any."""
    plugin = ModuleType("acme_plugin")
    card = SettingsCard(title="Acme", summary="Keep tickets and Acme items in step.")
    plugin.helpdesk_settings_card = hookimpl(_returning(card, "helpdesk_settings_card"))
    plugin.helpdesk_connect_flow = hookimpl(_returning(FakeFlow(), "helpdesk_connect_flow"))
    plugin.helpdesk_status_vocabulary = hookimpl(_returning(vocabulary, "helpdesk_status_vocabulary"))
    if workflows is not None:
        plugin.helpdesk_workflows = hookimpl(_returning(workflows, "helpdesk_workflows"))
    registry.admit(KEY, plugin, Origin(distribution="acme-helpdesk"))
    assert not registry.quarantined
    return registry


def connect(host: Host, by: User, *, workspace: str = "acme") -> int:
    """Store a connected workspace with credentials that do not end; return its id."""
    with host.database.write() as session:
        connection = Connection(
            integration=KEY,
            workspace_id=workspace,
            workspace_name=workspace,
            workspace_url=f"https://{workspace}.test",
            state=ConnectionState.CONNECTED,
            state_since=host.now(),
            account_id="1",
            account_name="Bot",
            connected_by_id=by.id,
            connected_at=host.now(),
        )
        session.add(connection)
        session.flush()
        credentials = Credentials(access_token=Secret("token"), expires_at=host.now() + timedelta(days=999))
        session.add(
            Credential(
                connection_id=connection.id,
                sealed=seal_credentials(host.vault, credentials),
                consented_at=host.now(),
                refreshed_at=host.now(),
                expires_at=credentials.expires_at,
            )
        )
        return connection.id


def consent(page: str) -> dict[str, object]:
    """Return the fields by which a reviewing admin agrees to the gaps that the page names."""
    gaps = re.findall(r'type="hidden" name="gap" value="([^"]*)"', page)
    return {"although": "1", "gap": gaps} if gaps else {}


def _returning(value: object, name: str):
    def hook() -> object:
        return value

    hook.__name__ = name
    return hook
