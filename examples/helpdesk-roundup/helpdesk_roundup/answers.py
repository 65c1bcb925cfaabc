"""Reads Roundup's JSON without trusting it: what is not as documented is refused, never guessed.

Every good answer is ``{"data": …}``, every refusal ``{"error": {"status": …, "msg": …}}``, where it is Roundup itself
that speaks; a failed login is plain text, and whatever stands in front of it answers with HTML.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final

import requests

from helpdesk_core.errors import TemporarilyUnavailable

Json = dict[str, Any]
SHOWN: Final = 300
"""How much of Roundup's own words an error carries."""
IDENTIFIER: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
SURROGATES: Final = re.compile("[\ud800-\udfff]")


class Unreadable(TemporarilyUnavailable):
    """An answer that is not what Roundup documents; nothing in it is believed."""


class NotRoundup(Unreadable):
    """No JSON at all, or a redirect: something else stands at this address, or in front of the tracker."""


def json_of(response: requests.Response) -> object:
    """Return the body as JSON, or None where it is none, whatever the content type says."""
    try:
        body: object = response.json()
    except (ValueError, RecursionError):
        return None
    return body


def data_of(response: requests.Response) -> Json:
    """Return what a good answer holds.

    Raises:
        NotRoundup: the body is no JSON.
        Unreadable: it is, but not Roundup's.
    """
    body = json_of(response)
    if body is None:
        raise NotRoundup("The tracker's address answered with something other than JSON.")
    return member(as_object(body), "data")


def words_of(response: requests.Response, secrets: tuple[str, ...]) -> str:
    """Return Roundup's own words in a refusal: short, on one line, without what was sent in secret."""
    body = json_of(response)
    error = body.get("error") if isinstance(body, dict) else None
    said = error.get("msg") if isinstance(error, dict) else None
    if not isinstance(said, str):
        return ""
    for secret in secrets:
        said = said.replace(secret, "…") if secret else said
    said = " ".join(SURROGATES.sub("", said).split()).rstrip(".")
    return said if len(said) <= SHOWN else f"{said[:SHOWN]}…"


def as_object(told: object) -> Json:
    """Return what must be a JSON object."""
    if not isinstance(told, dict):
        raise Unreadable("The tracker answered with JSON that is not as Roundup documents it.")
    return told


def member(told: Json, name: str) -> Json:
    """Return a member that must be an object."""
    return as_object(told.get(name))


def items_of(data: Json) -> list[Json]:
    """Return the items of a collection, each with an id."""
    found = data.get("collection")
    if not isinstance(found, list):
        raise Unreadable("The tracker answered with a list that is not as Roundup documents it.")
    items = [as_object(item) for item in found]
    for item in items:
        identifier(item)
    return items


def identifier(told: Json) -> str:
    """Return an item's id, which is a whole number."""
    found = told.get("id")
    if not isinstance(found, str) or not IDENTIFIER.fullmatch(found):
        raise Unreadable("The tracker answered with an item that has no id.")
    return found


def link(told: Json, name: str) -> str:
    """Return the id of a linked item; empty where there is none."""
    found = told.get(name)
    return identifier(as_object(found)) if found is not None else ""


def links(told: Json, name: str) -> tuple[str, ...]:
    """Return the ids of several linked items, in the order of their numbers, which is that of their creation."""
    found = told.get(name)
    if not isinstance(found, list):
        raise Unreadable(f"The tracker does not tell the {name} of an item.")
    return tuple(sorted({identifier(as_object(one)) for one in found}, key=int))


def text(told: Json, name: str) -> str:
    """Return a text; empty where there is none. Halves of characters are left out: no database takes them."""
    found = told.get(name)
    return SURROGATES.sub("", found) if isinstance(found, str) else ""


def moment(told: Json, name: str) -> datetime:
    """Return a moment, which Roundup writes as ``2026-03-01.14:30:00`` in UTC whoever asks."""
    try:
        return datetime.strptime(text(told, name)[:19], "%Y-%m-%d.%H:%M:%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise Unreadable(f"The tracker does not tell the {name} of an item.") from error
