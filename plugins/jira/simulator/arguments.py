"""Taking apart what a request carries: members of bodies and lists in queries.

What is absent or of another kind counts as empty; the calls decide what they cannot do without.
"""

from __future__ import annotations

from typing import Any

from flask import request


def object_at(body: dict[str, Any], name: str) -> dict[str, Any]:
    found = body.get(name)
    return found if isinstance(found, dict) else {}


def list_at(body: dict[str, Any], name: str) -> list[Any]:
    found = body.get(name)
    return found if isinstance(found, list) else []


def texts_at(body: dict[str, Any], name: str) -> list[str]:
    """A member's list of texts; numbers, as Jira lets them stand for ids, become texts."""
    return [str(each) for each in list_at(body, name)]


def listed(name: str) -> list[str]:
    """A query parameter that may be repeated, hold commas, or both."""
    return split(",".join(request.args.getlist(name)))


def split(given: str) -> list[str]:
    return [part.strip() for part in given.split(",") if part.strip()]
