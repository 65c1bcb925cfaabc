"""Jira Cloud's REST v3 as far as we call it: one method for each endpoint, always to the last page.

All calls go through the gateway, ``https://api.atlassian.com/ex/jira/{cloudid}``: a site's own address does not take
these tokens, and changes when the site is renamed (``jira-cloud-api.md`` §1.5, §5).
https://developer.atlassian.com/cloud/jira/platform/rest/v3/
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NoReturn, Self
from urllib.parse import quote

import requests

from helpdesk_core.errors import AuthorizationLost, Extent, Rejected
from helpdesk_core.values import ConnectionView, Secret, Usage
from plugins.jira.errors import Doubtful, Refusal, Unreadable, Witness
from plugins.jira.payloads import (
    AccountPayload,
    IssueTypePayload,
    Json,
    ProjectPayload,
    RegistrationPayload,
    StatusPayload,
    WebhookPayload,
    as_object,
    read_account,
    read_all,
    read_issue_type,
    read_moment,
    read_project,
    read_registration,
    read_status,
    read_webhook,
    unique,
)
from plugins.jira.settings import api_address
from plugins.jira.sites import accessible_sites
from plugins.jira.transport import Query, Transport


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """How an offset-paged list looks, which Jira does not do alike everywhere (``jira-cloud-api.md`` §2.1)."""

    member: str = "values"
    """Under which name a page holds its items."""
    identity: str = "id"
    """The member by which an item is known again."""
    most: int = 100
    """The most that one page gives; of ``/project/search`` and ``/webhook`` it is a hundred."""

    def name_of(self, item: Json) -> str:
        """Return what tells an item from the others."""
        return str(item.get(self.identity))


USUAL: Final = Listing()
SITE_GONE: Final = "The authorization is good, but it does not reach this Jira site any more."
SITE_GONE_CURE: Final = (
    "Somebody removed the app from the site, or the site is gone. If it is still there, re-authorize and choose it; if "
    "not, disconnect."
)


class JiraClient:
    """Calls one Jira site with one access token."""

    def __init__(
        self,
        http: requests.Session,
        api_url: str,
        cloud_id: str,
        access_token: Secret,
        spend: Callable[[Usage], None] | None = None,
    ) -> None:
        self._transport = Transport(http, access_token, spend)
        self._api_url = api_url
        self._cloud_id = cloud_id

    @classmethod
    def of(cls, connection: ConnectionView) -> Self:
        """Return the client for a connection."""
        return cls(
            connection.http,
            api_address(connection.settings),
            connection.workspace.id,
            connection.credentials.access_token,
            connection.spend,
        )

    def myself(self) -> AccountPayload:
        """``GET /myself``: the account that the token acts for. Needs ``read:jira-user``."""
        return read_account(self._get("/myself"))

    def projects(self) -> list[ProjectPayload]:
        """``GET /project/search``: the projects, live and archived, whose issues the account can browse.

        Jira documents 404 for "none matches" beside the empty page, so both are an empty list.
        """
        query: Query = {"action": "browse", "status": ["live", "archived"], "orderBy": "key"}
        try:
            return [read_project(item) for item in self._pages("/project/search", query)]
        except Rejected as refusal:
            if refusal.code != "not_found":
                raise
            return []

    def statuses(self) -> list[StatusPayload]:
        """``GET /status``: every status of an active workflow. Unpaged."""
        return unique(read_all(self._get("/status"), read_status), key=lambda status: status["id"])

    def project_statuses(self, project_id: str) -> list[IssueTypePayload]:
        """``GET /project/{id}/statuses``: the project's issue types with the statuses of each. Unpaged."""
        return read_all(self._get(f"/project/{quote(project_id, safe='')}/statuses"), read_issue_type)

    def webhooks(self) -> list[WebhookPayload]:
        """``GET /webhook``: the webhooks that this app registered. Needs ``manage:jira-webhook``."""
        return [read_webhook(item) for item in self._pages("/webhook", {})]

    def delete_webhooks(self, webhook_ids: list[int]) -> None:
        """``DELETE /webhook``: remove webhooks; numbers that are not ours are passed over by Jira."""
        self._send("DELETE", "/webhook", {"webhookIds": webhook_ids})

    def register_webhook(self, url: str, jql: str, events: list[str]) -> RegistrationPayload:
        """``POST /webhook``: register one. 200 is no success yet: the answer may hold ``errors`` (facts §3.1)."""
        body = {"url": url, "webhooks": [{"events": events, "jqlFilter": jql}]}
        return read_registration(self._ask("POST", "/webhook", body))

    def refresh_webhooks(self, webhook_ids: list[int]) -> datetime | None:
        """``PUT /webhook/refresh``: another 30 days; numbers that are not ours are passed over without a word."""
        answer = as_object(self._ask("PUT", "/webhook/refresh", {"webhookIds": webhook_ids}))
        return read_moment(answer.get("expirationDate"))

    def _url(self, path: str) -> str:
        return f"{self._api_url}/ex/jira/{quote(self._cloud_id, safe='')}/rest/api/3{path}"

    def _get(self, path: str, query: Query | None = None, refusals: tuple[Refusal, ...] = ()) -> object:
        return self._ask("GET", path, query=query, refusals=refusals)

    def _ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Query | None = None,
        refusals: tuple[Refusal, ...] = (),
    ) -> object:
        """Make a call for which JSON comes back."""
        try:
            return self._transport.ask(method, self._url(path), query=query, body=body, refusals=refusals)
        except Doubtful as refusal:
            self._settle(refusal)
        except AuthorizationLost as lost:
            self._confirm(lost)

    def _send(self, method: str, path: str, body: object = None, refusals: tuple[Refusal, ...] = ()) -> None:
        """Send JSON for which nothing of use comes back."""
        try:
            self._transport.send(method, self._url(path), body=body, refusals=refusals)
        except Doubtful as refusal:
            self._settle(refusal)
        except AuthorizationLost as lost:
            self._confirm(lost)

    def _pages(
        self, path: str, query: Query, listing: Listing = USUAL, refusals: tuple[Refusal, ...] = ()
    ) -> Iterator[Json]:
        """Walk an offset-paged list to its end, each item once.

        The next request is built here: an answer's ``nextPage`` points at the site's own host, not at the gateway.
        A server may give fewer items than asked for, so the offset goes by what came; a list that changes meanwhile
        repeats an item; a page of nothing but repeats would go on for ever.
        """
        start, seen = 0, set[str]()
        while True:
            page = as_object(self._get(path, {**query, "startAt": start, "maxResults": listing.most}, refusals))
            items = read_all(page.get(listing.member), as_object)
            fresh = unique((item for item in items if listing.name_of(item) not in seen), key=listing.name_of)
            if items and not fresh:
                raise Unreadable("Jira answered with the same page again, so its list has no end.")
            yield from fresh
            seen.update(listing.name_of(item) for item in fresh)
            start += len(items)
            if not items or _is_last(page, start):
                return

    def _settle(self, refusal: Doubtful) -> NoReturn:
        """Believe a refusal only after a call has succeeded that no expired token passes.

        An expired token makes the witness raise `AuthorizationLost`: the helpdesk then refreshes once and tries again.
        A token that is good leaves the refusal standing, so a site that is gone is never taken for a lost
        authorization, however often the token is renewed.
        """
        if refusal.witness is Witness.ACCOUNT and self._is_known():
            raise Rejected(refusal.reason, cure=refusal.cure, code=refusal.code, extent=refusal.extent) from refusal
        self._check_site()
        raise Rejected(refusal.reason, cure=refusal.cure, code=refusal.code, extent=refusal.extent) from refusal

    def _confirm(self, lost: AuthorizationLost) -> NoReturn:
        """Believe that the authorization is lost only where it is: for a site that the app was removed from the
        gateway answers 401 to a good token too, and renewing it would not help.
        """
        self._check_site()
        raise lost

    def _check_site(self) -> None:
        """Refuse a site that a good token does not reach; a token that is not good raises `AuthorizationLost`."""
        if not accessible_sites(self._transport, self._api_url).reach(self._cloud_id):
            raise Rejected(SITE_GONE, cure=SITE_GONE_CURE, code="site_gone", extent=Extent.CONNECTION)

    def _is_known(self) -> bool:
        try:
            self._transport.get(self._url("/myself"))
        except Doubtful:
            return False  # not settled on this site: the other witness, which needs no site, decides
        return True


def _is_last(page: Json, reached: int) -> bool:
    """Whether the list ends here; ``isLast`` is believed before ``total``."""
    if isinstance(page.get("isLast"), bool):
        return bool(page["isLast"])
    total = page.get("total")
    return isinstance(total, int) and reached >= total
