"""The bearer token of a delivery: a JWT by the app's client secret (facts §3.2).

HS256 and the claims `iss`, `sub`, `iat`, `exp`, `jti`, `context` were seen on live deliveries. Not
confirmed, and decided here: it lives three minutes, and `context` holds the cloud id.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from joserfc import jwt
from joserfc.jwk import OctKey

if TYPE_CHECKING:
    from plugins.jira.simulator.world import App

LIFETIME_SECONDS: Final = 180


def bearer_token(app: App, *, account: str, cloud_id: str, now: float, secret: str | None = None) -> str:
    """Sign for one try; `secret` replaces the app's own where a bad signature is wanted."""
    claims = {
        "iss": app.client_id,
        "sub": account,
        "iat": int(now),
        "exp": int(now) + LIFETIME_SECONDS,
        "jti": secrets.token_hex(16),
        "context": {"cloudId": cloud_id},
    }
    raw = (secret or app.client_secret).encode()
    key = OctKey(raw, raw)  # not import_key: it warns of short secrets, and a made-up world may have one
    return jwt.encode({"alg": "HS256"}, claims, key)
