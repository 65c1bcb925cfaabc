"""The one place that says what each of Roundup's refusals means for the helpdesk.

Statuses as ``roundup/rest.py`` gives them: 400 for a request that it does not understand, 403 for a missing
permission, 405 for what a tracker's own rules (auditors) reject, 409 for a value that does not fit, 412 for an ETag
that is stale, 429 for a spent budget. A 404 counts only where Roundup itself says it: with the REST interface
switched off, every address under ``rest/`` answers 404 with a page, and no issue is gone for it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import requests

from helpdesk_core.errors import AuthorizationLost, Extent, IntegrationError, Rejected, TemporarilyUnavailable
from helpdesk_roundup.answers import NotRoundup, words_of

LONGEST_WAIT: Final = 24 * 3600.0
BROKE: Final = "Please check the server log"
"""How Roundup says, by a 400, that it broke: for instance because somebody else held its database."""
ORIGIN: Final = frozenset({"Required Header Missing", "Client is not allowed to use Rest Interface"})
NO_REST: Final = "Forbidden"
"""Its whole sentence for an account without Rest Access; other missing permissions are named."""
REQUIRED: Final = re.compile(r"\brequired\b|\bmust (be|provide|supply)\b", re.IGNORECASE)
PERMISSION_CURE: Final = "Give the account's role this permission in the tracker; re-authorizing does not help."


def refusal_of(response: requests.Response, *, secrets: tuple[str, ...] = ()) -> IntegrationError | None:
    """Return what an answer refuses, as the error to raise; None for a success.

    Args:
        response: any HTTP answer.
        secrets: what was sent in secret, to be blotted out of Roundup's words.
    """
    status = response.status_code
    if requests.codes.ok <= status < requests.codes.multiple_choices:
        return None
    if status == requests.codes.unauthorized:
        return AuthorizationLost("Roundup refuses the login name or the password.")
    if limited := _limited(response):
        return limited
    if words := words_of(response, secrets):
        return _said(status, words)
    if status < requests.codes.bad_request:
        return NotRoundup("The tracker's address answers with a redirect, which Roundup's REST interface never does.")
    return NotRoundup(f"The tracker's address answered with the status {status}, but not as Roundup does.")


def _limited(response: requests.Response) -> TemporarilyUnavailable | None:
    """Return what passes by itself, whoever says it and however."""
    status = response.status_code
    if status == requests.codes.too_many:
        return TemporarilyUnavailable(
            "Roundup asks for fewer calls for a while.",
            retry_after=seconds_to_wait(response),
            extent=Extent.CONNECTION,  # its limit counts all calls of one account
            is_outage=False,
        )
    if status >= requests.codes.server_error or status in (requests.codes.request_timeout, requests.codes.too_early):
        return TemporarilyUnavailable("Roundup cannot answer now.", retry_after=seconds_to_wait(response))
    return None


def _said(status: int, words: str) -> IntegrationError:
    """Return what Roundup itself refused."""
    said = f"It says: “{words}”."
    if status == requests.codes.bad_request and BROKE in words:
        return TemporarilyUnavailable("Roundup broke while it answered; its log says why.")
    if status == requests.codes.bad_request and words in ORIGIN:
        return Rejected(
            f"Roundup does not let the helpdesk in under this address. {said}",
            cure="Connect by the very address that stands as web under [tracker] in the tracker's config.ini, or let "
            "its administrator add this one to allowed_api_origins.",
            code="origin_refused",
            extent=Extent.CONNECTION,
        )
    if status == requests.codes.forbidden:
        return _forbidden(words)
    if status in (requests.codes.not_found, requests.codes.gone):
        return gone(said)
    if status == requests.codes.precondition_failed:
        return Rejected("Somebody changed it in Roundup at this moment.", cure="Try again.", code="stale")
    demands = status in (requests.codes.not_allowed, requests.codes.bad_request) and REQUIRED.search(words)
    return Rejected(
        f"Roundup refused it. {said}",
        cure="What Roundup says tells what to change.",
        code="field_required" if demands else "refused",
    )


def _forbidden(words: str) -> Rejected:
    if words == NO_REST:
        return Rejected(
            "The account may not use Roundup's REST interface.",
            cure="Give its role the permission Rest Access in the tracker.",
            code="no_permission",
            extent=Extent.CONNECTION,
        )
    reason = f"The account may not do this in Roundup. It says: “{words}”."
    return Rejected(reason, cure=PERMISSION_CURE, code="no_permission")


def gone(detail: str = "") -> Rejected:
    """Return the refusal for an item that is retired, destroyed, or hidden from the account."""
    return Rejected(
        " ".join(part for part in ("It does not exist in Roundup, or the account may not see it.", detail) if part),
        cure="Check in the tracker that it is still there and that the helpdesk's account may see it.",
        code="gone",
    )


@contextmanager
def patient() -> Iterator[None]:
    """Take a stale ETag for a moment that passes: where nothing was planned, asking again mends it."""
    try:
        yield
    except Rejected as refusal:
        if refusal.code != "stale":
            raise
        raise TemporarilyUnavailable(refusal.reason, retry_after=1, is_outage=False) from refusal


def unreachable(error: requests.RequestException) -> TemporarilyUnavailable:
    """Name a call that got no answer. The exception's own text is left out: it holds the address and more."""
    if isinstance(error, requests.Timeout):
        return TemporarilyUnavailable("Roundup did not answer in time.")
    return TemporarilyUnavailable(f"Roundup could not be reached ({type(error).__name__}).")


def seconds_to_wait(response: requests.Response) -> float | None:
    """Return how long Roundup asks to be left alone: ``Retry-After``, or else when its budget is whole again."""
    wait = number(response, "Retry-After")
    if wait is None and response.status_code == requests.codes.too_many:
        wait = number(response, "X-RateLimit-Reset")
    return None if wait is None else min(max(wait, 0.0), LONGEST_WAIT)


def number(response: requests.Response, header: str) -> float | None:
    """Return a header that is a number; None where it is not."""
    try:
        found = float(response.headers.get(header, ""))
    except ValueError:
        return None
    return found if math.isfinite(found) else None
