"""Remote links: what an issue says about things outside Jira (facts §2.11).

A `globalId` names the thing: the same one again updates the link and empties what is not told.
Not confirmed, and decided here: the texts of the refusals but `'title' is required.`, and that a
link which comes or goes stands in the changelog as `RemoteIssueLink` and touches `updated`, while its
change leaves no trace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import request

from plugins.jira.simulator import history, shapes
from plugins.jira.simulator.arguments import object_at
from plugins.jira.simulator.gateway import Answer, Caller, body_object, operation
from plugins.jira.simulator.history import Item
from plugins.jira.simulator.issue_access import demand, visible
from plugins.jira.simulator.refusals import JiraRefusalError
from plugins.jira.simulator.state import RemoteLink

if TYPE_CHECKING:
    from plugins.jira.simulator.state import Issue

LONGEST_GLOBAL_ID: Final = 255
USUAL_RELATIONSHIP: Final = "links to"
LINKING_IS_OFF: Final = "Issue linking is currently disabled."
MAY_NOT_LINK: Final = "You do not have permission to link issues in this project."
NO_SUCH_LINK: Final = "No remote issue link exists with the given id."
WRONG_ID: Final = "The remote issue link id is not valid, or does not belong to this issue."


def listed(caller: Caller, id_or_key: str) -> Answer:
    """`GET …/remotelink`: all of them, or by `globalId` the one itself."""
    issue = _linkable(caller, id_or_key)
    wanted = request.args.get("globalId")
    if wanted is None:
        return 200, [_shape(caller, issue, link) for link in issue.remote_links]
    return 200, _shape(caller, issue, _by_global_id(issue, wanted))


def show(caller: Caller, id_or_key: str, link_id: str) -> Answer:
    issue = _linkable(caller, id_or_key)
    return 200, _shape(caller, issue, _by_id(issue, link_id))


def upsert(caller: Caller, id_or_key: str) -> Answer:
    """`POST …/remotelink`: 201 for a new link, 200 where its `globalId` was there already."""
    issue = _writable(caller, id_or_key)
    body = _checked(body_object())
    global_id = body.get("globalId")
    known = next((each for each in issue.remote_links if global_id and each.global_id == global_id), None)
    if known is not None:
        link = _replace(issue, known, body)
        return 200, {"id": link.id, "self": _self(caller, issue, link)}
    link = _link(caller.live.next_link, body)
    caller.live.next_link += 1
    issue.remote_links = [*issue.remote_links, link]
    _note(caller, issue, Item("RemoteIssueLink", None, None, str(link.id), _words(link)))
    return 201, {"id": link.id, "self": _self(caller, issue, link)}


def update(caller: Caller, id_or_key: str, link_id: str) -> Answer:
    issue = _writable(caller, id_or_key)
    _replace(issue, _by_id(issue, link_id), _checked(body_object()))
    return 204, None


def delete_by_global_id(caller: Caller, id_or_key: str) -> Answer:
    issue = _writable(caller, id_or_key)
    wanted = request.args.get("globalId")
    if not wanted:
        raise JiraRefusalError(400, errors={"globalId": "'globalId' is required."})
    return _delete(caller, issue, _by_global_id(issue, wanted))


def delete_by_id(caller: Caller, id_or_key: str, link_id: str) -> Answer:
    issue = _writable(caller, id_or_key)
    return _delete(caller, issue, _by_id(issue, link_id))


def _linkable(caller: Caller, id_or_key: str) -> Issue:
    """A visible issue of a site that has issue linking on."""
    issue = visible(caller, id_or_key)
    if not caller.live.site.issue_linking:
        raise JiraRefusalError(403, LINKING_IS_OFF)
    return issue


def _writable(caller: Caller, id_or_key: str) -> Issue:
    issue = _linkable(caller, id_or_key)
    demand(caller, issue, "LINK_ISSUES", MAY_NOT_LINK)
    return issue


def _checked(body: dict[str, Any]) -> dict[str, Any]:
    """The body, or Jira's refusal of what it lacks."""
    thing = object_at(body, "object")
    errors = {name: f"'{name}' is required." for name in ("title", "url") if not str(thing.get(name) or "").strip()}
    if len(str(body.get("globalId") or "")) > LONGEST_GLOBAL_ID:
        errors["globalId"] = f"'globalId' must not be longer than {LONGEST_GLOBAL_ID} characters."
    if errors:
        raise JiraRefusalError(400, errors=errors)
    return body


def _link(number: int, body: dict[str, Any]) -> RemoteLink:
    """All anew: what the body leaves out is empty afterwards."""
    return RemoteLink(
        id=number,
        global_id=str(body["globalId"]) if body.get("globalId") else None,
        target=object_at(body, "object"),
        application=object_at(body, "application"),
        relationship=str(body["relationship"]) if body.get("relationship") else None,
    )


def _replace(issue: Issue, known: RemoteLink, body: dict[str, Any]) -> RemoteLink:
    link = _link(known.id, body)
    issue.remote_links = [link if each is known else each for each in issue.remote_links]
    return link


def _delete(caller: Caller, issue: Issue, link: RemoteLink) -> Answer:
    issue.remote_links = [each for each in issue.remote_links if each is not link]
    _note(caller, issue, Item("RemoteIssueLink", str(link.id), _words(link), None, None))
    return 204, None


def _words(link: RemoteLink) -> str:
    return f'This issue {link.relationship or USUAL_RELATIONSHIP} "{link.target["title"]}"'


def _note(caller: Caller, issue: Issue, item: Item) -> None:
    account, now = caller.signed_in().id, caller.state.clock.now()
    history.update(caller.live, issue, [item], account=account, now=now)


def _by_global_id(issue: Issue, wanted: str) -> RemoteLink:
    for link in issue.remote_links:
        if link.global_id == wanted:
            return link
    raise JiraRefusalError(404, NO_SUCH_LINK)


def _by_id(issue: Issue, wanted: str) -> RemoteLink:
    for link in issue.remote_links:
        if str(link.id) == wanted:
            return link
    raise JiraRefusalError(404, NO_SUCH_LINK) if wanted.isdecimal() else JiraRefusalError(400, WRONG_ID)


def _self(caller: Caller, issue: Issue, link: RemoteLink) -> str:
    return shapes.rest_url(caller.live.site, f"/issue/{caller.live.key_of(issue)}/remotelink/{link.id}")


def _shape(caller: Caller, issue: Issue, link: RemoteLink) -> dict[str, Any]:
    shape: dict[str, Any] = {"id": link.id, "self": _self(caller, issue, link)}
    told = {"globalId": link.global_id, "relationship": link.relationship}
    shape |= {name: value for name, value in told.items() if value is not None}
    return shape | {"application": link.application, "object": {"icon": {}, "status": {"icon": {}}} | link.target}


READ: Final = "read:jira-work"
WRITE: Final = "write:jira-work"
ALL: Final = "/issue/<id_or_key>/remotelink"
ONE: Final = f"{ALL}/<link_id>"
OPERATIONS: Final = (
    operation("getRemoteIssueLinks", "GET", ALL, listed, READ),
    operation("createOrUpdateRemoteIssueLink", "POST", ALL, upsert, WRITE),
    operation("deleteRemoteIssueLinkByGlobalId", "DELETE", ALL, delete_by_global_id, WRITE),
    operation("getRemoteIssueLinkById", "GET", ONE, show, READ),
    operation("updateRemoteIssueLink", "PUT", ONE, update, WRITE),
    operation("deleteRemoteIssueLinkById", "DELETE", ONE, delete_by_id, WRITE),
)
