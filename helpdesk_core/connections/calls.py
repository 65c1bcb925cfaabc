"""`ask`: the one way in which the helpdesk calls a facet on behalf of a connection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import requests

from helpdesk_core.connections import contact
from helpdesk_core.connections.credentials import Held, Renewal, fresh, give_up_on
from helpdesk_core.connections.guarding import guarded
from helpdesk_core.connections.integration_settings import is_enabled, read_set_up
from helpdesk_core.connections.models import Connection, ConnectionState
from helpdesk_core.errors import AuthorizationLost, NotFound, Refused, Rejected, TemporarilyUnavailable
from helpdesk_core.host import Host
from helpdesk_core.values import ConnectionView, SettingsMap, Workspace

T = TypeVar("T")


def ask(host: Host, connection_id: int, question: Callable[[ConnectionView], T]) -> T:
    """Call `question` with a view of the connection whose credentials are fresh.

    Refused credentials are renewed once and the question asked again; refused twice, the connection waits for
    re-authorization. Call it outside any transaction.

    Raises:
        TemporarilyUnavailable: the remote system cannot answer now; nothing was changed.
        AuthorizationLost: a person must authorize again; the connection says so from now on.
        Rejected: the remote system refused this question, or the plugin broke.
        Refused: the integration is switched off, or the connection is disconnected.
        NotFound: there is no such connection.
    """
    target = _load(host, connection_id)
    try:
        answer = _ask(host, target, question)
    except (TemporarilyUnavailable, Rejected) as error:
        contact.failed(host, connection_id, error)
        raise
    contact.answered(host, connection_id)
    return answer


def _ask(host: Host, target: _Target, question: Callable[[ConnectionView], T]) -> T:
    held = fresh(host, target.renewal)
    try:
        return _put(host, target, held, question)
    except AuthorizationLost:
        held = fresh(host, target.renewal, refused=held.generation)
    try:
        return _put(host, target, held, question)
    except AuthorizationLost as lost:
        give_up_on(host, target.renewal.connection_id, held.generation, str(lost))
        raise


@dataclass(frozen=True, kw_only=True, slots=True)
class _Target:
    workspace: Workspace
    settings: SettingsMap
    renewal: Renewal


def _load(host: Host, connection_id: int) -> _Target:
    with host.database.read() as session:
        connection = session.get(Connection, connection_id)
        if connection is None:
            msg = f"There is no connection with the id {connection_id}."
            raise NotFound(msg)
        integration = host.registry.get(connection.integration)
        name = f"{integration.card.title} · {connection.workspace_name}"
        if not is_enabled(session, integration.key):
            msg = f"{integration.card.title} is switched off. Switch it on in Settings › Integrations."
            raise Refused(msg)
        if connection.state == ConnectionState.DISCONNECTED:
            msg = f"{name} is disconnected. Connect it again in Settings › Integrations."
            raise Refused(msg)
        if connection.state == ConnectionState.REAUTHORIZE:
            raise AuthorizationLost(connection.trouble)
        own = host.vault.open_settings(connection.settings_sealed) if connection.settings_sealed else {}
        settings = {**read_set_up(host, session, integration).settings, **own}
        return _Target(
            workspace=connection.workspace,
            settings=settings,
            renewal=Renewal(connection_id=connection_id, integration=integration, settings=settings),
        )


def _put(host: Host, target: _Target, held: Held, question: Callable[[ConnectionView], T]) -> T:
    connection_id = target.renewal.connection_id

    def count(_answer: requests.Response, *_args: object, **_options: object) -> None:
        host.tally.call(connection_id)

    with host.new_http() as http:
        http.hooks["response"].append(count)
        view = ConnectionView(
            workspace=target.workspace,
            credentials=held.credentials,
            settings=target.settings,
            http=http,
            spend=lambda usage: host.tally.spend(connection_id, usage, now=host.now()),
        )
        return guarded(target.renewal.integration, lambda: question(view))
