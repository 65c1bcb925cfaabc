"""Remote links: an issue's way back to what another system holds of it (facts §2.11).

The same `globalId` on an issue is one link: writing it again answers 200 and forgets what is left
out. Without the permission to link issues the answer is 403. A link that comes or goes stands in the
history as `RemoteIssueLink`, as Jira's history page shows it; its change leaves no trace. The words
of that entry are not recorded anywhere, and made up here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import request

from plugins.jira.simulator import history, shapes
from plugins.jira.simulator.arguments import object_at
from plugins.jira.simulator.gateway import Answer, Caller, body_object, operation
from plugins.jira.simulator.issue_access import demand, visible
from plugins.jira.simulator.refusals import JiraRefusalError
from plugins.jira.simulator.state import RemoteLink

if TYPE_CHECKING:
    from plugins.jira.simulator.state import Issue

LONGEST_ID: Final = 255
USUAL_RELATIONSHIP: Final = "links to"
MAY_NOT_LINK: Final = "No Link Issue Permission for issue '{}'"
UNKNOWN_LINK: Final = "No remote link exists with the given global id."
UNKNOWN_ID: Final = "No remote link exists with the given id."


def links(caller: Caller, id_or_key: str) -> Answer:
    """`GET …/remotelink`: an array, but a single object where a `globalId` is asked for."""
    issue = visible(caller, id_or_key)
    global_id = request.args.get("globalId")
    if global_id is None:
        return 200, [_shape(caller, issue, link) for link in issue.remote_links]
    return 200, _shape(caller, issue, _by_global_id(issue, global_id))


def show(caller: Caller, id_or_key: str, link_id: str) -> Answer:
    issue = visible(caller, id_or_key)
    return 200, _shape(caller, issue, _by_id(issue, link_id))


def write(caller: Caller, id_or_key: str) -> Answer:
    """`POST …/remotelink`: 201 for a new link, 200 where the `globalId` was there already."""
    issue = _linkable(caller, id_or_key)
    body = body_object()
    target, global_id = object_at(body, "object"), body.get("globalId")
    errors = {name: f"'{name}' is required." for name in ("title", "url") if not str(target.get(name) or "").strip()}
    if len(str(global_id or "")) > LONGEST_ID:
        errors["globalId"] = f"'globalId' must not exceed {LONGEST_ID} characters."
    if errors:
        raise JiraRefusalError(400, errors=errors)
    known = next((each for each in issue.remote_links if global_id and each.global_id == global_id), None)
    link = RemoteLink(
        id=known.id if known else caller.live.next_link,
        global_id=str(global_id) if global_id else None,
        target=target,
        application=object_at(body, "application"),
        relationship=str(body.get("relationship") or "") or None,
    )
    if known:
        issue.remote_links = [link if each is known else each for each in issue.remote_links]
    else:
        caller.live.next_link += 1
        issue.remote_links = [*issue.remote_links, link]
        _write_down(caller, issue, history.Item("RemoteIssueLink", None, None, str(link.id), _words(link)))
    return 200 if known else 201, {"id": link.id, "self": _address(caller, issue, link)}


def delete_by_global_id(caller: Caller, id_or_key: str) -> Answer:
    issue = _linkable(caller, id_or_key)
    return _delete(caller, issue, _by_global_id(issue, request.args.get("globalId", "")))


def delete_by_id(caller: Caller, id_or_key: str, link_id: str) -> Answer:
    issue = _linkable(caller, id_or_key)
    return _delete(caller, issue, _by_id(issue, link_id))


def _delete(caller: Caller, issue: Issue, link: RemoteLink) -> Answer:
    issue.remote_links = [each for each in issue.remote_links if each is not link]
    _write_down(caller, issue, history.Item("RemoteIssueLink", str(link.id), _words(link), None, None))
    return 204, None


def _linkable(caller: Caller, id_or_key: str) -> Issue:
    issue = visible(caller, id_or_key)
    demand(caller, issue, "LINK_ISSUES", MAY_NOT_LINK.format(caller.live.key_of(issue)))
    return issue


def _by_global_id(issue: Issue, global_id: str) -> RemoteLink:
    found = next((each for each in issue.remote_links if each.global_id == global_id), None)
    if found is None:
        raise JiraRefusalError(404, UNKNOWN_LINK)
    return found


def _by_id(issue: Issue, link_id: str) -> RemoteLink:
    found = next((each for each in issue.remote_links if str(each.id) == link_id), None)
    if found is None:
        raise JiraRefusalError(404, UNKNOWN_ID)
    return found


def _write_down(caller: Caller, issue: Issue, item: history.Item) -> None:
    history.update(caller.live, issue, [item], account=caller.signed_in().id, now=caller.state.clock.now())


def _words(link: RemoteLink) -> str:
    return f'This issue {link.relationship or USUAL_RELATIONSHIP} "{link.target["title"]}"'


def _shape(caller: Caller, issue: Issue, link: RemoteLink) -> dict[str, Any]:
    shape: dict[str, Any] = {"id": link.id, "self": _address(caller, issue, link)}
    if link.global_id:
        shape["globalId"] = link.global_id
    shape["application"] = link.application
    if link.relationship:
        shape["relationship"] = link.relationship
    return shape | {"object": {"icon": {}, "status": {"icon": {}}, **link.target}}


def _address(caller: Caller, issue: Issue, link: RemoteLink) -> str:
    return shapes.rest_url(caller.live.site, f"/issue/{issue.id}/remotelink/{link.id}")


READ: Final = "read:jira-work"
WRITE: Final = "write:jira-work"
LINKS: Final = "/issue/<id_or_key>/remotelink"
OPERATIONS: Final = (
    operation("getRemoteIssueLinks", "GET", LINKS, links, READ),
    operation("createOrUpdateRemoteIssueLink", "POST", LINKS, write, WRITE),
    operation("deleteRemoteIssueLinkByGlobalId", "DELETE", LINKS, delete_by_global_id, WRITE),
    operation("getRemoteIssueLinkById", "GET", f"{LINKS}/<link_id>", show, READ),
    operation("deleteRemoteIssueLinkById", "DELETE", f"{LINKS}/<link_id>", delete_by_id, WRITE),
)
