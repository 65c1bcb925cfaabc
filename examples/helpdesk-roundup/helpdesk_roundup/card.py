"""What Settings › Integrations shows of Roundup."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from helpdesk_core.values import Permission, SettingsCard

# An arrow that comes round, our own drawing.
ICON: Final = "data:image/svg+xml," + quote(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="7" fill="#2e6b4f"/>'
    '<path d="M23 16a7 7 0 1 1-3-5.7" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round"/>'
    '<path d="M16.5 9.5l6.5 2.6.6-6.8z" fill="#fff"/></svg>'
)

CARD: Final = SettingsCard(
    title="Roundup",
    summary="Keep tickets and the issues of a Roundup tracker in step, by a mapping of statuses that you draw.",
    section="Ticketing",
    icon=ICON,
    workspace_word="tracker",
    prerequisites=(
        "A Roundup tracker (tested with 2.6), reached by https, with its REST interface switched on and with HTTP "
        "Basic authentication (enable_rest and http_auth in its config.ini).",
        "An account of its own for the helpdesk in that tracker: all that the helpdesk does bears its name.",
        "The tracker's classes issue, status and msg as in Roundup's own templates.",
    ),
    permissions=(
        Permission(words="Use the REST interface", scope="Rest Access"),
        Permission(words="Log in", scope="Web Access"),
        Permission(words="See, change and create issues and messages", scope="View, Edit, Create"),
        Permission(words="See statuses, and the names of people", scope="View"),
        Permission(words="Only to delete test issues and withdrawn messages for good", scope="Retire"),
    ),
    after_disconnect="In the tracker, retire the helpdesk's account or change its password.",
    docs_url="https://www.roundup-tracker.org/docs/rest.html",
)
