"""Compares every link of a connection with its issue, in bulk, and lets what differs be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from helpdesk_core.errors import Rejected
from helpdesk_core.host import Host
from helpdesk_core.sync.looking import compare, gateway_of
from helpdesk_core.sync.models import Link

CHUNK: Final = 100
"""What Jira gives in one call."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a comparison has come, in issues."""

    done: int
    total: int
    differing: int


def reconcile(host: Host, connection_id: int) -> Iterator[Progress]:
    """Compare all links, a hundred issues a call; what differs is wanted as it is found.

    Yields:
        The progress, after each call.

    Raises:
        IntegrationError: the remote system cannot be asked; what was compared before stays so.
    """
    gateway = gateway_of(host, connection_id)
    if gateway is None:
        raise Rejected("The plugin of this connection cannot read issues.", cure="Install a version of it that can.")
    with host.database.read() as session:
        query = select(Link.issue_id).where(Link.connection_id == connection_id).distinct().order_by(Link.issue_id)
        ids = session.scalars(query).all()
    done = differing = 0
    while done < len(ids):
        chunk = ids[done : done + CHUNK]
        differing += len(compare(host, connection_id, gateway, chunk))
        done += len(chunk)
        yield Progress(done=done, total=len(ids), differing=differing)
