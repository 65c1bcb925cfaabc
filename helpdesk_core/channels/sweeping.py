"""Takes up again what a fault of ours has left lying: arrivals and conversations that wait, and have no job any more.

A handler's fault ends its job. Creations say so on their ticket; an arrival has no ticket yet, and a conversation would
wait until somebody says something. Makes no call.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from helpdesk_core.channels import arriving
from helpdesk_core.channels.models import Arrival, ArrivalState
from helpdesk_core.conversation import wishes
from helpdesk_core.conversation.models import Talk
from helpdesk_core.host import Host
from helpdesk_core.sync.models import Link

MOST: Final = 100
"""Of each, at a time: what a fault has left is little, and what waits for a paused connection has its jobs."""


def sweep(host: Host) -> None:
    """Have done what waits without a job."""
    with host.database.read() as session:
        waiting = select(Arrival.id).where(Arrival.state == ArrivalState.WAITING).order_by(Arrival.id)
        arrivals = session.scalars(waiting.limit(MOST)).all()
        unsaid = select(Link.id).join(Talk, Talk.link_id == Link.id).where(Talk.wanted > Talk.done).order_by(Link.id)
        links = session.scalars(unsaid.limit(MOST)).all()
    for arrival_id in arrivals:
        with host.database.write() as session:
            arrival = session.get(Arrival, arrival_id)
            if arrival and not host.jobs.counts(session, prefix=arriving.key_of(arrival)).unfinished:
                arriving.enqueue(host.jobs, session, arrival)
    for link_id in links:
        with host.database.write() as session:
            link = session.get(Link, link_id)
            if link and not host.jobs.counts(session, prefix=wishes.key_of(link)).unfinished:
                wishes.enqueue(host.jobs, session, link)
