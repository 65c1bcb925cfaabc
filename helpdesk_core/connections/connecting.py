"""From a click on Connect to a saved connection: begin, complete, choose a workspace, verify, save.

The order is what makes it safe. The state is claimed before the plugin is called, the new credentials are proved by
one authenticated call before anything is saved, and one transaction saves all: whatever fails before leaves
everything as it was. No transaction is open while the remote system is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, assert_never

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.connections import attempts
from helpdesk_core.connections.attempts import ConnectFailed
from helpdesk_core.connections.credentials import store_new
from helpdesk_core.connections.guarding import PLUGIN_FAULT, guarded
from helpdesk_core.connections.integration_settings import SetUp, callback_url, is_enabled, read_set_up
from helpdesk_core.connections.models import ConnectAttempt, Connection, ConnectionState
from helpdesk_core.connections.sealing import open_authorized, seal_authorized
from helpdesk_core.connections.service import get_connection
from helpdesk_core.errors import AuthorizationLost, Refused, Rejected, TemporarilyUnavailable
from helpdesk_core.host import Host
from helpdesk_core.integrations import Integration
from helpdesk_core.values import (
    Account,
    Authorized,
    ConnectCallback,
    ConnectionView,
    ConnectRequest,
    Failed,
    FailureCode,
    Redirect,
    Secret,
    SettingsMap,
    ShowForm,
    Workspace,
)

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class ChooseWorkspace:
    """The remote system granted several workspaces; the admin must choose one."""

    attempt_id: int
    workspaces: tuple[Workspace, ...]


Outcome = Connection | ChooseWorkspace | ShowForm


def begin(
    host: Host, integration: Integration, *, user_id: int, connection_id: int | None = None
) -> tuple[ConnectAttempt, Redirect | ShowForm]:
    """Start connecting, or re-authorizing the connection `connection_id`.

    Raises:
        Refused: the integration is switched off, or its set-up is not complete.
        ConnectFailed: the plugin broke.
    """
    with host.database.write() as session:
        _check_ready(session, integration, read_set_up(host, session, integration))
        if connection_id:
            get_connection(session, integration.key, connection_id)
        attempt, state = attempts.start(
            host, session, integration=integration.key, user_id=user_id, connection_id=connection_id
        )
    answer = _begin(host, integration, attempt, state)
    if isinstance(answer, Redirect) and answer.keep:
        with host.database.write() as session:
            session.get_one(ConnectAttempt, attempt.id).kept_sealed = host.vault.seal_settings(answer.keep)
    return attempt, answer


def note_failure(session: Session, failure: ConnectFailed) -> None:
    """Keep how an attempt ended, and drop what it held."""
    if failure.attempt and (attempt := session.get(ConnectAttempt, failure.attempt.id)):
        attempt.failure, attempt.failure_detail = failure.code.value, failure.detail
        attempt.connection_id = failure.attempt.connection_id
        attempt.authorized_sealed = attempt.arrived_sealed = attempt.kept_sealed = None


def connected_workspaces(session: Session, integration: str) -> dict[str, Connection]:
    """Return the connections of an integration by workspace id."""
    return {c.workspace_id: c for c in session.scalars(select(Connection).where(Connection.integration == integration))}


@dataclass(frozen=True, kw_only=True, slots=True)
class Connecting:
    """One claimed attempt on its way to a connection. Every method may raise `ConnectFailed`, in one named way."""

    host: Host
    integration: Integration
    attempt: ConnectAttempt

    def complete(self, *, query: SettingsMap | None = None, form: SettingsMap | None = None) -> Outcome:
        """Finish what `begin` started, with what came back in the address or was entered in the plugin's form."""
        host, attempt = self.host, self.attempt
        with host.database.read() as session:
            settings = read_set_up(host, session, self.integration).settings
            connection = session.get(Connection, attempt.connection_id) if attempt.connection_id else None
        with host.new_http() as http:
            callback = ConnectCallback(
                callback_url=callback_url(host, self.integration.key),
                settings=settings,
                http=http,
                now=host.now(),
                query=query or {},
                form=form or {},
                kept=host.vault.open_settings(attempt.kept_sealed) if attempt.kept_sealed else {},
                workspace=connection.workspace if connection else None,
            )
            answer = self.call(lambda: self.integration.connect_flow.complete(callback))
        match answer:
            case Failed(code=code, detail=detail):
                raise ConnectFailed(code, detail, attempt=attempt)
            case ShowForm() as again:
                return again
            case Authorized() as authorized:
                return self._settle(authorized, connection)
            case other:
                assert_never(other)

    def offered(self) -> Authorized:
        """Return what the admin can choose from."""
        if self.attempt.authorized_sealed is None:
            raise ConnectFailed(FailureCode.STATE_USED, attempt=self.attempt)
        if self.attempt.expires_at < self.host.now():
            raise ConnectFailed(FailureCode.STATE_EXPIRED, attempt=self.attempt)
        return open_authorized(self.host.vault, self.attempt.authorized_sealed)

    def choose(self, workspace_id: str) -> Connection:
        """Connect the workspace that the admin chose from those offered."""
        authorized = self.offered()
        for workspace in authorized.workspaces:
            if workspace.id == workspace_id:
                return self._verify_and_save(authorized, workspace)
        raise ConnectFailed(FailureCode.NO_WORKSPACE, attempt=self.attempt)

    def call(self, question: Callable[[], T]) -> T:
        """Call the plugin; each family of errors becomes the failure that fits."""
        try:
            return guarded(self.integration, question)
        except TemporarilyUnavailable as error:
            raise ConnectFailed(FailureCode.REMOTE_UNAVAILABLE, str(error), attempt=self.attempt) from error
        except AuthorizationLost as error:
            raise ConnectFailed(FailureCode.NO_ACCESS, str(error), attempt=self.attempt) from error
        except Rejected as error:
            code = FailureCode.PLUGIN_FAILED if error.code == PLUGIN_FAULT else FailureCode.REMOTE_REFUSED
            raise ConnectFailed(code, str(error), attempt=self.attempt) from error

    def _settle(self, authorized: Authorized, connection: Connection | None) -> Outcome:
        if not authorized.workspaces:
            raise ConnectFailed(FailureCode.NO_WORKSPACE, attempt=self.attempt)
        if connection:
            return self._verify_and_save(authorized, self._same(connection, authorized))
        if len(authorized.workspaces) == 1:
            return self._verify_and_save(authorized, authorized.workspaces[0])
        with self.host.database.write() as session:
            ended = session.get_one(ConnectAttempt, self.attempt.id)
            ended.authorized_sealed = seal_authorized(self.host.vault, authorized)
        return ChooseWorkspace(attempt_id=self.attempt.id, workspaces=authorized.workspaces)

    def _same(self, connection: Connection, authorized: Authorized) -> Workspace:
        """Find the workspace that is being re-authorized; its name and address may have changed."""
        for workspace in authorized.workspaces:
            if workspace.id == connection.workspace_id:
                return workspace
        got = ", ".join(workspace.name for workspace in authorized.workspaces)
        detail = f"Expected {connection.workspace_name}, got {got}."
        raise ConnectFailed(FailureCode.WRONG_WORKSPACE, detail, attempt=self.attempt)

    def _verify_and_save(self, authorized: Authorized, workspace: Workspace) -> Connection:
        with self.host.database.read() as session:
            self._refuse_connected(session, workspace)
            settings = {**read_set_up(self.host, session, self.integration).settings, **authorized.settings}
        with self.host.new_http() as http:
            view = ConnectionView(workspace=workspace, credentials=authorized.credentials, settings=settings, http=http)
            account = self.call(lambda: self.integration.connect_flow.verify(view))
        with self.host.database.write() as session:
            self._refuse_connected(session, workspace)  # once more: somebody may have been faster
            return self._save(session, authorized, workspace, account)

    def _refuse_connected(self, session: Session, workspace: Workspace) -> None:
        existing = connected_workspaces(session, self.integration.key).get(workspace.id)
        if existing is None or existing.id == self.attempt.connection_id:
            return
        if existing.state == ConnectionState.CONNECTED:
            self.attempt.connection_id = existing.id  # so that the failure's button leads there
            detail = f"{workspace.name}, {workspace.url}"
            raise ConnectFailed(FailureCode.ALREADY_CONNECTED, detail, attempt=self.attempt)

    def _save(self, session: Session, authorized: Authorized, workspace: Workspace, account: Account) -> Connection:
        host, now = self.host, self.host.now()
        connection = connected_workspaces(session, self.integration.key).get(workspace.id)
        if connection is None:
            connection = Connection(integration=self.integration.key, workspace_id=workspace.id)
            session.add(connection)
        connection.workspace_name, connection.workspace_url = workspace.name, workspace.url
        connection.account_id, connection.account_name = account.id, account.name
        connection.account_email = account.email
        connection.settings_sealed = host.vault.seal_settings(authorized.settings) if authorized.settings else None
        connection.connected_by_id, connection.connected_at = self.attempt.user_id, now
        connection.state, connection.state_since, connection.trouble = ConnectionState.CONNECTED, now, ""
        session.flush()
        store_new(host, session, connection.id, authorized.credentials)
        ended = session.get_one(ConnectAttempt, self.attempt.id)
        ended.connection_id = connection.id
        ended.authorized_sealed = ended.kept_sealed = None
        return connection


