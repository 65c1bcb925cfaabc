"""What Settings › Integrations shows of Jira."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from helpdesk_core.values import SettingsCard
from plugins.jira.scopes import PERMISSIONS

# A board of three columns, our own drawing: Atlassian's logo is a trademark.
ICON: Final = "data:image/svg+xml," + quote(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="7" fill="#1f5fbf"/>'
    '<g fill="#fff"><rect x="6" y="7" width="5.5" height="18" rx="1.5"/>'
    '<rect x="13.25" y="7" width="5.5" height="12" rx="1.5"/>'
    '<rect x="20.5" y="7" width="5.5" height="7" rx="1.5"/></g></svg>'
)

CARD: Final = SettingsCard(
    title="Jira",
    summary="Keep tickets and Jira Cloud issues in step, by a mapping of statuses that you draw.",
    section="Ticketing",
    icon=ICON,
    workspace_word="site",
    prerequisites=(
        "A Jira Cloud site where you are a Jira admin, with at least one active project.",
        "An OAuth 2.0 app in Atlassian's developer console; the set-up form below walks you through it.",
        "Recommended: an Atlassian account of its own for the helpdesk, with a Jira licence, that can browse the "
        "projects you want to use. Everything the helpdesk does in Jira bears the name of the account that connects, "
        "and the connection ends when that account is closed or changes its password.",
    ),
    permissions=PERMISSIONS,
    after_disconnect="Atlassian still lists the app as allowed: sign in with the account that connected, open "
    "Connected apps at https://id.atlassian.com/manage-profile/apps, and remove the app there.",
    no_deliveries="If the app is private, Atlassian delivers only what the app's owner subscribed to: turn on sharing "
    "under Distribution in the developer console, or connect with the owner's account. And Atlassian must reach the "
    "helpdesk's address from the internet, by https with a certificate that is not self-signed.",
    docs_url="https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/",
)
