"""Mistakes with the three families of errors. They stand in the client of one facet: the rules ask every one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import requests

from helpdesk_core.errors import AuthorizationLost, IntegrationError, Rejected, TemporarilyUnavailable
from helpdesk_core.testing.tracker.client import Client, Query, codes
from helpdesk_core.testing.tracker.connecting import RedirectFlow
from helpdesk_core.testing.tracker.conversation import TrackerConversation
from helpdesk_core.testing.tracker.creation import TrackerCreation
from helpdesk_core.testing.tracker.gateway import TrackerGateway
from helpdesk_core.testing.tracker.health import TrackerHealth
from helpdesk_core.testing.tracker.statuses import TrackerStatuses
from helpdesk_core.testing.tracker.told import Told, Unreadable
from helpdesk_core.testing.tracker.workflows import TrackerWorkflows
from helpdesk_core.values import Account, ConnectionView, RemoteStatus, Secret
from tests.contracts.mutants.planting import Bed

BED = Bed()
OUTAGE = "test_errors_outage_is_temporary"
LIMIT = "test_errors_limit_says_how_long"
NONSENSE = "test_errors_nonsense_is_no_answer"
HALF = "test_errors_half_an_answer_is_none"
REFUSED = "test_errors_refused_credentials_are_told"
CURE = "Try again later."


@BED.plant(OUTAGE, into=TrackerStatuses)
class SlowIsRefused(Client):
    """It takes a slow answer for a refusal."""

    def lost(self, error: OSError) -> IntegrationError:
        if isinstance(error, requests.Timeout):
            return Rejected("The tracker is too slow.", cure=CURE)
        return super().lost(error)


@BED.plant(OUTAGE, into=TrackerWorkflows)
class RawConnectionError(Client):
    """It lets the exceptions of requests through."""

    def send(self, method: str, path: str, **more: object) -> requests.Response:
        self._http.get(f"{self._base}/me", timeout=5).close()
        return super().send(method, path, **more)  # type: ignore[arg-type]  # handed on unseen


@BED.plant(OUTAGE)
class BrokenIsRefused(RedirectFlow):
    """It takes a page of a proxy for a refusal when it asks who it is."""

    def verify(self, connection: ConnectionView) -> Account:
        try:
            return super().verify(connection)
        except TemporarilyUnavailable as error:
            if "status 503" in str(error):
                raise Rejected("The tracker refused this.", cure=CURE) from None
            raise


@BED.plant(LIMIT, into=TrackerStatuses)
class NoPatience(Client):
    """It does not say how long the tracker asks to be left alone."""

    def refused(self, response: requests.Response, secrets: Sequence[Secret]) -> IntegrationError | None:
        if response.status_code == codes.too_many_requests:
            return TemporarilyUnavailable("The tracker asks for fewer calls.", is_outage=False)
        return super().refused(response, secrets)


@BED.plant(LIMIT, into=TrackerHealth)
class LimitIsAnOutage(Client):
    """It takes a limit for an outage."""

    def refused(self, response: requests.Response, secrets: Sequence[Secret]) -> IntegrationError | None:
        refused = super().refused(response, secrets)
        if response.status_code == codes.too_many_requests:
            return TemporarilyUnavailable("The tracker is down.", retry_after=7)
        return refused


@BED.plant(LIMIT, into=TrackerGateway)
class LimitIsRefused(Client):
    """It takes a limit for a refusal, like every status from 400 on."""

    def refused(self, response: requests.Response, secrets: Sequence[Secret]) -> IntegrationError | None:
        if response.status_code == codes.too_many_requests:
            return Rejected("The tracker says: too many.", cure=CURE, code="refused")
        return super().refused(response, secrets)


@BED.plant(NONSENSE, into=TrackerGateway)
class NonsenseIsNothing(Client):
    """It takes what it cannot read for an empty list."""

    def get(self, path: str, query: Query | None = None) -> Told:
        try:
            return super().get(path, query)
        except Unreadable:
            return Told({"items": [], "next": None})

    def me(self) -> Told:
        return self.get("me")


@BED.plant(NONSENSE, into=TrackerCreation)
class PageIsALogin(Client):
    """It takes every page for the one where people log in."""

    def get(self, path: str, query: Query | None = None) -> Told:
        try:
            return super().get(path, query)
        except Unreadable:
            raise AuthorizationLost("The tracker shows its login page.") from None


@BED.plant(NONSENSE, into=TrackerConversation)
class RawNonsense(Client):
    """It lets the exceptions of the JSON parser through."""

    def get(self, path: str, query: Query | None = None) -> Told:
        return Told(self.send("GET", path, query=query).json())


@BED.plant(HALF)
class HalfTheStatuses(TrackerStatuses):
    """It is content with the pages that it got."""

    def statuses(self, client: Client) -> tuple[RemoteStatus, ...]:
        found: list[RemoteStatus] = []
        try:
            found += map(self.status_of, client.pages("statuses"))
        except TemporarilyUnavailable:
            if not found:
                raise
        return tuple(found)


@BED.plant(HALF)
class HealthInPart(TrackerHealth):
    """It takes a project that it could not read for one that is hidden."""

    def project(self, client: Client, project_id: str) -> Told | None:
        try:
            return super().project(client, project_id)
        except TemporarilyUnavailable:
            return None


@BED.plant(HALF, into=TrackerStatuses)
class HalfIsRefused(Client):
    """It takes a list that breaks off for a refusal."""

    def pages(self, path: str, query: Query | None = None) -> Iterator[Told]:
        begun = False
        try:
            for each in super().pages(path, query):
                begun = True
                yield each
        except TemporarilyUnavailable as error:
            if begun:
                raise Rejected("The list broke off.", cure=CURE) from error
            raise


@BED.plant(REFUSED, into=TrackerGateway)
class LostIsRefused(Client):
    """It takes a refused token for a missing permission."""

    def refused(self, response: requests.Response, secrets: Sequence[Secret]) -> IntegrationError | None:
        if response.status_code == codes.unauthorized:
            return Rejected("The tracker refused this.", cure=CURE, code="no_permission")
        return super().refused(response, secrets)


@BED.plant(REFUSED, into=TrackerCreation)
class LostIsAnOutage(Client):
    """It takes a refused token for an outage, and would try it for ever."""

    def refused(self, response: requests.Response, secrets: Sequence[Secret]) -> IntegrationError | None:
        if response.status_code == codes.unauthorized:
            return TemporarilyUnavailable("The tracker does not let us in now.")
        return super().refused(response, secrets)


@BED.plant(REFUSED)
class BelievesEmptyLists(TrackerGateway):
    """It believes an empty list, which is what the tracker shows to strangers."""

    def prove(self, client: Client) -> None:
        """Ask nobody."""


@BED.plant(REFUSED)
class BelievesEmptyVocabulary(TrackerStatuses):
    """It believes that there are no projects, which is what the tracker tells strangers."""

    def prove(self, client: Client) -> None:
        """Ask nobody."""


@BED.plant(REFUSED)
class BelievesNothingArrived(TrackerCreation):
    """It believes that nothing is new, which is what the tracker tells strangers."""

    def prove(self, client: Client) -> None:
        """Ask nobody."""
