"""The exception tree: what went wrong, told apart by what the helpdesk does next.

::

    HelpdeskError
    ├── IntegrationError            raised by a facet; the host decides by the family
    │   ├── TemporarilyUnavailable  an outage: keep everything, try again after `retry_after`
    │   ├── AuthorizationLost       the credentials were refused: pause and ask for re-authorization
    │   └── Rejected                understood and refused: a person must act; says the `reason` and the `cure`
    ├── IntegrationRefused          a plugin cannot be admitted; it is quarantined with this as the reason
    ├── NotFound                    there is no such record; a page answers 404
    ├── Refused                     the helpdesk will not do this; says why and how to go on
    └── Misconfigured               the operator must mend a setting before the program can start

No message of these may hold a secret: they are shown on pages and written to logs.
"""

from __future__ import annotations

from enum import StrEnum


class Extent(StrEnum):
    """How much an outage, a limit or a refusal holds up; what it does not, goes on."""

    CALL = "call"
    """This call alone, such as the writes of one issue."""
    OPERATION = "operation"
    """All calls of this kind on this connection, such as those to one endpoint."""
    CONNECTION = "connection"
    """Everything on this connection, such as when its budget is spent."""


class HelpdeskError(Exception):
    """The root of everything that the helpdesk and its plugins raise on purpose."""


class IntegrationError(HelpdeskError):
    """A facet could not do what it was asked. Raise one of the three families, never this one."""


class TemporarilyUnavailable(IntegrationError):
    """The remote system cannot answer now: an outage, a time-out, a rate limit. Nothing was refused.

    Args:
        message: what happened, in one sentence for an admin.
        retry_after: seconds to wait at least before the next try, where the remote system said so.
        extent: how much the helpdesk holds up meanwhile.
        is_outage: whether nothing answered. A limit is none: the remote system is well, and asks for patience.
    """

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        extent: Extent = Extent.CALL,
        is_outage: bool = True,
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.extent = extent
        self.is_outage = is_outage


class AuthorizationLost(IntegrationError):
    """The remote system refuses the saved credentials. Only a person can authorize again."""


class Rejected(IntegrationError):
    """The remote system understood the request and refused it. Trying again changes nothing.

    Args:
        reason: what was refused, in one sentence.
        cure: what a person can do about it, in one sentence.
        code: a short stable name of this refusal, for logs and tests.
        extent: what else would be refused for the same cause. Work that meets it waits until a person has acted, and
            is not given up one by one.
    """

    def __init__(self, reason: str, *, cure: str, code: str = "rejected", extent: Extent = Extent.CALL) -> None:
        super().__init__(f"{reason} {cure}")
        self.reason = reason
        self.cure = cure
        self.code = code
        self.extent = extent


class IntegrationRefused(HelpdeskError):
    """A plugin cannot be admitted. The message is shown to admins beside the plugin's distribution."""


class NotFound(HelpdeskError):
    """There is no such record, or not any more."""


class Refused(HelpdeskError):
    """The helpdesk will not do this. The message says why and how to go on."""


class Misconfigured(HelpdeskError):
    """A setting is missing or wrong. The message names it and how to mend it."""
