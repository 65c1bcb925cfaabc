"""Takes Jira's webhook deliveries: proves that Atlassian sent them, and says which issue they are about.

A delivery carries a JSON Web Token signed with the app's client secret by HS256 (``jira-cloud-api.md`` §3.2). It proves
the sender and nothing of the body, so the body is a hint and no more. The algorithm is pinned, and a token without
``exp`` and ``iat`` is none. While an operator renews the client secret in the console, both are valid for a time: the
old one can stand in ``client_secret_previous``.

joserfc, which comes with Authlib, stands in this one module.
"""

from __future__ import annotations

from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from helpdesk_core.errors import Rejected
from helpdesk_core.facets import WebhookReceiver
from helpdesk_core.values import Delivery, Notice, Secret, SubscribeRequest, Subscription
from plugins.jira.client import JiraClient
from plugins.jira.deliveries import read_delivery
from plugins.jira.settings import WebhookTrust
from plugins.jira.subscriptions import check_address, order, remove, renewed

ALGORITHM: Final = "HS256"
LEEWAY: Final = 90
"""Seconds by which Atlassian's clock and ours may differ (facts §3.2)."""
LONGEST: Final = 8192
"""Characters of a token; real ones have a few hundred."""


class JiraWebhookReceiver(WebhookReceiver):
    """The webhooks of an OAuth 2.0 app, which Atlassian calls dynamic."""

    def receive(self, delivery: Delivery) -> tuple[Notice, ...]:
        """Verify the token, then read the body."""
        claims = _verified(delivery)
        notice = read_delivery(delivery, claims)
        return (notice,) if notice else ()

    def subscribe(self, request: SubscribeRequest) -> Subscription:
        """Register one webhook for all projects; what is ours beside it goes first."""
        check_address(request)
        return order(JiraClient.of(request.connection), request)

    def renew(self, request: SubscribeRequest) -> Subscription | None:
        """Extend the webhook by 30 days, if it is still there."""
        return renewed(JiraClient.of(request.connection), request)

    def unsubscribe(self, request: SubscribeRequest) -> None:
        """Remove our webhooks at this address."""
        client = JiraClient.of(request.connection)
        ours = [one for one in client.webhooks() if one["url"] == request.url or str(one["id"]) in request.known_ids]
        remove(client, ours)


def _verified(delivery: Delivery) -> dict[str, Any]:
    """Return the claims of a delivery's token, or refuse; the reason never repeats what was sent."""
    trust = WebhookTrust.read(delivery.settings)
    scheme, _, token = delivery.headers.get("authorization", "").strip().partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or len(token) > LONGEST:
        raise _unverified("it carries no token")
    expected = jwt.JWTClaimsRegistry(
        now=int(delivery.now.timestamp()),
        leeway=LEEWAY,
        exp={"essential": True},
        iat={"essential": True},
        iss={"value": trust.client_id},  # only looked at where it is there
    )
    for secret in trust.secrets:
        claims = _signed_with(secret, token)
        if claims is None:
            continue
        try:
            expected.validate(claims)
        except (JoseError, TypeError, ValueError) as error:
            raise _unverified("its token has expired, or is not meant for this app") from error
        return claims
    raise _unverified("its token is not signed with the client secret of this app")


def _signed_with(secret: Secret, token: str) -> dict[str, Any] | None:
    try:
        return jwt.decode(token, OctKey.import_key(secret.reveal()), algorithms=[ALGORITHM]).claims
    except (JoseError, ValueError, RecursionError):
        return None


def _unverified(why: str) -> Rejected:
    return Rejected(
        f"A webhook delivery was not accepted: {why}.",
        cure="If Jira's own deliveries are refused, compare the client secret with the developer console's; while it "
        "is being renewed there, set the old one as client_secret_previous.",
        code="unverified",
    )
