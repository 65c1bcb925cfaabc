"""What one call cost of Jira's hourly budget, and what is left of it.

A read costs one point and one more for each thing in its answer (two for a person or a permission), a write one
(``jira-cloud-api.md`` §4; https://developer.atlassian.com/cloud/jira/platform/rate-limiting/). Jira does not tell the
cost of a call, so it is reckoned here; what is left stands in the structured header ``RateLimit``, which bore the
prefix ``Beta-`` while it was announced.
"""

from __future__ import annotations

import re
from typing import Final

import requests

from helpdesk_core.values import Usage

LISTS: Final = ("issues", "values", "transitions", "workflows", "permissions", "comments", "issueTypes")
"""Under which names answers hold their things."""
DEAR: Final = re.compile(r"/(myself|mypermissions|user/[\w/]+)$")
"""What tells of people and permissions, which cost two points each."""
READ_BY_POST: Final = re.compile(r"/(search/jql|issue/bulkfetch|workflows|comment/list)$")
QUOTA: Final = re.compile(r'"[\w-]*app-quota"')
NUMBER: Final = re.compile(r";\s*([qrt])=(\d{1,12})")


def usage_of(method: str, response: requests.Response, body: object) -> Usage:
    """Return what a call cost and what is left."""
    told = _numbers(response, "RateLimit") | _numbers(response, "RateLimit-Policy")
    resets_in = told.get("t")
    return Usage(
        points=_points(method, response, body),
        left=told.get("r"),
        limit=told.get("q"),
        resets_in=None if resets_in is None else float(resets_in),
    )


def _points(method: str, response: requests.Response, body: object) -> int:
    path = response.url.partition("?")[0]
    if "/rest/api/3/" not in path or response.status_code == requests.codes.too_many_requests:
        return 0
    if not response.ok or (method != "GET" and not READ_BY_POST.search(path)):
        return 1
    return 1 + _things(body) * (2 if DEAR.search(path) else 1)


def _things(body: object) -> int:
    if isinstance(body, list):
        return len(body)
    if not isinstance(body, dict):
        return 0
    listed = [body[name] for name in LISTS if name in body and "id" not in body]
    return len(listed[0]) if listed and isinstance(listed[0], list | dict) else 1


def _numbers(response: requests.Response, header: str) -> dict[str, int]:
    """Read ``"global-app-quota";r=64990;t=1200``; of other quotas nothing."""
    text = response.headers.get(header) or response.headers.get(f"Beta-{header}", "")
    quota = next((part for part in text.split(",") if QUOTA.search(part)), "")
    return {name: int(number) for name, number in NUMBER.findall(quota)}