def _check_ready(session: Session, integration: Integration, set_up: SetUp) -> None:
    if not is_enabled(session, integration.key):
        msg = f"{integration.card.title} is switched off. Switch it on in Settings › Integrations."
        raise Refused(msg)
    if not set_up.complete:
        msg = f"{integration.card.title} must be set up before anybody can connect. Open its set-up."
        raise Refused(msg)


def form_of(host: Host, integration: Integration, attempt: ConnectAttempt) -> ShowForm:
    """Return the form of a flow that connects without a redirect.

    Raises:
        ConnectFailed: the flow redirects, or the attempt has expired.
    """
    if attempt.expires_at < host.now():
        raise ConnectFailed(FailureCode.STATE_EXPIRED, attempt=attempt)
    answer = _begin(host, integration, attempt, state=Secret(""))
    if not isinstance(answer, ShowForm):
        raise ConnectFailed(FailureCode.STATE_UNKNOWN, attempt=attempt)
    return answer


def _begin(host: Host, integration: Integration, attempt: ConnectAttempt, state: Secret) -> Redirect | ShowForm:
    with host.database.read() as session:
        settings = read_set_up(host, session, integration).settings
        connection = session.get(Connection, attempt.connection_id) if attempt.connection_id else None
    with host.new_http() as http:
        request = ConnectRequest(
            callback_url=callback_url(host, integration.key),
            state=state,
            settings=settings,
            http=http,
            now=host.now(),
            workspace=connection.workspace if connection else None,
        )
        connecting = Connecting(host=host, integration=integration, attempt=attempt)
        return connecting.call(lambda: integration.connect_flow.begin(request))
