"""The parts of a comment that we read, and who may read it. As in `plugins.jira.payloads`, whose checks it shares.

Shape: ``jira-cloud-api.md`` §2.8. Nothing in a comment says that it is public: that it is follows from three members
that may each say otherwise, so a comment is internal unless all of them are read and none does.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, TypedDict

from plugins.jira.errors import Unreadable
from plugins.jira.markers import properties_by_key
from plugins.jira.payloads import Json, as_object, member, need, read_moment, text

SERVICE_VISIBILITY: Final = "sd.public.comment"
"""The property by which a service project notes whether customers see a comment; ``jsdPublic`` is made of it."""
ANONYMOUS: Final = "Anonymous"
"""As Jira calls the author of a comment that nobody signed."""


class CommentPayload(TypedDict):
    """A comment."""

    id: str
    author: str
    body: object
    """A document, or what Jira answers in its place."""
    internal: bool
    created: datetime
    updated: datetime
    properties: Json | None
    """By key; None where the answer does not tell of properties."""


def read_comment(body: object) -> CommentPayload:
    """Read a comment. Without an id or a moment it is of no use, so it is unreadable."""
    item = as_object(body)
    created = read_moment(item.get("created"))
    if created is None:
        raise Unreadable("Jira answered with a comment that does not say when it was written.")
    author = member(item, "author")
    properties = properties_by_key(item["properties"]) if isinstance(item.get("properties"), list) else None
    return CommentPayload(
        id=need(item, "id"),
        author=text(author, "displayName") or text(author, "accountId") or ANONYMOUS,
        body=item.get("body"),
        internal=is_restricted(item),
        created=created,
        updated=read_moment(item.get("updated")) or created,
        properties=properties,
    )


def is_restricted(item: Json) -> bool:
    """Whether a role, a group or a service desk keeps a comment from others, or it does not say that none does.

    ``jsdPublic`` is true also where there is no service desk (OpenAPI, ``Comment``), so its absence is no permission.
    """
    return item.get("visibility") is not None or item.get("jsdPublic") is not True


def is_internal_note(properties: Json) -> bool:
    """Whether the service desk's own property says anything but that customers see the comment."""
    return SERVICE_VISIBILITY in properties and member(properties, SERVICE_VISIBILITY).get("internal") is not False
