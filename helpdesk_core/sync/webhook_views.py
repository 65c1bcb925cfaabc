"""`POST /webhooks/<integration>`: one address for all connections of an integration. Answers at once, works later."""

from __future__ import annotations

import logging
from typing import Final

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from helpdesk_core.connections.integration_settings import is_enabled
from helpdesk_core.errors import NotFound, Rejected
from helpdesk_core.host import current_host
from helpdesk_core.sync.deliveries import accept

log = logging.getLogger(__name__)

LARGEST: Final = 10 * 2**20
"""Jira's may have 25 MB, of which the helpdesk needs some bytes; polling finds what a larger one would have told."""
STATUSES: Final = {"unverified": 401, "unreadable": 400}

blueprint = Blueprint("webhooks", __name__)


@blueprint.post("/webhooks/<key>")
def receive(key: str) -> ResponseReturnValue:
    """Take a delivery. What is refused changes nothing, and the log says why; never what was sent."""
    host = current_host()
    request.max_content_length = LARGEST
    with host.database.read() as session:
        known = key in host.registry and is_enabled(session, key)
    if not known:
        log.warning("refused a delivery: there is no integration %r, or it is switched off", key[:31])
        return "There is nobody here who takes this.", 404
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        accept(host, host.registry.get(key), headers, request.get_data(cache=False))
    except RequestEntityTooLarge:
        log.warning("refused a delivery of %s: it is larger than %d MB", key, LARGEST // 2**20)
        return "This is too large.", 413
    except NotFound as error:
        log.warning("refused a delivery of %s: %s", key, error)
        return "There is nobody here who takes this.", 404
    except Rejected as refusal:
        log.warning("refused a delivery of %s (%s): %s", key, refusal.code, refusal.reason)
        return refusal.reason, STATUSES.get(refusal.code, 400)
    return "", 204
