"""Who may come in: the consent page, the token endpoint with its rotating refresh tokens, and what a token reaches."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from helpdesk_core.testing.tracker.remote.records import Consent, Grant
from helpdesk_core.testing.tracker.remote.serving import Call, RefusedCall, codes
from helpdesk_core.testing.tracker.remote.state import HOUR, Remote


def authorize(remote: Remote, call: Call) -> str:
    """Show the consent page, let the person decide, and return where the browser is sent."""
    call.asked("client_id", "redirect_uri", "state", "challenge")
    if call.one("client_id") != remote.client_id or not call.one("redirect_uri"):
        raise RefusedCall(codes.bad_request, "invalid_client", "There is no such app.")
    back = {"state": call.one("state")}
    if remote.is_consent_denied:
        back |= {"error": "access_denied", "error_description": "The person said no."}
    else:
        code = remote.new_id("code")
        remote.consents[code] = Consent(call.one("redirect_uri"), call.one("challenge"), remote.granted_sites)
        back |= {"code": code}
    target = call.one("redirect_uri")
    return f"{target}{'&' if '?' in target else '?'}{urlencode(back)}"


def token(remote: Remote, call: Call) -> dict[str, Any]:
    """Exchange a code or a refresh token. Each is good once."""
    body = call.body("grant_type", "client_id", "client_secret")
    is_ours = hmac.compare_digest(body["client_secret"].encode(), remote.client_secret.encode())
    if body["client_id"] != remote.client_id or not is_ours:
        raise RefusedCall(codes.unauthorized, "invalid_client", "The client id or secret is wrong.")
    match body["grant_type"]:
        case "authorization_code":
            grant = _exchanged(remote, call)
        case "refresh_token":
            grant = _renewed(remote, call.body("refresh_token")["refresh_token"])
        case _:
            raise RefusedCall(codes.bad_request, "unsupported_grant_type", "There is no such grant type.")
    return {
        "access_token": grant.access,
        "refresh_token": grant.refresh,
        "expires_in": int(HOUR.total_seconds()),
        "scope": " ".join(grant.scopes),
    }


def _exchanged(remote: Remote, call: Call) -> Grant:
    body = call.body("code", "redirect_uri", "verifier")
    consent = remote.consents.pop(body["code"], None)
    challenge = urlsafe_b64encode(sha256(body["verifier"].encode()).digest()).rstrip(b"=").decode()
    if consent is None or consent.redirect_uri != body["redirect_uri"] or consent.challenge != challenge:
        raise RefusedCall(codes.bad_request, "invalid_grant", "The code is not valid.")
    return remote.new_grant(consent.site_ids)


def _renewed(remote: Remote, refresh: str) -> Grant:
    old = next((each for each in remote.grants if each.refresh == refresh), None)
    if old is None:
        raise RefusedCall(codes.bad_request, "invalid_grant", "The refresh token is not valid.")
    remote.grants.remove(old)
    return remote.new_grant(old.site_ids)


def revoke(remote: Remote, call: Call) -> None:
    """End the grant that the token belongs to."""
    remote.grants = [each for each in remote.grants if each is not call.grant]


def sites(remote: Remote, call: Call) -> dict[str, Any]:
    """List the workspaces that a token reaches."""
    call.asked()
    reached = call.grant.site_ids if call.grant else ()
    found = [each for each in remote.sites.values() if each.id in reached]
    return {
        "items": [{"id": each.id, "name": each.name, "url": each.url} for each in found],
        "scope": " ".join(call.grant.scopes if call.grant else ()),
    }


def me(remote: Remote, call: Call) -> dict[str, Any]:
    """Say who acts, and where."""
    call.asked()
    person, site = remote.people[call.who()], call.place()
    return {
        "id": person.id,
        "name": person.name,
        "email": person.email,
        "locked": person.is_locked,
        "workspace": {"id": site.id, "name": site.name, "url": site.url},
    }
