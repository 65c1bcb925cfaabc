"""Comments and their text as they cross the seam: what keeping a conversation in step needs.

Text crosses as Markdown. Who may read a comment is said with each one, because a helpdesk that is wrong about that
once is not used twice: what a plugin does not know to be public is internal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from helpdesk_core.values.workspaces import ConnectionView


@dataclass(frozen=True, kw_only=True, slots=True)
class RemoteComment:
    """One comment on an issue."""

    id: str
    author: str
    """Its author's name, as people of the remote system know it."""
    body: str
    """As Markdown."""
    internal: bool
    """Whether only some may read it: restricted to a role or group, or internal to a service desk. Where the remote
    system does not tell, ask the admin while connecting, and keep the answer in `Authorized.settings`."""
    created_at: datetime
    updated_at: datetime
    marker: str = ""
    """What the helpdesk sent along when it posted this comment; empty: somebody else wrote it."""
    edition: str = ""
    """Differs whenever the text does. Empty: `updated_at` tells."""
    original: Any = None
    """The text in the remote system's own format, kept beside ours. JSON."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CommentsRequest:
    """Asks for the comments of an issue."""

    connection: ConnectionView
    issue_id: str
    own_only: bool = False
    """Only those with a marker matter to the caller: the plugin may stop early where it can tell."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PostRequest:
    """Asks to write a comment that everybody who sees the issue may read."""

    connection: ConnectionView
    issue_id: str
    marker: str
    """Stored with the comment, in the same request if possible, and given back in `RemoteComment.marker`. It is unique
    in all the world and cannot be guessed, and the same for each try."""
    author: str
    """Who wrote it in the helpdesk: all calls act as the connecting account, so the text has to say it."""
    body: str
    """As Markdown, typed by a person: the plugin makes it safe."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EditRequest:
    """Asks to give a comment of ours another text."""

    connection: ConnectionView
    issue_id: str
    comment_id: str
    author: str
    body: str


@dataclass(frozen=True, kw_only=True, slots=True)
class WithdrawRequest:
    """Asks to delete a comment of ours."""

    connection: ConnectionView
    issue_id: str
    comment_id: str
