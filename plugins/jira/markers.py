"""The helpdesk's marker on what it creates at Jira: an entity property, sent in the very request that creates.

Jira has no idempotency keys (``jira-cloud-api.md`` §2.6): after a lost answer only a mark tells whether the thing is
there. A property is seen by no person, stays when the text is edited, and belongs to one issue or comment. JQL cannot
search it, because only Connect and Forge apps may declare one for the index (§2.9), so it is read with what carries it.
https://developer.atlassian.com/cloud/jira/platform/jira-entity-properties/
"""

from __future__ import annotations

from typing import Final

from plugins.jira.payloads import Json, member, text

KEY: Final = "helpdesk.marker"


def marking(marker: str) -> list[Json]:
    """Return the ``properties`` of a request that creates something."""
    return [{"key": KEY, "value": {"marker": marker}}]


def marker_in(properties: Json) -> str:
    """Return the marker among properties by key; empty where there is none."""
    return text(member(properties, KEY), "marker")


def properties_by_key(listed: object) -> Json:
    """Return the properties that a comment lists, by key; what is not one is passed over."""
    items = listed if isinstance(listed, list) else []
    return {str(item.get("key")): item.get("value") for item in items if isinstance(item, dict)}
