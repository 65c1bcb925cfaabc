"""The form by which an admin connects a tracker, and what may be entered in it."""

from __future__ import annotations

import ipaddress
import re
from typing import Final
from urllib.parse import urlsplit

from wtforms import Form, PasswordField, SelectField, StringField, URLField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its published types
from wtforms.validators import InputRequired, Length

from helpdesk_core.values import ShowForm, Workspace

EVERYBODY: Final = "everybody"
RESTRICTED: Final = "restricted"
LONGEST: Final = 200
HOST: Final = re.compile(r"[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?|[0-9a-f:.]*:[0-9a-f:.]*")
ORDINARY: Final = {"https": 443, "http": 80}


class BadAddress(ValueError):
    """What was entered is no address that can be connected. The message says how to mend it."""


def form_at(address: str) -> type[Form]:
    """Make the form in which an address stands already. A class each, because WTForms takes a default only there."""

    class ConnectForm(Form):
        """Where the tracker is, and who the helpdesk is in it."""

        url = URLField(
            "Address of the tracker",
            [InputRequired("Enter the address that people open in their browser."), Length(max=LONGEST)],
            default=address,
            description="As in its config.ini under [tracker], web: https://bugs.acme.example/main/",
        )
        login = StringField("Login name", [InputRequired("Enter the account's login name."), Length(max=100)])
        password = PasswordField("Password", [InputRequired("Enter the account's password.")])
        # Roundup does not tell who may read a message, and what only some people there read must not leave the tracker
        messages = SelectField(
            "Who may read an issue's messages in this tracker?",
            choices=[
                SelectChoice(EVERYBODY, "Everybody who sees the issue, as in Roundup's own templates"),
                SelectChoice(RESTRICTED, "Not always: treat all of them as internal"),
            ],
            default=EVERYBODY,
        )

    return ConnectForm


def connect_form(workspace: Workspace | None, *mistakes: str) -> ShowForm:
    """Return the form; on re-authorizing, the address stands in it already.

    Args:
        workspace: the tracker that must come back, if any.
        mistakes: what was wrong with what was entered, a sentence each.
    """
    return ShowForm(
        form=form_at(workspace.url if workspace else ""),
        title="Connect a Roundup tracker",
        explanation=mistakes
        or ("The helpdesk logs in with this account for all that it does, so let it be one of its own.",),
        mistakes=(
            "Mail goes out for each reply that is carried: Roundup sends it to the issue's nosy list, as any message.",
        ),
        submit="Connect",
    )


def tracker_address(entered: str) -> str:
    """Return a tracker's address in the one way to write it: small letters, no ordinary port, a slash at the end.

    Raises:
        BadAddress: it is no address of the web, holds a login, or is not safe to send a password to.
    """
    try:
        parts = urlsplit(entered.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as error:
        msg = "The address cannot be read. It looks like https://bugs.acme.example/main/."
        raise BadAddress(msg) from error
    if "@" in parts.netloc:
        msg = "Leave login name and password out of the address: they have fields of their own."
        raise BadAddress(msg)
    if parts.scheme not in ORDINARY or not HOST.fullmatch(host):
        msg = "The address must begin with https:// and a host, such as https://bugs.acme.example/main/."
        raise BadAddress(msg)
    if parts.scheme == "http" and not is_loopback(host):
        msg = "The address must begin with https://: by http:// everybody on the way could read the password."
        raise BadAddress(msg)
    shown = f"[{host}]" if ":" in host else host
    netloc = shown if port in (None, ORDINARY[parts.scheme]) else f"{shown}:{port}"
    address = f"{parts.scheme}://{netloc}{_path(parts.path)}"
    if len(address) > LONGEST or not address.isascii() or not address.isprintable() or " " in address:
        msg = f"The address must be shorter than {LONGEST} characters, without blanks, and in plain letters."
        raise BadAddress(msg)
    return address


def _path(path: str) -> str:
    """Return the tracker's own path; people copy the address of an issue or of the REST interface, too."""
    parts = [part for part in path.split("/") if part]
    if any(part in {".", ".."} for part in parts):
        msg = "Leave “.” and “..” out of the address."
        raise BadAddress(msg)
    if "rest" in parts:
        parts = parts[: parts.index("rest")]
    elif parts and re.fullmatch(r"(issue|msg|user)[0-9]*|index\.html?", parts[-1]):
        parts.pop()
    return "/" + "".join(f"{part}/" for part in parts)


def is_loopback(host: str) -> bool:
    """Whether the host is this very machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
