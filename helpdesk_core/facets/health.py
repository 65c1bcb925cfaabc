"""Looking after a connection: how it stands, why, and what mends it."""

from __future__ import annotations

from abc import ABC, abstractmethod

from helpdesk_core.values import Examination, Finding, HealthRequest, ProbeRequest


class HealthChecks(ABC):
    """Finds out how a connection stands at the remote system. It only reads.

    Whether the remote system answers, whether the authorization holds, webhooks, waiting work and the age of what was
    read the helpdesk knows by itself.
    """

    @abstractmethod
    def examine(self, request: HealthRequest) -> Examination:
        """Look at the account, its permissions and the projects, in few calls.

        What cannot be told because of something else is `Standing.UNKNOWN`, so that nothing else is blamed for it.

        Raises:
            TemporarilyUnavailable: an outage is no finding: the helpdesk says it.
            AuthorizationLost: neither is a refused authorization.
        """

    @abstractmethod
    def probe(self, request: ProbeRequest) -> Finding:
        """Say what is known of one project by its key: usable, archived, absent or hidden, and whom to ask."""
