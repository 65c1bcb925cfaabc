"""The address to which remote systems deliver: verified, stored, answered at once. No sign-in, no form, no page.

Answers are empty and tell by their status alone, since the sender is a machine and may be anybody. What is refused is
logged with a short code; what was sent never is.
"""

from __future__ import annotations

import logging
from typing import Final

from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from helpdesk_core.errors import IntegrationError, NotFound, Rejected
from helpdesk_core.host import current_host
from helpdesk_core.sync.deliveries import accept

log = logging.getLogger(__name__)

blueprint = Blueprint("webhooks", __name__)

LARGEST: Final = 10 * 2**20
"""Bytes of a delivery. An issue with long texts is larger than any form of ours; Atlassian sends up to 25 MB."""
STATUSES: Final = {"unverified": 401, "unreadable": 400}
"""What to answer a refused delivery, by the code of the refusal; any other is a fault of the plugin, to be retried."""


@blueprint.post("/webhooks/<key>")
def take(key: str) -> Response:
    """Take one delivery."""
    request.max_content_length = LARGEST
    try:
        headers = {name.lower(): value for name, value in request.headers.items()}
        accept(current_host(), key, headers, request.get_data(cache=False))
    except NotFound:
        return _refuse(key, 404, "unknown")
    except RequestEntityTooLarge:
        return _refuse(key, 413, "too_large")
    except Rejected as error:
        return _refuse(key, STATUSES.get(error.code, 500), error.code)
    except IntegrationError as error:
        return _refuse(key, 503, type(error).__name__)
    return Response(status=204)


def _refuse(key: str, status: int, code: str) -> Response:
    log.warning("a delivery to %r was refused: %s", key[:31], code)  # %r: the key is the sender's word
    return Response(status=status)
