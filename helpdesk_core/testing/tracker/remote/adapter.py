"""Plugs the tracker into `requests`, so that a session reaches it without a socket.

`TrackerAdapter` answers with real responses. It lets in who has a good token, finds the endpoint by method and path,
and turns what is refused into a status and a JSON body.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

import requests
from requests.adapters import BaseAdapter

from helpdesk_core.testing.tracker.remote import comments, issues, orders, projects, signing_in
from helpdesk_core.testing.tracker.remote.serving import Call, RefusedCall, codes
from helpdesk_core.testing.tracker.remote.state import Remote

Endpoint = Callable[[Remote, Call], Any]
W: Final = "/w/{site}"
ISSUE: Final = f"{W}/issues/{{issue}}"
LISTS: Final = {"projects", "statuses", "issues", "people", "orders"}
"""The last word of those lists that may answer a stranger with nothing."""

OPEN_ROUTES: Final[dict[str, Endpoint]] = {"GET /authorize": signing_in.authorize, "POST /token": signing_in.token}
ROUTES: Final[dict[str, Endpoint]] = {
    "GET /workspaces": signing_in.sites,
    "DELETE /grant": signing_in.revoke,
    f"GET {W}/me": signing_in.me,
    f"GET {W}/projects": projects.projects,
    f"GET {W}/statuses": projects.statuses,
    f"GET {W}/people": projects.people,
    f"GET {W}/projects/{{project}}": projects.project,
    f"GET {W}/projects/{{project}}/kinds/{{kind}}/workflow": projects.workflow,
    f"GET {W}/projects/{{project}}/kinds/{{kind}}/form": projects.form,
    f"GET {W}/issues": issues.issues,
    f"POST {W}/issues": issues.create,
    f"GET {ISSUE}": issues.issue,
    f"DELETE {ISSUE}": issues.delete,
    f"POST {ISSUE}/moves": issues.move,
    f"PUT {ISSUE}/links/{{link}}": issues.link,
    f"GET {ISSUE}/comments": comments.comments,
    f"POST {ISSUE}/comments": comments.say,
    f"PUT {ISSUE}/comments/{{comment}}": comments.edit,
    f"DELETE {ISSUE}/comments/{{comment}}": comments.delete,
    f"GET {W}/orders": orders.orders,
    f"POST {W}/orders": orders.place,
    f"DELETE {W}/orders/{{order}}": orders.cancel,
    f"POST {W}/orders/{{order}}/renewal": orders.renew,
}
PATTERNS: Final = [
    (re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", route)), endpoint)
    for route, endpoint in (OPEN_ROUTES | ROUTES).items()
]


def answer(
    request: requests.PreparedRequest, status: int, body: object = None, headers: Mapping[str, str] | None = None
) -> requests.Response:
    """Make a response: of bytes as they are, of nothing without a body, of anything else as JSON."""
    made = requests.Response()
    made.status_code, made.request, made.url = status, request, request.url or ""
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    made.headers.update({"Content-Type": "application/json", "Content-Length": str(len(content)), **(headers or {})})
    made.raw = BytesIO(content)
    made._content = content  # noqa: SLF001  # requests has no other way to make a response of bytes
    made._content_consumed = True  # type: ignore[attr-defined]  # noqa: SLF001  # as above; the stubs leave it out
    return made


class TrackerAdapter(BaseAdapter):
    """The way from a session to the tracker."""

    def __init__(self, remote: Remote) -> None:
        super().__init__()
        self.remote = remote

    def send(self, request: requests.PreparedRequest, *_options: Any, **_more: Any) -> requests.Response:
        """Answer one request, while nobody else is answered."""
        with self.remote.lock:
            call = _call(request)
            self.remote.calls.append((call.method, call.path))
            return self.serve(request, call)

    def serve(self, request: requests.PreparedRequest, call: Call) -> requests.Response:
        """Find the endpoint and write what it says."""
        try:
            told = self._told(call)
        except RefusedCall as refusal:
            return answer(request, refusal.status, refusal.body)
        if isinstance(told, str):
            return answer(request, codes.found, headers={"Location": told})
        if told is None:
            return answer(request, codes.no_content)
        return answer(request, codes.created if call.method == "POST" else codes.ok, told)

    def close(self) -> None:
        """Hold nothing, so close nothing."""

    def _told(self, call: Call) -> Any:
        found = ((pattern.fullmatch(f"{call.method} {call.path}"), endpoint) for pattern, endpoint in PATTERNS)
        matched, endpoint = next(((match, end) for match, end in found if match), (None, None))
        if matched is None or endpoint is None:
            raise RefusedCall(codes.not_found, "not_found", "There is no such address.")
        call.names = {name: unquote(text) for name, text in matched.groupdict().items()}
        if endpoint not in OPEN_ROUTES.values() and not self._let_in(call):
            return {"items": [], "next": None}
        return endpoint(self.remote, call)

    def _let_in(self, call: Call) -> bool:
        """Find out who calls. False: a stranger, whom this list answers with nothing."""
        call.grant = self.remote.grant_of(call.token)
        if call.grant is None:
            if self.remote.masks_strangers and call.method == "GET" and call.path.rsplit("/", 1)[-1] in LISTS:
                return False
            raise RefusedCall(codes.unauthorized, "unauthorized", "Your token is not valid.")
        if "site" in call.names:
            self._enter(call, call.grant.site_ids)
        return True

    def _enter(self, call: Call, site_ids: tuple[str, ...]) -> None:
        call.site = self.remote.sites.get(call.names["site"])
        if call.site is None or call.site.id not in site_ids:
            call.site = None
            raise RefusedCall(codes.forbidden, "no_workspace", "You have no access to this workspace.")
        is_locked = self.remote.people[call.who()].is_locked
        if is_locked and not call.path.endswith("/me"):
            raise RefusedCall(codes.forbidden, "locked", "Your account is locked.")


def _call(request: requests.PreparedRequest) -> Call:
    parts = urlsplit(request.url or "")
    body = request.body or b""
    scheme, _, token = str(request.headers.get("Authorization", "")).partition(" ")
    return Call(
        method=request.method or "GET",
        path=parts.path,
        query=parse_qs(parts.query, keep_blank_values=True),
        content=body.encode() if isinstance(body, str) else bytes(body),
        token=token if scheme == "Bearer" else "",
    )
