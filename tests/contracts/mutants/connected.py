"""Mistakes with a connection that stands: who we are, fresh credentials, and the farewell."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from helpdesk_core.errors import AuthorizationLost, IntegrationError, Rejected, TemporarilyUnavailable
from helpdesk_core.testing.tracker.client import ROOT, Client
from helpdesk_core.testing.tracker.connecting import FormFlow, RedirectFlow
from helpdesk_core.testing.tracker.told import Told
from helpdesk_core.values import (
    Account,
    ConnectionView,
    Credentials,
    RefreshRequest,
    Revoked,
)
from tests.contracts.mutants.planting import Bed

BED = Bed()
VERIFY = "test_connect_verify_names_the_account"
REFRESH = "test_connect_refresh_gives_credentials_that_work"
REFRESH_OUTAGE = "test_connect_refresh_tells_an_outage_from_a_refusal"
REVOKE = "test_connect_revoking_is_told_and_may_be_repeated"
REVOKE_OUTAGE = "test_connect_revoking_in_an_outage_raises_its_family"

# ── verify ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@BED.plant(VERIFY)
class NamelessAccount(RedirectFlow):
    """It does not say as whom it acts."""

    def account_of(self, me: Told) -> Account:
        return replace(super().account_of(me), name="")


@BED.plant(VERIFY)
class AccountWithoutId(RedirectFlow):
    """It knows the account by name only."""

    def account_of(self, me: Told) -> Account:
        return replace(super().account_of(me), id="")


@BED.plant("test_connect_verify_refuses_false_credentials")
class JudgesTokens(RedirectFlow):
    """It judges a token by its look, and calls one that looks wrong a wrong set-up."""

    def verify(self, connection: ConnectionView) -> Account:
        if not connection.credentials.access_token.reveal().startswith("access-"):
            raise Rejected("This is no token of the tracker.", cure="Set it up anew.", code="setup_needed")
        return super().verify(connection)


# ── refresh ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@BED.plant(REFRESH)
class ForgetsToRotate(RedirectFlow):
    """It forgets the new refresh token."""

    def refresh(self, request: RefreshRequest) -> Credentials:
        return replace(super().refresh(request), refresh_token=None)


@BED.plant(REFRESH)
class KeepsTheOldToken(RedirectFlow):
    """It gives the old access token back."""

    def refresh(self, request: RefreshRequest) -> Credentials:
        return replace(super().refresh(request), access_token=request.credentials.access_token)


@BED.plant(REFRESH)
class KeepsTheOldEnd(RedirectFlow):
    """It tells no time zone with the new end."""

    def refresh(self, request: RefreshRequest) -> Credentials:
        return replace(super().refresh(request), expires_at=request.now.replace(tzinfo=None) + timedelta(hours=1))


@BED.plant(REFRESH, by_form=True)
class RefreshesNothing(FormFlow):
    """It says that a token was renewed that cannot be."""

    def refresh(self, request: RefreshRequest) -> Credentials:
        return request.credentials


@BED.plant(REFRESH_OUTAGE)
class GivesUpInAnOutage(RedirectFlow):
    """An outage while refreshing ends the authorization."""

    def refresh(self, request: RefreshRequest) -> Credentials:
        try:
            return super().refresh(request)
        except TemporarilyUnavailable:
            raise AuthorizationLost("The authorization could not be renewed.") from None


@BED.plant(REFRESH_OUTAGE)
class GivesUpOnAPage(RedirectFlow):
    """An answer that cannot be read while refreshing ends the authorization."""

    def refresh(self, request: RefreshRequest) -> Credentials:
        try:
            return super().refresh(request)
        except TemporarilyUnavailable as error:
            if "cannot be read" in str(error):
                raise AuthorizationLost("The tracker gave no token.") from None
            raise


@BED.plant(REFRESH_OUTAGE)
class NeverGivesUp(RedirectFlow):
    """A refresh token that was refused for good is tried for ever."""

    def refresh(self, request: RefreshRequest) -> Credentials:
        try:
            return super().refresh(request)
        except AuthorizationLost:
            raise TemporarilyUnavailable("The tracker does not renew the authorization.") from None


# ── revoke ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@BED.plant(REVOKE)
class BlankFarewell(RedirectFlow):
    """It tells of what it removed in a blank line."""

    def revoke(self, connection: ConnectionView) -> Revoked:
        return Revoked(removed=(*super().revoke(connection).removed, ""))


@BED.plant(REVOKE)
class MuteFarewell(RedirectFlow):
    """It forgets to say what it removed."""

    def revoke(self, connection: ConnectionView) -> Revoked:
        super().revoke(connection)
        return None  # type: ignore[return-value]  # this is the mistake


@BED.plant(REVOKE)
class FarewellOnce(RedirectFlow):
    """Where the grant is gone already it fails by itself."""

    def remove_grant(self, connection: ConnectionView) -> tuple[str, ...]:
        (gone,) = super().remove_grant(connection)
        return (gone,)


@BED.plant(REVOKE_OUTAGE)
class RawFarewell(RedirectFlow):
    """It lets the exceptions of requests through while somebody disconnects."""

    def remove_grant(self, connection: ConnectionView) -> tuple[str, ...]:
        connection.http.get(f"{ROOT}/w/{connection.workspace.id}/me").close()
        return super().remove_grant(connection)

    def remove_orders(self, connection: ConnectionView) -> tuple[str, ...]:
        try:
            return super().remove_orders(connection)
        except IntegrationError:
            return ()


@BED.plant("test_webhooks_revoking_ends_deliveries")
class LeavesOrders(RedirectFlow):
    """It ends the grant, and leaves the standing orders."""

    def remove_orders(self, connection: ConnectionView) -> tuple[str, ...]:
        return ()


@BED.plant("test_errors_refused_credentials_are_told", into=RedirectFlow)
class WhoAmIOnceMore(Client):
    """It takes a refused token for a missing permission when it asks who it is."""

    def me(self) -> Told:
        try:
            return super().me()
        except AuthorizationLost:
            if self._token and self._token.reveal().startswith("access-"):
                raise Rejected("The account may not enter.", cure="Let it in.", code="no_permission") from None
            raise
