"""The ways in which Atlassian says no, each in its own shape (facts §2.13).

Jira speaks in `errorMessages` and `errors`, the gateway before it in `code` and `message`, and the
framework below in `application/problem+json`.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final

ANONYMOUS: Final = "Client must be authenticated to access this resource."


class RefusalError(Exception):
    """An answer other than the one asked for."""

    content_type = "application/json;charset=UTF-8"

    def __init__(self, status: int, body: object) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body
        self.headers: dict[str, str] = {}

    def text(self) -> str:
        return self.body if isinstance(self.body, str) else json.dumps(self.body)


class JiraRefusalError(RefusalError):
    """Jira's own: `{"errorMessages": […], "errors": {…}}`."""

    def __init__(self, status: int, *messages: str, errors: dict[str, str] | None = None) -> None:
        super().__init__(status, {"errorMessages": list(messages), "errors": errors or {}})
        self.words = [*messages, *(errors or {}).values()]


class BlockedAppError(JiraRefusalError):
    """An organization's app access rule keeps the app out. Nobody has confirmed the status or the words."""

    def __init__(self, place: str) -> None:
        super().__init__(403, f"Your organization's data security policy blocks this app from accessing {place}.")


class AnonymousRefusalError(RefusalError):
    """Plain text, as recorded in error-401-client-must-be-authenticated."""

    content_type = "text/plain;charset=UTF-8"

    def __init__(self) -> None:
        super().__init__(401, ANONYMOUS)


class ProblemError(RefusalError):
    """The framework's, for calls that never reach Jira's code."""

    content_type = "application/problem+json"

    def __init__(self, status: int, title: str, detail: str, instance: str) -> None:
        body = {
            "type": "about:blank",
            "title": title,
            "status": status,
            "detail": detail,
            "instance": instance,
        }
        super().__init__(status, body)


class GatewayRefusalError(RefusalError):
    """The gateway's, e.g. `{"code":401,"message":"Unauthorized; scope does not match"}`."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, {"code": code, "message": message})


class UnknownSiteError(RefusalError):
    """The gateway's 404 for a cloud id that it does not know."""

    def __init__(self, path: str, now: float) -> None:
        body: dict[str, Any] = {
            "timestamp": datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds"),
            "status": 404,
            "error": "Not Found",
            "message": "No message available",
            "path": path,
        }
        super().__init__(404, body)
