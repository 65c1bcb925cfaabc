"""api.atlassian.com/ex/jira: who may pass to which operation of which site.

The order of the checks: the site, the token, the app's reach, its scopes, the account's membership, a rule that
keeps the app out of the whole site, and then Jira itself.
A token that is not valid gets `{"code":401,"message":"Unauthorized"}` (facts §2.13). With
`masks_invalid_tokens`, or by the fault `empty-site`, it is passed on as nobody instead, as real
sites have been seen to do (recorded masked-401-as-empty-200, masked-401-as-404 and
expired-token-200-authenticated-failed).
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, request

from plugins.jira.simulator.limits import MeteredCall, cost
from plugins.jira.simulator.refusals import (
    AnonymousRefusalError,
    BlockedAppError,
    GatewayRefusalError,
    ProblemError,
    RefusalError,
    UnknownSiteError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from plugins.jira.simulator.grants import Access
    from plugins.jira.simulator.state import LiveSite, State
    from plugins.jira.simulator.world import Account, Project

ROOT: Final = "/ex/jira/<cloud_id>"
REST: Final = "/rest/api/3"
WINDOW_SECONDS: Final = 60
# Paths of Jira's that would otherwise be taken for the key of an issue or a project.
NOT_SERVED: Final = ("/issue/createmeta", "/issue/picker", "/project/recent", "/project/type")
# What an app that is kept out of a whole site may still ask: whether it is (`app_access.py`).
NEVER_BLOCKED: Final = ("getPolicy", "getPolicies")
EMPTY_SITE: Final = "simulator.empty_site"
NOTES: Final = "simulator.notes"
LIMITS: Final = {"getIssue": 400, "POST": 5000}
USUAL_LIMIT: Final = 350


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls which site; nobody at all where the token was masked."""

    state: State
    live: LiveSite
    account: Account | None

    def may(self, permission: str, project: Project | None = None) -> bool:
        member = self.live.site.member(self.account.id) if self.account else None
        return member is not None and member.may(permission, project)

    def visible_projects(self) -> list[Project]:
        return [p for p in self.live.site.projects if self.may("BROWSE_PROJECTS", p)]

    def signed_in(self) -> Account:
        if self.account is None:
            raise AnonymousRefusalError
        return self.account


