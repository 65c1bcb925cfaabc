"""Consents, authorization codes and token families: pure rules, told the time from outside.

Sources: https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/ (codes, rotation,
reuse leeway, inactivity), https://developer.atlassian.com/cloud/oauth/getting-started/refresh-tokens/
and the community posts named in facts §1.3-1.5 (family revocation, absolute lifetime).
Not published, and decided here: a second exchange inside the leeway yields another new pair, and
the first one stays good.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from plugins.jira.simulator.clock import DAY, HOUR, MINUTE
from plugins.jira.simulator.scopes import OFFLINE_ACCESS

if TYPE_CHECKING:
    from collections.abc import Iterable

REUSE_LEEWAY: Final = 10 * MINUTE
INACTIVITY: Final = 90 * DAY
ABSOLUTE: Final = 365 * DAY


class InvalidCodeError(Exception):
    """The code is unknown, used, expired, or was issued for another redirect_uri."""


class InvalidRefreshTokenError(Exception):
    """The refresh token is unknown, rotated away, expired or revoked."""


@dataclass(slots=True)
class Grant:
    """What one account allowed the app: one per account, however often it consents (D1)."""

    account: str
    scopes: tuple[str, ...]
    sites: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Family:
    """All tokens that descend from one consent."""

    grant: Grant
    sites: list[str]
    consented: float
    revoked: bool = False


@dataclass(slots=True)
class _Code:
    family: Family
    redirect_uri: str
    issued: float
    used: bool = False


@dataclass(slots=True)
class _RefreshToken:
    family: Family
    issued: float
    used: float | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """What a live access token reaches."""

    family: Family
    scopes: tuple[str, ...]
    issued: float
    expires: float

    @property
    def account(self) -> str:
        return self.family.grant.account

    @property
    def sites(self) -> list[str]:
        return self.family.sites


@dataclass(frozen=True, slots=True)
class Tokens:
    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    scopes: tuple[str, ...]
    expires_in: int


class Grants:
    """Every consent given to the app, and every code and token that came of it."""

    def __init__(self, *, per_resource: bool = False) -> None:
        self.per_resource = per_resource
        self.code_lifetime = 10 * MINUTE
        self.access_lifetime = HOUR
        self._grants: dict[str, Grant] = {}
        self._codes: dict[str, _Code] = {}
        self._access: dict[str, Access] = {}
        self._refresh: dict[str, _RefreshToken] = {}

    def consent(
        self,
        account: str,
        sites: Iterable[str],
        scopes: Iterable[str],
        *,
        redirect_uri: str,
        now: float,
    ) -> str:
        """Record a consent and return its code.

        Sites add up over consents (account-level access), scopes are those of the newest one; with
        resource-level access a token reaches only the sites picked in its own consent (D1).
        """
        grant = self._grants.setdefault(account, Grant(account, ()))
        grant.scopes = tuple(scopes)
        chosen = list(sites)
        grant.sites.extend(site for site in chosen if site not in grant.sites)
        family = Family(grant, chosen if self.per_resource else grant.sites, consented=now)
        code = secrets.token_urlsafe(32)
        self._codes[code] = _Code(family, redirect_uri, issued=now)
        return code

    def redeem(self, code: str, redirect_uri: str, now: float) -> Tokens:
        found = self._codes.get(code)
        if (
            found is None
            or found.used
            or found.family.revoked
            or found.redirect_uri != redirect_uri
            or now - found.issued > self.code_lifetime
        ):
            raise InvalidCodeError
        found.used = True
        return self._issue(found.family, now)

    def refresh(self, token: str, now: float) -> Tokens:
        found = self._refresh.get(token)
        if found is None or found.family.revoked or now - found.family.consented > ABSOLUTE:
            raise InvalidRefreshTokenError
        if found.used is None and now - found.issued > INACTIVITY:
            raise InvalidRefreshTokenError
        if found.used is not None and now - found.used > REUSE_LEEWAY:
            found.family.revoked = True  # a breach: somebody else holds the successor
            raise InvalidRefreshTokenError
        if found.used is None:
            found.used = now
        return self._issue(found.family, now)

    def access(self, token: str, now: float) -> Access | None:
        found = self._access.get(token)
        if found is None or now >= found.expires:
            return None
        return found

    def grant_of(self, account: str) -> Grant | None:
        return self._grants.get(account)

    def revoke(self, account: str) -> None:
        """The account removes the app: it stops working everywhere at once (facts §1.6)."""
        self._grants.pop(account, None)
        self.end_tokens(account)

    def forget_site(self, site: str) -> None:
        """The app is uninstalled from a site: no grant reaches it any more, nor any token (facts §1.6)."""
        reached = [grant.sites for grant in self._grants.values()]
        reached += [family.sites for family in self._families()]
        for sites in reached:
            if site in sites:
                sites.remove(site)

    def end_tokens(self, account: str) -> None:
        """The account is deactivated: its tokens stay dead when it comes back, and its grant stands."""
        self.revoke_refresh_tokens(account)
        self._access = {token: access for token, access in self._access.items() if access.account != account}

    def revoke_refresh_tokens(self, account: str) -> None:
        """What a changed password does: live access tokens run out, nothing renews them (D1)."""
        for family in self._families():
            if family.grant.account == account:
                family.revoked = True

    def expire_access_tokens(self, *, issued_by: float) -> None:
        self._access = {token: access for token, access in self._access.items() if access.issued > issued_by}

    def _families(self) -> list[Family]:
        held: list[_Code | _RefreshToken | Access] = [*self._codes.values(), *self._refresh.values()]
        return [each.family for each in [*held, *self._access.values()]]

    def _issue(self, family: Family, now: float) -> Tokens:
        scopes = family.grant.scopes
        access_token = secrets.token_urlsafe(48)
        self._access[access_token] = Access(family, scopes, issued=now, expires=now + self.access_lifetime)
        refresh_token = None
        if OFFLINE_ACCESS in scopes:
            refresh_token = secrets.token_urlsafe(48)
            self._refresh[refresh_token] = _RefreshToken(family, issued=now)
        return Tokens(access_token, refresh_token, scopes, int(self.access_lifetime))
