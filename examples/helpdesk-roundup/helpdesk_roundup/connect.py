"""Connects a tracker by a form: its address, and the login name and password of an account.

The workspace's id is the tracker's address without its scheme, written in one way. The reference asks for an id that is
no address, but a Roundup tracker has none: no number, no UUID, and its name is not told by REST. Its address is what
its mails and links hold, so it moves seldom; where it does, the tracker is connected anew.
"""

from __future__ import annotations

from helpdesk_core.errors import AuthorizationLost, Rejected
from helpdesk_core.facets import ConnectFlow
from helpdesk_core.values import (
    Account,
    Authorized,
    ConnectCallback,
    ConnectionView,
    ConnectRequest,
    Credentials,
    Failed,
    FailureCode,
    Redirect,
    Secret,
    SettingsMap,
    ShowForm,
    Workspace,
)
from helpdesk_roundup.answers import Json, NotRoundup, Unreadable, identifier, text
from helpdesk_roundup.client import RoundupClient
from helpdesk_roundup.forms import EVERYBODY, RESTRICTED, BadAddress, connect_form, tracker_address


class RoundupConnectFlow(ConnectFlow):
    """Logs in at a tracker."""

    def begin(self, request: ConnectRequest) -> Redirect | ShowForm:
        """Ask for address, login name and password."""
        return connect_form(request.workspace)

    def complete(self, callback: ConnectCallback) -> Authorized | ShowForm | Failed:
        """Log in; what was mistyped is asked for again, and what only others can mend ends the attempt."""
        login, password = _plain(callback.form, "login").strip(), callback.form.get("password")
        if mistake := _mistake(login, password):
            return connect_form(callback.workspace, mistake)
        try:
            address = tracker_address(_plain(callback.form, "url"))
        except BadAddress as error:
            return connect_form(callback.workspace, str(error))
        messages = EVERYBODY if _plain(callback.form, "messages") == EVERYBODY else RESTRICTED
        view = ConnectionView(
            workspace=workspace_at(address),
            credentials=Credentials(access_token=password if isinstance(password, Secret) else Secret("")),
            settings={"login": login, "messages": messages},
            http=callback.http,
        )
        return _logged_in(view, callback.workspace)

    def verify(self, connection: ConnectionView) -> Account:
        """Read the account's own record, which neither a stranger nor a wrong password sees."""
        return _account(RoundupClient.of(connection).myself())


def workspace_at(address: str) -> Workspace:
    """Return the tracker at an address."""
    place = address.partition("://")[2]
    return Workspace(id=place, name=place.rstrip("/"), url=address)


def _logged_in(view: ConnectionView, expected: Workspace | None) -> Authorized | ShowForm | Failed:
    try:
        account = _account(RoundupClient.of(view).myself())
    except AuthorizationLost as error:
        return connect_form(expected, f"{error} Check them, and enter the password again.")
    except NotRoundup as error:
        return connect_form(
            expected,
            f"{error} Check the address: it is the one of the tracker's first page. If it is right, the tracker's "
            "administrator has switched off REST (enable_rest in its config.ini).",
        )
    except Unreadable as error:
        return Failed(code=FailureCode.ANSWER_UNREADABLE, detail=str(error))
    except Rejected as error:
        code = FailureCode.NO_ACCESS if error.code == "no_permission" else FailureCode.REMOTE_REFUSED
        return Failed(code=code, detail=str(error))
    settings = {**view.settings, "account_id": account.id}
    return Authorized(credentials=view.credentials, workspaces=(view.workspace,), settings=settings)


def _account(told: Json) -> Account:
    name = text(told, "realname") or text(told, "username")
    return Account(id=identifier(told), name=name, email=text(told, "address") or None)


def _mistake(login: str, password: str | Secret | None) -> str:
    if not login or not login.isprintable() or ":" in login:
        return "Enter the account's login name. It cannot hold a colon, which HTTP Basic could not send."
    if not isinstance(password, Secret) or not password.reveal():
        return "Enter the account's password."
    return ""


def _plain(form: SettingsMap, name: str) -> str:
    entered = form.get(name, "")
    return entered if isinstance(entered, str) else ""