Answer = tuple[int, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of Jira's REST API, named as in Atlassian's OpenAPI document."""

    name: str
    method: str
    rule: str
    scopes: frozenset[str]
    handler: Callable[..., Answer]


def operation(name: str, method: str, rule: str, handler: Callable[..., Answer], *scopes: str) -> Operation:
    return Operation(name, method, rule, frozenset(scopes), handler)


def blueprint(state: State, operations: Iterable[Operation]) -> Blueprint:
    made = Blueprint("jira", __name__, url_prefix=ROOT)
    for each in operations:
        made.add_url_rule(
            REST + each.rule,
            endpoint=each.name,
            methods=[each.method],
            view_func=_view(state, each),
            provide_automatic_options=False,
        )
    unknown = _view(state, Operation("unknown", "*", "/", frozenset(), _unknown_path))
    for path in ("/<path:rest>", *(REST + path for path in NOT_SERVED)):
        made.add_url_rule(path, "unknown", unknown, methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
    return made


def bearer(header: str) -> str | None:
    kind, _, token = header.partition(" ")
    return token.strip() if kind.lower() == "bearer" and token.strip() else None


def live_access(state: State) -> Access | None:
    """What the request's token reaches now, or None where it is missing, expired or revoked."""
    token = bearer(request.headers.get("Authorization", ""))
    access = state.grants.access(token, state.clock.now()) if token else None
    if access is None or not state.accounts[access.account].active:
        return None
    request.environ.get(NOTES, {})["account"] = access.account
    return access


def _view(state: State, operation: Operation) -> Callable[..., Response]:
    def view(cloud_id: str, **values: str) -> Response:
        masked = False
        try:
            caller = _admit(state, cloud_id, operation)
            masked = caller.account is None
            status, body = _metered(caller, operation, values)
        except RefusalError as refusal:
            answer = Response(refusal.text(), refusal.status, refusal.headers, content_type=refusal.content_type)
        else:
            answer = _json(status, body)
        if masked:
            answer.headers["X-Seraph-Loginreason"] = "AUTHENTICATED_FAILED"
        _add_headers(answer, state, cloud_id, operation)
        return answer

    return view


def _metered(caller: Caller, operation: Operation, values: dict[str, str]) -> Answer:
    """Serve the call within the limits; nobody's calls are nobody's to count."""
    if caller.account is None:
        return operation.handler(caller, **values)
    meter, now = caller.state.meter, caller.state.clock.now()
    call = _metered_call(caller.live.site.id, operation, _written_issue(caller, operation, values))
    meter.admit(call, now)
    points = 1
    try:
        status, body = operation.handler(caller, **values)
        points = cost(call, body)
    finally:
        meter.spend(call.site, points, now)
    return status, body


def _metered_call(site: str, operation: Operation, issue: str | None = None) -> MeteredCall:
    return MeteredCall(site, operation.name, operation.rule, operation.method, issue)


def _written_issue(caller: Caller, operation: Operation, values: dict[str, str]) -> str | None:
    if operation.method == "GET" or not operation.rule.startswith("/issue/<"):
        return None
    wanted = values.get("id_or_key", "")
    found = caller.live.issue(wanted)
    return found.id if found else wanted


def _admit(state: State, cloud_id: str, operation: Operation) -> Caller:
    live = state.sites.get(cloud_id)
    if live is None or "jira" not in live.site.products:
        raise UnknownSiteError(request.path, state.clock.now())
    access = live_access(state)
    if request.environ.get(EMPTY_SITE) or (access is None and state.masks_invalid_tokens):
        return Caller(state, live, None)
    if access is None or cloud_id not in access.sites:
        raise GatewayRefusalError(401, "Unauthorized")
    if not operation.scopes <= set(access.scopes):
        raise GatewayRefusalError(401, "Unauthorized; scope does not match")
    if live.site.member(access.account) is None:
        raise GatewayRefusalError(403, "Forbidden")
    if live.blocked and operation.name not in NEVER_BLOCKED:
        raise BlockedAppError("this site")
    return Caller(state, live, state.accounts[access.account])


def _unknown_path(caller: Caller, rest: str = "") -> Answer:
    del rest
    path = request.path.partition(caller.live.site.id)[2]
    raise ProblemError(404, "Not Found", f"No endpoint {request.method} {path}.", path)


def _json(status: int, body: Any) -> Response:
    if body is None:
        return Response(status=status)
    return Response(json.dumps(body), status, content_type="application/json;charset=UTF-8")


def _add_headers(answer: Response, state: State, cloud_id: str, operation: Operation) -> None:
    """The headers of the recorded nango-* answers; the numbers of `X-RateLimit-Limit` are theirs."""
    limit = LIMITS.get(operation.name) or LIMITS.get(operation.method, USUAL_LIMIT)
    trace = secrets.token_hex(16)
    now = state.clock.now()
    used = state.meter.burst_count(_metered_call(cloud_id, operation), now)
    answer.headers.update(
        {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(max(limit - used, 0)),
            "Cache-Control": "no-cache, no-store, no-transform",
            "Vary": "Accept-Encoding",
            "X-Trace-Id": trace,
            "Atl-Traceid": trace,
            "Atl-Request-Id": f"{trace[:8]}-{trace[8:12]}-{trace[12:16]}-{trace[16:20]}-{trace[20:]}",
            "X-Arequestid": secrets.token_hex(8),
        }
    )
    answer.headers.setdefault("X-RateLimit-Reset", str(int(now) + WINDOW_SECONDS))  # a refusal has its own
    answer.headers.update(state.meter.headers(cloud_id, now))


def number(name: str, default: int) -> int:
    """A whole number from the query; anything else never reaches Jira's code (facts §2.13)."""
    given = request.args.get(name)
    if given is None:
        return default
    try:
        return int(given)
    except ValueError:
        detail = f"Failed to convert '{name}' with value: '{given}'"
        raise ProblemError(400, "Bad Request", detail, request.path) from None


def body_object() -> dict[str, Any]:
    """The request's JSON object, or the framework's refusal."""
    if not request.is_json:
        detail = f"Content-Type '{request.mimetype}' is not supported."
        raise ProblemError(415, "Unsupported Media Type", detail, request.path)
    found = request.get_json(silent=True)
    if not isinstance(found, dict):
        raise ProblemError(400, "Bad Request", "Failed to read request", request.path)
    return found
