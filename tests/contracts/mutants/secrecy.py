"""Mistakes by which a secret comes to light."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

import requests

from helpdesk_core.errors import AuthorizationLost, IntegrationError, TemporarilyUnavailable
from helpdesk_core.testing.tracker.client import Client, segment
from helpdesk_core.testing.tracker.connecting import RedirectFlow
from helpdesk_core.testing.tracker.conversation import TrackerConversation
from helpdesk_core.testing.tracker.creation import TrackerCreation
from helpdesk_core.testing.tracker.gateway import TrackerGateway
from helpdesk_core.testing.tracker.health import TrackerHealth
from helpdesk_core.testing.tracker.statuses import TrackerStatuses
from helpdesk_core.testing.tracker.told import Told
from helpdesk_core.testing.tracker.workflows import TrackerWorkflows
from helpdesk_core.values import (
    Account,
    Authorized,
    CommentsRequest,
    ConnectCallback,
    ConnectionView,
    Credentials,
    Failed,
    IssueRequest,
    OpenIssue,
    RemoteComment,
    Secret,
    ShowForm,
)
from tests.contracts.mutants.planting import Bed

BED = Bed()
ERRORS = "test_secrecy_of_errors"
VALUES = "test_secrecy_of_values"
LOGS = "test_secrecy_of_logs"
ADDRESSES = "test_secrecy_of_addresses"
log = logging.getLogger(__name__)


@BED.plant(ERRORS, into=TrackerStatuses)
class RepeatsThePage(Client):
    """It repeats what the tracker answered, whatever that was."""

    def refused(self, response: requests.Response, secrets: Sequence[Secret]) -> IntegrationError | None:
        if response.status_code >= 500:
            return TemporarilyUnavailable(f"The tracker cannot answer: {response.text}")
        return super().refused(response, secrets)


@BED.plant(ERRORS, into=TrackerGateway)
class RepeatsThePageBelow(Client):
    """It raises its error from one that repeats what the tracker answered."""

    def send(self, method: str, path: str, **more: object) -> requests.Response:
        try:
            return super().send(method, path, **more)  # type: ignore[arg-type]  # handed on unseen
        except TemporarilyUnavailable as error:
            raise error from OSError(f"with {self._token.reveal() if self._token else ''}")


@BED.plant(ERRORS, into=TrackerWorkflows)
class NamesTheToken(Client):
    """It says which token was refused."""

    def refused(self, response: requests.Response, secrets: Sequence[Secret]) -> IntegrationError | None:
        if response.status_code == 401 and self._token:
            return AuthorizationLost(f"The tracker refuses the token {self._token.reveal()}.")
        return super().refused(response, secrets)


@BED.plant(ERRORS)
class TellsTheCode(RedirectFlow):
    """It says which code could not be exchanged."""

    def complete(self, callback: ConnectCallback) -> Authorized | ShowForm | Failed:
        found, code = super().complete(callback), callback.query.get("code")
        if isinstance(found, Failed) and isinstance(code, Secret):
            return replace(found, detail=f"{found.detail} The code was {code.reveal()}.")
        return found


@BED.plant(VALUES)
class TokenInTheSettings(RedirectFlow):
    """It keeps the token once more among the settings, as a text."""

    def authorized(self, callback: ConnectCallback, credentials: Credentials) -> Authorized | Failed:
        found = super().authorized(callback, credentials)
        if isinstance(found, Failed):
            return found
        return replace(found, settings={"token": credentials.access_token.reveal()})


@BED.plant(VALUES)
class TokenInTheOriginal(TrackerConversation):
    """It keeps with a comment how it was read, token and all."""

    def read(self, request: CommentsRequest) -> tuple[RemoteComment, ...]:
        token = request.connection.credentials.access_token.reveal()
        return tuple(replace(each, original={"Authorization": token}) for each in super().read(request))


@BED.plant(VALUES)
class TokenForAnAddress(RedirectFlow):
    """It takes the token for the account's address."""

    def verify(self, connection: ConnectionView) -> Account:
        token = connection.credentials.access_token
        return replace(super().verify(connection), email=f"{token.reveal()}@tracker.test")


@BED.plant(LOGS, into=TrackerStatuses)
class LogsCalls(Client):
    """It logs each call with the token, to find mistakes more easily."""

    def get(self, path: str, query: object = None) -> Told:
        log.debug("GET %s as %s", path, self._token.reveal() if self._token else "nobody")
        return super().get(path, query)  # type: ignore[arg-type]  # handed on unseen


@BED.plant(LOGS, into=TrackerHealth)
class LogsPages(Client):
    """It logs the page that a proxy sent."""

    def refused(self, response: requests.Response, secrets: Sequence[Secret]) -> IntegrationError | None:
        if response.status_code >= 500:
            log.warning("The tracker answered: %s", response.text)
        return super().refused(response, secrets)


@BED.plant(LOGS, into=TrackerCreation)
class LogsExceptions(Client):
    """It logs an exception that holds the token."""

    def lost(self, error: OSError) -> IntegrationError:
        told = OSError(f"{self._token.reveal() if self._token else ''} was sent in vain")
        log.error("A call was lost.", exc_info=told)
        return super().lost(error)


@BED.plant(ADDRESSES)
class TokenInTheAddress(TrackerGateway):
    """It sends the token in the address, as old interfaces allow."""

    def open(self, request: IssueRequest) -> OpenIssue:
        token = request.connection.credentials.access_token.reveal()
        path = f"issues/{segment(request.issue_id)}"
        try:
            told = self.client.of(request.connection).get(path, {"access_token": token})
        except IntegrationError:
            return super().open(request)
        return self.open_issue_of(told)
