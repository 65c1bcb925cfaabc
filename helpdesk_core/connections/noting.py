"""What other concerns have to say on the cards and pages of connections; `create_app` passes it on. Knows no Flask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

EXTENSION: Final = "helpdesk_connection_notes"
"""`app.extensions` holds `Notes` under this."""
MENDED: Final = "helpdesk_connection_mended"
"""`app.extensions` holds `Mended` under this."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """Something about a connection that waits for an admin."""

    connection_id: int
    words: str
    endpoint: str
    """The page that says more; it takes `integration` and `connection_id`."""
    action: str
    """What the link to it says."""
    count: int = 1
    """How many things wait."""
    is_urgent: bool = True
    """Whether something does not work for it."""


Notes = Callable[[Session], list[Note]]
"""Returns all that waits, on every connection."""
Mended = Callable[[int], None]
"""Is told which connection was authorized or set up anew, outside of any transaction."""
