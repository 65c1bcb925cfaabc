"""What buttons of the health page do that mend something here, and the question after one project. Knows no Flask."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import delete
from sqlalchemy.orm import Session

from helpdesk_core.connections.calls import ask
from helpdesk_core.connections.models import Connection, Contact
from helpdesk_core.errors import NotFound, Refused
from helpdesk_core.health.examining import features_of, look_again, note_own
from helpdesk_core.host import Host
from helpdesk_core.mapping.reading import read_details, refresh_vocabulary
from helpdesk_core.sync import listening
from helpdesk_core.sync.models import DeliveryState, StoredDelivery
from helpdesk_core.values import Finding, ProbeRequest, Remedy

HERE: Final = {
    Remedy.REFRESH_PROJECTS: "Projects and statuses are read anew.",
    Remedy.SUBSCRIBE: "It is subscribed anew, in a moment.",
    Remedy.DISCARD_UNROUTABLE: "What belonged to no connection is discarded.",
}
"""The buttons that act at once, with what is said afterwards. The others lead to a page, or to the remote system."""


def mend(host: Host, connection_id: int, remedy: Remedy) -> None:
    """Do what a button offers, and look what became of it.

    Raises:
        IntegrationError: the remote system did not answer, or refused.
    """
    match remedy:
        case Remedy.REFRESH_PROJECTS:
            refresh_vocabulary(host, connection_id)
            read_details(host, connection_id, again=True)
            look_again(host, connection_id)
        case Remedy.SUBSCRIBE:
            with host.database.write() as session:
                listening.ask_to_listen(host.jobs, session, connection_id)
        case Remedy.DISCARD_UNROUTABLE:
            _discard_unroutable(host, connection_id)
            note_own(host, connection_id)
        case _:
            msg = "This button leads elsewhere."
            raise Refused(msg)


def probe(host: Host, connection_id: int, text: str) -> Finding:
    """Say what is known of one project that a person looks for.

    Raises:
        NotFound: the plugin cannot tell.
        IntegrationError: the remote system did not answer, or refused.
    """
    with host.database.read() as session:
        connection = session.get(Connection, connection_id)
        features = features_of(session, connection_id)
    checks = host.registry.get(connection.integration).health_checks if connection else None
    if checks is None:
        msg = "This plugin cannot tell of a single project."
        raise NotFound(msg)
    return ask(
        host, connection_id, lambda view: checks.probe(ProbeRequest(connection=view, text=text, features=features))
    )


def can_probe(host: Host, session: Session, connection_id: int) -> bool:
    """Whether the plugin of a connection can be asked after a project."""
    connection = session.get(Connection, connection_id)
    if connection is None or connection.integration not in host.registry:
        return False
    return host.registry.get(connection.integration).health_checks is not None


def examined_at(session: Session, connection_id: int) -> datetime | None:
    """Return when the plugin's checks were last asked."""
    contact = session.get(Contact, connection_id)
    return contact.examined_at if contact else None


def _discard_unroutable(host: Host, connection_id: int) -> None:
    with host.database.write() as session:
        connection = session.get_one(Connection, connection_id)
        session.execute(
            delete(StoredDelivery).where(
                StoredDelivery.integration == connection.integration,
                StoredDelivery.state == DeliveryState.UNROUTABLE,
            )
        )
