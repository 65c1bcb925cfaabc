"""The three addresses for machines: `/healthz`, `/readyz`, `/metrics`. No sign-in, no session, no page.

The first two are for anybody and say nothing that matters. Metrics are for whoever shows the token; without a token for
this very machine, which is told by the peer's address and by nothing that a proxy may have passed on.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, cast

from flask import Blueprint, Request, Response, current_app, request
from sqlalchemy.exc import SQLAlchemyError

from helpdesk_core.host import current_host
from helpdesk_core.operations.metrics import Family, expose, settle
from helpdesk_core.operations.public_address import is_of_this_machine
from helpdesk_core.operations.readiness import REASONS, find_obstacle
from helpdesk_core.values import Secret

EXTENSION: Final = "helpdesk_probes"
"""`app.extensions` holds `Probes` under this."""
FORWARDED: Final = ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via")
SHUT: Final = (
    "Metrics are answered on the helpdesk's own machine only, at http://127.0.0.1. To read them from elsewhere, set "
    "HELPDESK_METRICS_TOKEN and send it as a bearer token.\n"
)
TOKEN_NEEDED: Final = "Send the value of HELPDESK_METRICS_TOKEN as a bearer token.\n"  # noqa: S105 - it names the variable
UNREADABLE: Final = "The database cannot be read. /readyz says why.\n"

blueprint = Blueprint("operations", __name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Probes:
    """What the three addresses need to know beside the host."""

    instance: str
    """The opaque name of this installation."""
    metrics_token: Secret | None = None
    families: Sequence[Family] = ()
    """Metrics of other concerns."""


@blueprint.get("/healthz")
def healthz() -> Response:
    """Say that the process answers, and whose it is. It asks nobody, the database neither."""
    return _json({"status": "ok", "instance": _probes().instance})


@blueprint.get("/readyz")
def readyz() -> Response:
    """Say whether the process can do its work."""
    obstacle = find_obstacle(current_host().database)
    if obstacle is None:
        return _json({"status": "ready"})
    told = {"status": "not ready", "reason": obstacle.value, "words": REASONS[obstacle]}
    return _json(told, HTTPStatus.SERVICE_UNAVAILABLE)


@blueprint.get("/metrics")
def metrics() -> Response:
    """Give the metrics to who may read them."""
    probes = _probes()
    if probes.metrics_token:
        if not _shows(request, probes.metrics_token):
            return _text(TOKEN_NEEDED, HTTPStatus.UNAUTHORIZED, {"WWW-Authenticate": "Bearer"})
    elif not _is_from_this_machine(request):
        return _text(SHUT, HTTPStatus.FORBIDDEN)
    settle(current_host())
    try:
        body, content_type = expose(current_host(), request.headers.get("Accept", ""), probes.families)
    except SQLAlchemyError:
        current_app.logger.warning("metrics cannot be read from the database")
        return _text(UNREADABLE, HTTPStatus.SERVICE_UNAVAILABLE)
    return Response(body, content_type=content_type, headers=_NOT_KEPT)


_NOT_KEPT: Final = {"Cache-Control": "no-store"}


def _probes() -> Probes:
    return cast("Probes", current_app.extensions[EXTENSION])


def _json(told: dict[str, str], status: int = HTTPStatus.OK) -> Response:
    return Response(json.dumps(told) + "\n", status, mimetype="application/json", headers=_NOT_KEPT)


def _text(words: str, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(words, status, mimetype="text/plain", headers={**_NOT_KEPT, **(headers or {})})


def _shows(asked: Request, token: Secret) -> bool:
    """Whether a request shows the token. Secrets are compared in constant time."""
    given = asked.authorization
    return given is not None and given.type == "bearer" and Secret(given.token or "") == token


def _is_from_this_machine(asked: Request) -> bool:
    """Whether a request was made on this machine, by all signs: one that a proxy here passes on bears another name."""
    if any(name in asked.headers for name in FORWARDED):
        return False
    return is_of_this_machine(asked.remote_addr or "") and is_of_this_machine(_host_name(asked))


def _host_name(asked: Request) -> str:
    host = asked.host
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
