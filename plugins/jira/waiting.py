"""How long Atlassian asks to be left alone, from the headers of a 429 or 503. Needs no clock of ours."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import requests

LONGEST: Final = 24 * 3600.0
"""Quotas return within the hour; a day is more than any honest answer asks for."""


def seconds_to_wait(response: requests.Response) -> float | None:
    """Return how many seconds to wait at least, or None where the answer does not say.

    ``Retry-After`` is documented in seconds; HTTP also allows a date. ``X-RateLimit-Reset`` is documented as ISO 8601
    on a 429, and recorded as epoch seconds: both are read. It stands on good answers too, so it counts on a 429 only.
    """
    wait = _retry_after(response)
    if wait is None and response.status_code == requests.codes.too_many_requests:
        wait = _until(response, _moment(response.headers.get("X-RateLimit-Reset", "")))
    return None if wait is None else min(max(wait, 0.0), LONGEST)


def _retry_after(response: requests.Response) -> float | None:
    text = response.headers.get("Retry-After", "")
    seconds = _number(text)
    return _until(response, _http_date(text)) if seconds is None else seconds


def _until(response: requests.Response, moment: datetime | None) -> float | None:
    """Reckon from the answer's own ``Date``, so that a wrong clock on either side does no harm."""
    if moment is None:
        return None
    now = _http_date(response.headers.get("Date", "")) or datetime.now(UTC)
    return (moment - now).total_seconds()


def _moment(text: str) -> datetime | None:
    seconds = _number(text)
    try:
        moment = datetime.fromisoformat(text) if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
