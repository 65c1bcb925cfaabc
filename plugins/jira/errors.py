"""The one table of how Jira and Atlassian's gateway refuse, and what each refusal means for the helpdesk.

Four parties answer under ``https://api.atlassian.com``, and they are told apart by the body, not by the status:

* the gateway: ``{"code": 401, "message": …}`` or ``{"timestamp", "status", "error", "message", "path"}``;
* Jira: ``{"errorMessages": […], "errors": {…}}``, ``application/problem+json``, or plain text for a 401;
* an edge in front of both: HTML, or nothing;
* a healthy Jira that took us for anonymous: a 200 with ``x-seraph-loginreason: AUTHENTICATED_FAILED``.

Sources: ``jira-cloud-api.md`` §2.13 and §4; https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/#status-codes,
https://developer.atlassian.com/cloud/jira/platform/rate-limiting/; the recorded answers. ``docs/jira.md`` shows this
table to people.

A 403 or 404 does not always mean what it says: the gateway and Jira answer so to an expired token too (§2.13,
``masked-401-as-404``). Such a refusal is raised as `Doubtful`, and `plugins.jira.client` settles it by one call that
only a good token passes, before anybody believes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

import requests

from helpdesk_core.errors import AuthorizationLost, Extent, IntegrationError, Rejected, TemporarilyUnavailable
from plugins.jira.answers import Answer, Speaker
from plugins.jira.waiting import seconds_to_wait


class Unreadable(TemporarilyUnavailable):
    """An answer that is not what Atlassian documents; nothing in it is believed."""


class Witness(Enum):
    """The call that tells a real refusal from an expired token."""

    ACCOUNT = auto()
    """``/myself`` of the same site."""
    SITES = auto()
    """``accessible-resources``: needs no site, and lists the sites that the token reaches."""


class Doubtful(Rejected):
    """A refusal that an expired token can fake; `witness` names the call that settles it."""

    def __init__(self, reason: str, *, cure: str, code: str, witness: Witness, extent: Extent = Extent.CALL) -> None:
        super().__init__(reason, cure=cure, code=code, extent=extent)
        self.witness = witness


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """One row of the table: which answers, and what they mean."""

    code: str
    applies: Callable[[Answer], bool]
    family: type[IntegrationError]
    reason: str
    cure: str = ""
    witness: Witness = Witness.ACCOUNT
    extent: Extent = Extent.CALL
    is_outage: bool = True

    def error(self, answer: Answer) -> IntegrationError:
        """Make the error, with the remote system's own words and Atlassian's trace id."""
        reason = " ".join(part for part in (self.reason, answer.words, answer.trace) if part)
        if self.family is TemporarilyUnavailable:
            wait = seconds_to_wait(answer.response)
            return TemporarilyUnavailable(reason, retry_after=wait, extent=self.extent, is_outage=self.is_outage)
        if self.family is Doubtful:
            return Doubtful(reason, cure=self.cure, code=self.code, witness=self.witness, extent=self.extent)
        if self.family is Rejected:
            return Rejected(reason, cure=self.cure, code=self.code, extent=self.extent)
        return self.family(reason)


def _status(*statuses: int) -> Callable[[Answer], bool]:
    return lambda answer: answer.status in statuses


def _from(speaker: Speaker, *statuses: int) -> Callable[[Answer], bool]:
    return lambda answer: answer.status in statuses and answer.speaker is speaker


def _limit(*beginnings: str) -> Callable[[Answer], bool]:
    """Whether a rate limit was reached whose name begins so. Some answers of 503 name one too (facts §4)."""
    return lambda answer: answer.status in BUSY and answer.limit.startswith(beginnings)


BUSY: Final = (requests.codes.too_many_requests, requests.codes.service_unavailable)

TABLE: Final[tuple[Refusal, ...]] = (
    Refusal(
        code="login_failed",
        applies=lambda answer: answer.was_anonymous,
        family=AuthorizationLost,
        reason="Jira did not accept the saved authorization and answered as to a stranger.",
    ),
    Refusal(
        code="scope_missing",
        applies=lambda answer: answer.status == requests.codes.unauthorized and "scope" in answer.gateway_message,
        family=Rejected,
        reason="Atlassian says that the app lacks a permission (scope) for this.",
        cure="Tick all permissions in the developer console, then re-authorize the connection: a consent given "
        "earlier never gains one.",
        extent=Extent.OPERATION,
    ),
    Refusal(
        code="authorization_refused",
        applies=_status(401),
        family=AuthorizationLost,
        reason="Atlassian refuses the saved authorization.",
    ),
    Refusal(
        code="budget_spent",
        applies=_limit("jira-quota-", "jira-cost-based"),
        family=TemporarilyUnavailable,
        reason="Jira asks for no more calls for a while.",
        extent=Extent.CONNECTION,
        is_outage=False,
    ),
    Refusal(
        code="issue_busy",
        applies=_limit("jira-per-issue-on-write"),
        family=TemporarilyUnavailable,
        reason="Jira asks to leave this issue alone for a while.",
        extent=Extent.CALL,
        is_outage=False,
    ),
    Refusal(
        code="rate_limited",
        applies=lambda answer: answer.status == requests.codes.too_many_requests or _limit("jira-")(answer),
        family=TemporarilyUnavailable,
        reason="Jira asks for fewer calls for a while.",
        extent=Extent.OPERATION,
        is_outage=False,
    ),
    Refusal(
        code="permission_missing",
        applies=_from(Speaker.JIRA, 403),
        family=Rejected,
        reason="The connected Jira account may not do this.",
        cure="Give the account the permission in Jira; re-authorizing does not help.",
    ),
    Refusal(
        code="not_found",
        applies=_from(Speaker.JIRA, 404),
        family=Doubtful,
        reason="It does not exist in Jira, or the connected account may not see it.",
        cure="Check in Jira that it still exists and that the connected account can browse its project.",
        witness=Witness.ACCOUNT,
    ),
    Refusal(
        code="site_refused",
        applies=_status(403, 404),
        family=Doubtful,
        reason="Atlassian did not let the call through to this Jira site.",
        cure="Check that the connected account still has access to Jira on this site, and that no app access rule "
        "of your organization blocks the app.",
        witness=Witness.SITES,
        extent=Extent.CONNECTION,
    ),
    Refusal(
        code="conflict",
        applies=_status(409),
        family=TemporarilyUnavailable,  # facts §2.13: somebody else was faster; reading again and retrying helps
        reason="Somebody else changed the same thing in Jira at that moment.",
        is_outage=False,
    ),
    Refusal(
        code="removed",
        applies=_status(410),
        family=Rejected,
        reason="Atlassian has removed this part of Jira's interface.",
        cure="Update the helpdesk's Jira plugin.",
    ),
    Refusal(
        code="limit_reached",
        applies=_status(413),
        family=Rejected,
        reason="Jira's limit for this is reached.",
        cure="Make room in Jira, such as on the issue that has too many comments, links or attachments.",
    ),
    Refusal(
        code="overloaded",
        applies=_status(503),
        family=TemporarilyUnavailable,
        reason="Jira cannot answer now.",
        extent=Extent.OPERATION,
    ),
    Refusal(
        code="outage",
        applies=lambda answer: answer.status >= requests.codes.server_error or answer.status in (408, 425),
        family=TemporarilyUnavailable,
        reason="Jira cannot answer now.",
    ),
    Refusal(
        code="invalid",
        applies=lambda answer: answer.status >= requests.codes.bad_request,
        family=Rejected,
        reason="Jira refused the request.",
        cure="What Jira says tells what to change; if it does not, report this with the trace id.",
    ),
    Refusal(
        code="redirected",
        applies=lambda answer: not requests.codes.ok <= answer.status < requests.codes.multiple_choices,
        family=Unreadable,
        reason="Atlassian answered with a redirect, which its interface never does.",
    ),
)


def refusal_of(
    response: requests.Response, *, secrets: tuple[str, ...] = (), first: tuple[Refusal, ...] = ()
) -> IntegrationError | None:
    """Return what `response` refuses, as the error to raise; None for a success.

    Args:
        secrets: texts that were sent; they are blotted out where an answer repeats them.
        first: rows that this call has before the table's own.
    """
    answer = Answer(response, secrets)
    row = next((row for row in (*first, *TABLE) if row.applies(answer)), None)
    return row.error(answer) if row else None


@contextmanager
def renamed(**codes: str) -> Iterator[None]:
    """Call settled refusals what the seam calls them: ``renamed(not_found="gone")``."""
    try:
        yield
    except Rejected as refusal:
        if refusal.code not in codes:
            raise
        raise Rejected(refusal.reason, cure=refusal.cure, code=codes[refusal.code], extent=refusal.extent) from refusal


def unreachable(party: str, error: requests.RequestException) -> TemporarilyUnavailable:
    """Name a call that got no answer; the exception's own text is left out, for it holds the address."""
    if isinstance(error, requests.Timeout):
        return TemporarilyUnavailable(f"{party} did not answer in time.")
    return TemporarilyUnavailable(f"{party} could not be reached ({type(error).__name__}).")
