"""Dates in JQL: a time ago, or a moment by the clock of the calling account (facts §2.9).

Jira reads `updated >= "2026-11-24 09:00"` in the time zone of the account's profile, which a client
must know, and `-15m` as so long before now, which it need not.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from plugins.jira.simulator.clock import DAY, HOUR, MINUTE
from plugins.jira.simulator.jql import JqlError

PERIOD: Final = re.compile(r"([+-]?)((?:\d+[wdhm]\s*)+)")
STEP: Final = re.compile(r"(\d+)([wdhm])")
SECONDS: Final = {"w": 7 * DAY, "d": DAY, "h": HOUR, "m": MINUTE}
FORMATS: Final = ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d")


def moment(given: str, *, field: str, now: float, time_zone: str) -> float:
    """The moment in seconds since the epoch, or JqlError in Jira's words."""
    text = given.strip()
    if period := PERIOD.fullmatch(text):
        length = sum(int(count) * SECONDS[unit] for count, unit in STEP.findall(period[2]))
        return now - length if period[1] == "-" else now + length
    for form in FORMATS:
        try:
            read = datetime.strptime(text, form).replace(tzinfo=ZoneInfo(time_zone))
        except ValueError:
            continue
        return read.timestamp()
    raise JqlError(
        f"Date value '{given}' for field '{field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', "
        "'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."
    )
