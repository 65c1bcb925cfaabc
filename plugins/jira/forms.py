"""The set-up form: what an operator enters once, before anybody can connect.

It also names the mistakes that Atlassian shows to the person at the browser but never reports to the app, so that the
helpdesk cannot name them when they happen (``jira-cloud-api.md`` §1.1 and §1.2).
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from wtforms import Form, PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its published types
from wtforms.validators import DataRequired

from helpdesk_core.values import CopyField, SetupRequest, ShowForm
from plugins.jira.scopes import IN_CONSOLE, READ_WORKFLOWS
from plugins.jira.settings import is_loopback

CONSOLE: Final = "https://developer.atlassian.com/console/myapps/"

MISTAKES: Final = (
    "Atlassian shows “Callback URL mismatch” and never comes back here: the callback URL in the console differs from "
    "the one above, perhaps by a slash, a port or http for https. Copy it again, letter by letter.",
    "Atlassian shows “failed to retrieve client”, or only you can connect and nobody else: the app is private. Turn "
    "on sharing in the console under Distribution.",
    "Atlassian refuses the whole request before it asks for consent, or calls fail later with “scope does not match”: "
    "a permission of the list above is not ticked. Tick it under Permissions, then connect again.",
    "Connecting ends here with “the app's client id or secret was refused”: the secret is mistyped, or was renewed in "
    "the console. Copy it again from Settings, and save it here.",
    "Atlassian asks for an administrator's approval or says that the app is blocked: your organization does not let "
    "people allow apps by themselves. Ask an organization admin to allow it at admin.atlassian.com, under Apps.",
)


def _stripped(value: object) -> object:
    """Drop the blanks that copying brings along; a stored secret passes as it is."""
    return value.strip() if isinstance(value, str) else value


class SetupForm(Form):
    """The OAuth app's two values; the field names are the settings' names."""

    client_id = StringField(
        "Client ID",
        filters=[_stripped],
        validators=[DataRequired("Copy the client ID from the console, under Settings.")],
    )
    client_secret = PasswordField(
        "Secret",
        filters=[_stripped],
        validators=[DataRequired("Copy the secret from the console, under Settings.")],
    )
    # a choice and no tick: what is not ticked is not sent, and the helpdesk keeps what is not entered anew
    read_workflows = SelectField(
        "Also read whole workflows (needs a Jira admin account)",
        choices=[
            SelectChoice("no", "No, learn them from issues"),
            SelectChoice("yes", f"Yes, and ask for {READ_WORKFLOWS.scope}"),
        ],
        default="no",
        description="Read at the next connect or re-authorize. Tick the scope in the console first.",
    )


def setup_form(request: SetupRequest) -> ShowForm:
    """Return the set-up form with this helpdesk's own callback URL."""
    return ShowForm(
        form=SetupForm,
        title="Set up the Jira app",
        explanation=(
            f"Create an app of the kind “OAuth 2.0 integration” at {CONSOLE}, then go through its pages:",
            "Authorization: add “OAuth 2.0 (3LO)” with the callback URL below. "
            "Permissions: add the Jira API and tick what is listed. Distribution: turn on sharing, unless only you "
            "will ever connect. Settings: copy client ID and secret from there to here.",
            *_warnings(request.callback_url),
        ),
        copy=(
            CopyField(
                label="Callback URL",
                text=request.callback_url,
                help="An app has one callback URL, and it must match letter by letter.",
            ),
        ),
        checklist=(
            *(f"Jira API › {permission.scope}: {permission.words}." for permission in IN_CONSOLE),
            f"Only if you answer Yes below: Jira API › {READ_WORKFLOWS.scope}: {READ_WORKFLOWS.words}.",
        ),
        mistakes=MISTAKES,
    )


def _warnings(callback_url: str) -> tuple[str, ...]:
    parts = urlsplit(callback_url)
    if parts.scheme == "https" or is_loopback(parts.hostname or ""):
        return ()
    return (
        "Atlassian accepts only https here, or http://localhost. Open the helpdesk at such an address first: the "
        "callback URL below follows it.",
    )
