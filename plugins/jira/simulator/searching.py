"""Finding issues by JQL, and fetching many by their ids (facts §2.9).

A search sees what its index has taken in (`search_index.py`); a fetch by id is always fresh, and so
are the issues that a search names in `reconcileIssues`.

Not confirmed, and decided here: later pages go through what the first one found; with fields other
than id and key a page holds a hundred at most; without `ORDER BY` the newest issue comes first.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

from flask import request

from plugins.jira.simulator.arguments import list_at, listed, split, texts_at
from plugins.jira.simulator.clock import DAY
from plugins.jira.simulator.gateway import Answer, Caller, body_object, number, operation
from plugins.jira.simulator.issue_access import sees
from plugins.jira.simulator.issue_shapes import issue_shape
from plugins.jira.simulator.jql import JqlError, parse
from plugins.jira.simulator.jql_fields import Meaning
from plugins.jira.simulator.refusals import JiraRefusalError
from plugins.jira.simulator.search_index import SearchPage

if TYPE_CHECKING:
    from plugins.jira.simulator.state import Issue

USUAL_PAGE: Final = 50
LARGEST_PAGE: Final = 100
LARGEST_BARE_PAGE: Final = 5000
BARE: Final = {"id", "key"}
TOKEN_LIFE: Final = 7 * DAY
MOST_RECONCILED: Final = 50
MOST_PROPERTIES: Final = 5
MOST_FETCHED: Final = 100
UNBOUNDED: Final = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
BAD_TOKEN: Final = "The provided next page token is invalid or expired."  # noqa: S105 - Jira's words, no secret


def search_by_query(caller: Caller) -> Answer:
    """`GET /search/jql`."""
    asked = {
        "jql": request.args.get("jql", ""),
        "maxResults": number("maxResults", USUAL_PAGE),
        "nextPageToken": request.args.get("nextPageToken"),
        "fields": listed("fields"),
        "properties": listed("properties"),
        "expand": request.args.get("expand", ""),
        "reconcileIssues": listed("reconcileIssues"),
    }
    return _search(caller, asked)


def search_by_body(caller: Caller) -> Answer:
    """`POST /search/jql` (recorded nango-search-issues)."""
    return _search(caller, body_object())


def bulk_fetch(caller: Caller) -> Answer:
    """`POST /issue/bulkfetch`: ascending ids; what is not seen is missing without a word."""
    body = body_object()
    wanted = texts_at(body, "issueIdsOrKeys")
    if not wanted:
        raise JiraRefusalError(400, "No issue IDs or keys were provided.")
    if len(wanted) > MOST_FETCHED:
        raise JiraRefusalError(400, f"The number of issue IDs or keys exceeds the limit of {MOST_FETCHED}.")
    found = {issue.id: issue for each in wanted if (issue := caller.live.issue(each)) and sees(caller, issue)}
    fields = texts_at(body, "fields") or ["*all"]
    expand, properties = texts_at(body, "expand"), texts_at(body, "properties")
    ascending = sorted(found.values(), key=lambda issue: int(issue.id))
    issues = [issue_shape(caller, each, fields=fields, expand=expand, properties=properties) for each in ascending]
    return 200, {"issues": issues, "issueErrors": []}


def _search(caller: Caller, asked: dict[str, Any]) -> Answer:
    if caller.account is None:
        return 200, {"issues": [], "isLast": True}
    _check_limits(asked)
    jql = str(asked.get("jql") or "")
    token = asked.get("nextPageToken")
    seen = _seen(caller, asked)
    try:
        ids = _remaining(caller, str(token), jql) if token else [issue.id for issue in _found(caller, jql, seen)]
    except JqlError as error:
        raise JiraRefusalError(400, str(error)) from error
    size = _page_size(caller, asked)
    shown = [seen[each] for each in ids[:size] if each in seen and sees(caller, seen[each])]
    answer: dict[str, Any] = {"issues": [_shape(caller, each, asked) for each in shown]}
    if ids[size:]:
        answer["nextPageToken"] = _keep(caller, jql, ids[size:])
    return 200, answer | {"isLast": not ids[size:]}


def _check_limits(asked: dict[str, Any]) -> None:
    for name, most in (("reconcileIssues", MOST_RECONCILED), ("properties", MOST_PROPERTIES)):
        if len(list_at(asked, name)) > most:
            raise JiraRefusalError(400, f"The parameter '{name}' holds more than {most} values.")


def _seen(caller: Caller, asked: dict[str, Any]) -> dict[str, Issue]:
    """The index as it is now, with the issues to reconcile as they really are."""
    seen = caller.live.index.seen(caller.state.clock.now())
    for issue_id in texts_at(asked, "reconcileIssues"):
        fresh = caller.live.issues.get(issue_id)
        seen.pop(issue_id, None)
        if fresh is not None:
            seen[issue_id] = fresh
    return seen


def _found(caller: Caller, jql: str, seen: dict[str, Issue]) -> list[Issue]:
    query = parse(jql)
    if query.condition is None:
        raise JqlError(UNBOUNDED)
    meaning = Meaning(caller, caller.state.clock.now())
    fits = meaning.test(query.condition)
    return meaning.ordered([issue for issue in seen.values() if sees(caller, issue) and fits(issue)], query.orders)


def _page_size(caller: Caller, asked: dict[str, Any]) -> int:
    """What was asked for, or less: the document lets pages be shorter."""
    given = asked.get("maxResults")
    size = given if isinstance(given, int) and given > 0 else USUAL_PAGE
    bare = set(texts_at(asked, "fields")) <= BARE
    size = min(size, LARGEST_BARE_PAGE if bare else LARGEST_PAGE)
    return min(size, caller.live.index.page_limit or size)


def _keep(caller: Caller, jql: str, ids: list[str]) -> str:
    token = secrets.token_urlsafe(24)
    account, now = caller.signed_in().id, caller.state.clock.now()
    caller.live.index.pages[token] = SearchPage(account, jql, tuple(ids), now + TOKEN_LIFE)
    return token


def _remaining(caller: Caller, token: str, jql: str) -> list[str]:
    """What a token leads to: for its account and its query, as long as it lives."""
    page = caller.live.index.pages.get(token)
    if (
        page is None
        or (page.account, page.jql) != (caller.signed_in().id, jql)
        or caller.state.clock.now() >= page.expires
    ):
        raise JqlError(BAD_TOKEN)
    return list(page.ids)


def _shape(caller: Caller, issue: Issue, asked: dict[str, Any]) -> dict[str, Any]:
    """The issue; by itself a search gives nothing but its id."""
    fields, expand = texts_at(asked, "fields"), split(str(asked.get("expand") or ""))
    properties = texts_at(asked, "properties")
    if set(fields) <= {"id"} and not expand and not properties:
        return {"id": issue.id}
    return issue_shape(caller, issue, fields=fields or ["id"], expand=expand, properties=properties)


READ: Final = "read:jira-work"
OPERATIONS: Final = (
    operation("bulkFetchIssues", "POST", "/issue/bulkfetch", bulk_fetch, READ),
    operation("searchAndReconsileIssuesUsingJql", "GET", "/search/jql", search_by_query, READ),
    operation("searchAndReconsileIssuesUsingJqlPost", "POST", "/search/jql", search_by_body, READ),
)
