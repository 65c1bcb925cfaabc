"""`ask`: the one way in which the helpdesk calls a facet on behalf of a connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from helpdesk_core.host import Host
from helpdesk_core.values import ConnectionView

T = TypeVar("T")


def ask(host: Host, connection_id: int, question: Callable[[ConnectionView], T]) -> T:
    """Call `question` with a view of the connection whose credentials are fresh.

    Refused credentials are renewed once and the question asked again; refused twice, the connection waits for
    re-authorization. Call it outside any transaction.

    Raises:
        TemporarilyUnavailable: the remote system cannot answer now; nothing was changed.
        AuthorizationLost: a person must authorize again; the connection says so from now on.
        Rejected: the remote system refused this question.
        NotFound: there is no such connection.
    """
    raise NotImplementedError  # filled in by the next commit of this session
