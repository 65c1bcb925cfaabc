"""How moments are written on pages: one absolute form, in UTC, so that two people talk of the same minute."""

from __future__ import annotations

from datetime import datetime

from markupsafe import Markup


def moment(time: datetime) -> Markup:
    """Return a point in time as an HTML `time` element, such as 24 Nov 2026, 09:12 UTC."""
    return Markup('<time datetime="{}">{}</time>').format(time.isoformat(), plainly(time))


def plainly(time: datetime) -> str:
    """Return a point in time as plain text, for sentences that are stored: 24 Nov 2026, 09:12 UTC."""
    return f"{time:%-d %b %Y, %H:%M} UTC"
