"""An issue's entity properties: notes of apps that no person sees (facts §2.11).

They are no part of the issue's history: writing one touches neither `updated` nor the changelog. A
search gives them as its index knows them (not confirmed: that it learns of them by their change alone).
"""

from __future__ import annotations

import json
from typing import Any, Final

from flask import request

from plugins.jira.simulator import history, shapes
from plugins.jira.simulator.gateway import Answer, Caller, operation
from plugins.jira.simulator.issue_access import demand, visible
from plugins.jira.simulator.refusals import JiraRefusalError

LONGEST_VALUE: Final = 32_768
LONGEST_KEY: Final = 255
MAY_NOT_EDIT: Final = "You do not have the permission to edit this issue."


def listed(caller: Caller, id_or_key: str) -> Answer:
    issue = visible(caller, id_or_key)
    path = f"/issue/{caller.live.key_of(issue)}/properties"
    return 200, {
        "keys": [{"self": shapes.rest_url(caller.live.site, f"{path}/{key}"), "key": key} for key in issue.properties]
    }


def show(caller: Caller, id_or_key: str, key: str) -> Answer:
    issue = visible(caller, id_or_key)
    demand_it(issue.properties, key)
    return 200, {"key": key, "value": issue.properties[key]}


def put(caller: Caller, id_or_key: str, key: str) -> Answer:
    """`PUT …/properties/{key}`: any JSON value of a certain length; 201 where the key is new."""
    issue = visible(caller, id_or_key)
    demand(caller, issue, "EDIT_ISSUES", MAY_NOT_EDIT)
    value = value_for(key)
    created = key not in issue.properties
    issue.properties[key] = value
    history.reindex(caller.live, issue, caller.state.clock.now())
    return 201 if created else 200, None


def delete(caller: Caller, id_or_key: str, key: str) -> Answer:
    """Without the permission to edit, the property counts as not there (D4 names a 404 alone)."""
    issue = visible(caller, id_or_key)
    demand(caller, issue, "EDIT_ISSUES", MAY_NOT_EDIT, 404)
    demand_it(issue.properties, key)
    del issue.properties[key]
    history.reindex(caller.live, issue, caller.state.clock.now())
    return 204, None


def demand_it(properties: dict[str, Any], key: str) -> None:
    if key not in properties:
        raise JiraRefusalError(404, f"The property {key} does not exist.")


def value_for(key: str) -> Any:
    """The value that the request wants a property to have: any JSON of a certain length."""
    if len(key) > LONGEST_KEY:
        raise JiraRefusalError(400, f"The property key must not be longer than {LONGEST_KEY} characters.")
    given = request.get_data(as_text=True)
    if len(given) > LONGEST_VALUE:
        raise JiraRefusalError(400, f"The property value must not be longer than {LONGEST_VALUE} characters.")
    try:
        return json.loads(given)
    except ValueError as error:
        raise JiraRefusalError(400, "The property value must be valid JSON.") from error


READ: Final = "read:jira-work"
WRITE: Final = "write:jira-work"
ONE: Final = "/issue/<id_or_key>/properties/<key>"
OPERATIONS: Final = (
    operation("getIssuePropertyKeys", "GET", "/issue/<id_or_key>/properties", listed, READ),
    operation("getIssueProperty", "GET", ONE, show, READ),
    operation("setIssueProperty", "PUT", ONE, put, WRITE),
    operation("deleteIssueProperty", "DELETE", ONE, delete, WRITE),
)
