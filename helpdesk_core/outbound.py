"""The one factory of HTTP sessions for calls to remote systems.

Time-outs belong to the session, not to each call: a call site that forgets one would hang a worker for ever.
"""

from __future__ import annotations

from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter

from helpdesk_core import __version__

CONNECT_TIMEOUT_S: Final = 5.0
READ_TIMEOUT_S: Final = 20.0


class _TimeoutAdapter(HTTPAdapter):
    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        # requests passes everything by name; the named parameters would only be handed on
        if options.get("timeout") is None:
            options["timeout"] = (CONNECT_TIMEOUT_S, READ_TIMEOUT_S)
        return super().send(request, **options)


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def new_session() -> requests.Session:
    """Make a session with time-outs and our user agent. Proxies come from the environment, as usual."""
    session = requests.Session()
    session.mount("https://", _TimeoutAdapter())
    session.mount("http://", _TimeoutAdapter())
    session.headers["User-Agent"] = f"helpdesk/{__version__}"
    session.auth = _unchanged  # with none, requests would put a .netrc entry over our Authorization header
    return session
