"""How a message of ours is known again: by its ``messageid``, sent in the very request that creates it.

Roundup keeps there the Message-ID of the mail that a message came by, or was sent out as. A message that has one keeps
it, so ours has the form of one. It names the issue beside the helpdesk's marker, because it is searched for in the
whole tracker, where another helpdesk may use the same marker on an issue of its own. A Message-ID is no secret and
anybody can send a mail with it, so it counts only on messages that the account itself created.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final
from urllib.parse import quote, unquote

DOMAIN: Final = "helpdesk.invalid"
FORM: Final = re.compile(rf"<([a-z]+)\.([A-Za-z0-9_.~%-]+)\.(new|[0-9]+)@{re.escape(DOMAIN)}>")
NEW: Final = "new"


class Purpose(StrEnum):
    """What a message of ours is."""

    COMMENT = "comment"
    DESCRIPTION = "issue"
    """The first message of an issue that we created; its issue had no number yet."""
    BACKLINK = "ticket"


def mark(purpose: Purpose, marker: str, issue_id: str = NEW) -> str:
    """Return the ``messageid`` of a message."""
    return f"<{purpose}.{quote(marker, safe='')}.{issue_id}@{DOMAIN}>"


def marker_of(purpose: Purpose, messageid: str) -> str:
    """Return the marker in a ``messageid``; empty where it is none, or of another purpose."""
    found = FORM.fullmatch(messageid)
    return unquote(found[2]) if found and found[1] == purpose else ""
