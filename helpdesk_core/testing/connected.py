"""Connecting as an admin does: the first half of the desk.

Contracts run without Flask and without a database: what the helpdesk adds between a page and a facet (the state, the
lease, the storage) is its own and tested elsewhere. What a facet is asked here is what the helpdesk asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Final
from urllib.parse import urlsplit

import requests
from werkzeug.datastructures import MultiDict
from wtforms import Form, PasswordField

from helpdesk_core.integrations import Integration
from helpdesk_core.testing.line import Line
from helpdesk_core.testing.remote import Remote
from helpdesk_core.values import (
    Authorized,
    ConnectCallback,
    ConnectionView,
    ConnectRequest,
    Failed,
    Redirect,
    Secret,
    SettingsMap,
    ShowForm,
    Workspace,
)

STATE: Final = "state-of-the-contract-4f1c"
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
SECRET_PARAMETERS: Final = frozenset({"code", "state"})


def utc_now() -> datetime:
    """Return the present moment, aware."""
    return datetime.now(UTC)


def is_safe(url: str) -> bool:
    """Whether a secret may be sent there: by https, or to this machine."""
    parts = urlsplit(url)
    return bool(parts.hostname) and (parts.scheme == "https" or parts.hostname in LOOPBACK)


@dataclass
class Connected:
    """One integration and one remote system, connected when the connection is first asked for."""

    integration: Integration
    remote: Remote
    line: Line = field(default_factory=Line)
    secrets: set[str] = field(default_factory=set)
    """Every secret that was given away so far: none of them may appear anywhere."""

    @cached_property
    def http(self) -> requests.Session:
        """The session for everything, with the line behind it."""
        return self.line.tap(self.remote.http())

    def ask_to_connect(self, workspace: Workspace | None = None) -> Redirect | ShowForm:
        """Click Connect, or Re-authorize."""
        return self.integration.connect_flow.begin(
            ConnectRequest(
                callback_url=self.remote.callback_url,
                state=Secret(STATE),
                settings=self.remote.settings,
                http=self.http,
                now=utc_now(),
                workspace=workspace,
            )
        )

    def come_back(
        self, asked: Redirect | ShowForm, given: Mapping[str, str], workspace: Workspace | None = None
    ) -> Authorized | ShowForm | Failed:
        """Bring back what the remote system sent along, or what was typed."""
        return self.integration.connect_flow.complete(self.callback(asked, given, workspace))

    def callback(
        self, asked: Redirect | ShowForm, given: Mapping[str, str], workspace: Workspace | None = None
    ) -> ConnectCallback:
        """Write down what came back as the helpdesk does: `code` and `state` are secrets, password fields too."""
        query = {name: Secret(value) if name in SECRET_PARAMETERS else value for name, value in given.items()}
        typed = entered(asked.form, given) if isinstance(asked, ShowForm) else {}
        self._note_secrets(query, typed)
        return ConnectCallback(
            callback_url=self.remote.callback_url,
            settings=self.remote.settings,
            http=self.http,
            now=utc_now(),
            query=query if isinstance(asked, Redirect) else {},
            form=typed,
            kept=asked.keep if isinstance(asked, Redirect) else {},
            workspace=workspace,
        )

    def authorize(self, workspace: Workspace | None = None) -> Authorized:
        """Connect as an admin who agrees."""
        asked = self.ask_to_connect(workspace)
        outcome = self.come_back(asked, self.remote.consent(asked), workspace)
        assert isinstance(outcome, Authorized), f"an admin agreed, but connecting ended with {outcome}"
        tokens = (outcome.credentials.access_token, outcome.credentials.refresh_token)
        self._note_secrets(outcome.settings, self.remote.settings)
        self.secrets |= {token.reveal() for token in tokens if token}
        return outcome

    @cached_property
    def authorized(self) -> Authorized:
        """What the remote system agreed to."""
        return self.authorize()

    @cached_property
    def connection(self) -> ConnectionView:
        """The connection, made when it is first asked for."""
        authorized = self.authorized
        assert authorized.workspaces, "an admin agreed, but no workspace can be reached"
        return ConnectionView(
            workspace=self.remote.choose(authorized.workspaces),
            credentials=authorized.credentials,
            settings={**self.remote.settings, **authorized.settings},
            http=self.http,
        )

    def with_token(self, token: str) -> ConnectionView:
        """Return the connection with another access token."""
        credentials = replace(self.connection.credentials, access_token=Secret(token), refresh_token=None)
        return replace(self.connection, credentials=credentials)

    def _note_secrets(self, *maps: SettingsMap) -> None:
        for each in maps:
            self.secrets |= {value.reveal() for value in each.values() if isinstance(value, Secret) and value}


def entered(form: type[Form], typed: Mapping[str, str]) -> SettingsMap:
    """Return what an admin typed as the helpdesk hands it on: password fields are secrets.

    The form must take it: an admin would not get past it otherwise.
    """
    filled = form(formdata=MultiDict(typed))
    assert filled.validate(), f"the form does not take what consent() typed: {filled.errors}"
    return {
        each.short_name: Secret(str(each.data)) if isinstance(each, PasswordField) else str(each.data)
        for each in filled
        if each.data
    }
