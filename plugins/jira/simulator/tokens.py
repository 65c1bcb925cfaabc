"""auth.atlassian.com/oauth/token, and what the bare API host tells about a token.

Statuses and bodies after facts §1.3; the refusal of a dead refresh token is 403 as documented
(https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/, recorded
error-403-token-invalid-grant). Only `application/json` is documented, so only that is read.
The status for a wrong client secret is not confirmed; 401 is taken here.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, jsonify, request

from plugins.jira.simulator import shapes
from plugins.jira.simulator.gateway import live_access
from plugins.jira.simulator.grants import InvalidCodeError, InvalidRefreshTokenError
from plugins.jira.simulator.scopes import product_of

if TYPE_CHECKING:
    from plugins.jira.simulator.grants import Access, Tokens
    from plugins.jira.simulator.state import State
    from plugins.jira.simulator.world import App, Site

NEEDED: Final = {
    "authorization_code": ("client_id", "client_secret", "code", "redirect_uri"),
    "refresh_token": ("client_id", "client_secret", "refresh_token"),
}
GRANT_TYPES: Final = "authorization_code, refresh_token, client_credentials"


class TokenRefusedError(Exception):
    """The token endpoint's `{"error", "error_description"}`."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.body = {"error": error, "error_description": description}


def blueprint(state: State) -> Blueprint:
    made = Blueprint("oauth", __name__)

    def token() -> Response:
        try:
            answer = jsonify(_token_body(_exchange(state)))
        except TokenRefusedError as refusal:
            answer = jsonify(refusal.body)
            answer.status_code = refusal.status
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def accessible_resources() -> Response:
        access = live_access(state)
        return jsonify(_resources(state, access)) if access else _unauthorized()

    def me() -> Response:
        access = live_access(state)
        if access is None:
            return _unauthorized()
        if "read:me" not in access.scopes:
            return _unauthorized("Unauthorized; scope does not match")
        return jsonify(_me(state, access))

    made.add_url_rule("/oauth/token", "token", token, methods=["POST"])
    made.add_url_rule("/oauth/token/accessible-resources", "accessibleResources", accessible_resources)
    made.add_url_rule("/me", "me", me)
    return made


def _exchange(state: State) -> Tokens:
    asked = _asked()
    _check_client(state.app, asked)
    now = state.clock.now()
    try:
        if asked["grant_type"] == "authorization_code":
            return state.grants.redeem(asked["code"], asked["redirect_uri"], now)
        return state.grants.refresh(asked["refresh_token"], now)
    except InvalidCodeError:
        raise TokenRefusedError(400, "invalid_request", "authorization_code is invalid") from None
    except InvalidRefreshTokenError:
        raise TokenRefusedError(403, "invalid_grant", "Unknown or invalid refresh token.") from None


def _asked() -> dict[str, str]:
    asked = request.get_json(silent=True) if request.is_json else None
    if not isinstance(asked, dict):
        raise TokenRefusedError(400, "invalid_request", "Incorrect request parameters")
    needed = NEEDED.get(str(asked.get("grant_type")))
    if needed is None:
        description = f"grant_type must be one of [{GRANT_TYPES}]"
        raise TokenRefusedError(400, "invalid_request", description)
    if not all(isinstance(asked.get(name), str) and asked[name] for name in needed):
        raise TokenRefusedError(400, "invalid_request", "Incorrect request parameters")
    return asked


def _check_client(app: App, asked: dict[str, str]) -> None:
    known = _same(asked["client_id"], app.client_id)
    right = _same(asked["client_secret"], app.client_secret)
    if not (known and right):
        raise TokenRefusedError(401, "access_denied", "Unauthorized")


def _same(given: str, expected: str) -> bool:
    """Compare in constant time; JSON may carry half characters, which have no plain bytes."""
    return secrets.compare_digest(given.encode(errors="surrogatepass"), expected.encode())


def _token_body(tokens: Tokens) -> dict[str, Any]:
    body: dict[str, Any] = {
        "access_token": tokens.access_token,
        "expires_in": tokens.expires_in,
        "scope": " ".join(tokens.scopes),
        "token_type": "Bearer",
    }
    if tokens.refresh_token is not None:
        body["refresh_token"] = tokens.refresh_token
    return body


def _resources(state: State, access: Access) -> list[dict[str, Any]]:
    """One entry per product of each site: an id may stand twice (facts §1.5)."""
    found: list[dict[str, Any]] = []
    for live in state.sites_of(access.account):
        if live.site.id not in access.sites:
            continue
        found.extend(_resource(live.site, _scopes_for(product, state.app, access)) for product in live.site.products)
    return found


def _resource(site: Site, scopes: list[str]) -> dict[str, Any]:
    return {
        "id": site.id,
        "url": shapes.site_url(site),
        "name": site.name,
        "scopes": scopes,
        "avatarUrl": f"{shapes.site_url(site)}/avatars/site.png",
    }


def _scopes_for(product: str, app: App, access: Access) -> list[str]:
    """Jira's are the token's. Confluence's are the app's: what they mean is undocumented."""
    source = access.scopes if product == "jira" else app.scopes
    return [scope for scope in source if product_of(scope) == product]


def _me(state: State, access: Access) -> dict[str, Any]:
    account = state.accounts[access.account]
    return {
        "account_type": account.type,
        "account_id": account.id,
        "email": account.email,
        "name": account.name,
        "picture": f"{request.host_url}avatars/{account.id}.png",
        "account_status": "active" if account.active else "inactive",
        "nickname": account.name,
        "zoneinfo": account.time_zone,
        "locale": account.locale.replace("_", "-"),
        "email_verified": True,
    }


def _unauthorized(message: str = "Unauthorized") -> Response:
    answer = jsonify({"code": 401, "message": message})
    answer.status_code = 401
    return answer
