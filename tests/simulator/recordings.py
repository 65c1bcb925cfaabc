"""Recorded answers of real Jira sites: finding them, naming their operation, comparing shapes."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException

from plugins.jira.simulator import Simulator, demo_world
from tests.simulator.conftest import folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDER = folder("HELPDESK_RECORDED", "recorded")

# Members of recorded answers that the simulator leaves out on purpose, and why. Where a recording
# was trimmed or is of an old server, its extra members are old ones of no use to anybody now.
LEFT_OUT: dict[str, str] = {
    r"renderedFields|names|schema|editmeta|operations": "expands that are not simulated",
    r"fields\.customfield_\d+": "a site's own fields",
    r"fields\.(\w*time\w*|work\w*|progress|aggregateprogress|votes|watches|lastViewed)": "no such feature here",
    r"fields\.(security|issuerestriction|issuelinks|parent|environment|duedate)": "no such feature here",
    r"fields\.versions": "no such feature here",
    r"(.*\.)?entityId": "an undocumented id of Atlassian's own",
    r"fields\.(reporter|creator|assignee)\.(name|key)": "user names are gone from the Cloud (old server)",
    r"roles\..*": "each site's admin names the roles",
    r"transitions\[\]\.fields\..*": "the fields of that transition's own screen",
}


def recordings() -> list[Path]:
    return sorted(FOLDER.glob("*.json"))


@cache
def read(place: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    return found


def operation_of(request: str) -> str:
    """The operation that a recorded request line leads to; v2 and v3 share these shapes."""
    found = re.match(r"(GET|POST|PUT|DELETE) (?:https://[^/]+)?(/[^\s?]*)", request)
    if found is None:
        return ""
    method, path = found.groups()
    if path == "/oauth/token/accessible-resources":
        return "accessibleResources"
    if path == "/oauth/token":
        return "token"
    rest = re.sub(r"^(/ex/jira/[^/]+)?/rest/api/[23]", "", path)
    try:
        endpoint, _ = _routes().match(f"/ex/jira/x/rest/api/3{rest}", method=method)
    except HTTPException:
        return ""
    return str(endpoint).rpartition(".")[2]


@cache
def _routes() -> Any:
    return Simulator(demo_world()).flask.url_map.bind("localhost")


def shape_differences(recorded: Any, simulated: Any, path: str = "") -> Iterator[str]:
    """Where the two differ in keys or in JSON types; lists are compared by all members together."""
    if recorded is None or simulated is None:
        return
    if _kind(recorded) != _kind(simulated):
        yield f"{path}: recorded {_kind(recorded)}, simulated {_kind(simulated)}"
    elif isinstance(recorded, dict):
        for key, value in recorded.items():
            below = f"{path}.{key}" if path else key
            if key in simulated:
                yield from shape_differences(value, simulated[key], below)
            elif not any(re.fullmatch(pattern, below.removeprefix("issues[].")) for pattern in LEFT_OUT):
                yield f"{below}: recorded, but absent from the simulator"
    elif isinstance(recorded, list) and recorded and simulated:
        yield from shape_differences(_merged(recorded), _merged(simulated), f"{path}[]")


def _merged(items: list[Any]) -> Any:
    """One item with the members of all: some things carry a scope, a screen or fields, others not."""
    merged: dict[str, Any] = {}
    for item in items:
        if not isinstance(item, dict):
            return items[0]
        merged |= {key: value for key, value in item.items() if value is not None}
    return merged


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"
