"""What Settings › Integrations shows: a card for each integration, with what is true and what to do next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from itertools import groupby
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk_core.channels.models import Channel
from helpdesk_core.connections.guarding import guarded
from helpdesk_core.connections.integration_settings import is_enabled, read_set_up
from helpdesk_core.connections.models import Connection, ConnectionState
from helpdesk_core.connections.noting import Note, Notes
from helpdesk_core.connections.service import list_connections
from helpdesk_core.errors import IntegrationError
from helpdesk_core.host import Host
from helpdesk_core.integrations import Integration, Quarantined
from helpdesk_core.values import SettingsCard


class CardState(Enum):
    """The state of an integration as its badge says it: words, and Bootstrap's colour for them."""

    AVAILABLE = ("Available", "text-bg-light border")
    SET_UP_NEEDED = ("Set-up needed", "text-bg-info")
    CONNECTED = ("Connected", "text-bg-success")
    NEEDS_ATTENTION = ("Needs attention", "text-bg-warning")
    DISABLED = ("Disabled", "text-bg-secondary")
    COULD_NOT_LOAD = ("Could not load", "text-bg-danger")

    def __init__(self, words: str, badge: str) -> None:
        self.words = words
        self.badge = badge


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One connection on its integration's card."""

    connection: Connection
    site: str
    """The workspace's host name, for people."""

    channels: tuple[Channel, ...] = ()
    """Those of its channels that cannot create issues now."""
    notes: tuple[Note, ...] = ()
    """What other concerns want an admin to look at."""

    @property
    def is_in_trouble(self) -> bool:
        """Whether the connection itself does not work before a person acts."""
        return self.connection.state == ConnectionState.REAUTHORIZE

    @property
    def needs_attention(self) -> bool:
        """Whether a person must act on it, on one of its channels, or on what another concern found."""
        return self.is_in_trouble or bool(self.channels) or any(note.is_urgent for note in self.notes)


@dataclass(frozen=True, kw_only=True, slots=True)
class CardView:
    """One card. A quarantined plugin has a card too, with the reason in place of everything else."""

    key: str
    card: SettingsCard
    origin: str
    state: CardState
    reason: str = ""
    lines: tuple[Line, ...] = ()
    has_set_up: bool = False

    @property
    def live(self) -> tuple[Line, ...]:
        """The connections that are not disconnected."""
        return tuple(line for line in self.lines if line.connection.state != ConnectionState.DISCONNECTED)

    @property
    def initial(self) -> str:
        """The letter to show where the plugin brings no icon."""
        return self.card.title[:1].upper()


def sections(host: Host, session: Session, notes: Notes) -> list[tuple[str, list[CardView]]]:
    """Return all cards by section: the admitted integrations first, then the plugins that could not be loaded."""
    connections = list_connections(session)
    waiting = notes(session)
    cards = [
        _card(host, session, integration, [c for c in connections if c.integration == integration.key], waiting)
        for integration in host.registry
    ]
    cards += [_broken(plugin) for plugin in host.registry.quarantined]
    cards.sort(key=lambda view: (view.card.section, view.state is CardState.COULD_NOT_LOAD))
    return [(section, list(group)) for section, group in groupby(cards, key=lambda view: view.card.section)]


def troubled(host: Host, session: Session) -> list[Connection]:
    """Return the connections on which a person must act, of integrations that are installed and switched on."""
    waiting = select(Connection).where(Connection.state == ConnectionState.REAUTHORIZE)
    return [
        c for c in session.scalars(waiting) if c.integration in host.registry and is_enabled(session, c.integration)
    ]


def troubled_channels(host: Host, session: Session) -> list[Channel]:
    """Return the channels that an admin must mend, of integrations that are installed and switched on."""
    waiting = select(Channel).where(Channel.enabled, Channel.trouble != "").order_by(Channel.id)
    keys = {connection.id: connection.integration for connection in session.scalars(select(Connection))}
    return [
        each
        for each in session.scalars(waiting)
        if keys[each.connection_id] in host.registry and is_enabled(session, keys[each.connection_id])
    ]


def noted(host: Host, session: Session, notes: Notes) -> list[tuple[Connection, Note]]:
    """Return what other concerns found on connections, of integrations that are installed and switched on."""
    there = {c.id: c for c in list_connections(session) if c.state != ConnectionState.DISCONNECTED}
    found = [(there[note.connection_id], note) for note in notes(session) if note.connection_id in there]
    return [(c, note) for c, note in found if c.integration in host.registry and is_enabled(session, c.integration)]


def _card(
    host: Host, session: Session, integration: Integration, connections: list[Connection], notes: list[Note]
) -> CardView:
    channels = troubled_channels(host, session)
    lines = tuple(
        Line(
            connection=c,
            site=urlsplit(c.workspace_url).netloc,
            channels=tuple(each for each in channels if each.connection_id == c.id),
            notes=tuple(n for n in notes if n.connection_id == c.id and c.state != ConnectionState.DISCONNECTED),
        )
        for c in connections
    )
    view = CardView(
        key=integration.key,
        card=integration.card,
        origin=str(integration.origin),
        state=CardState.DISABLED,
        lines=lines,
    )
    if not is_enabled(session, integration.key):
        return view
    try:
        set_up = guarded(integration, lambda: read_set_up(host, session, integration))
    except IntegrationError as error:
        return replace(view, state=CardState.COULD_NOT_LOAD, reason=str(error))
    state = _state(view, set_up_complete=set_up.complete)
    return replace(view, state=state, has_set_up=set_up.form is not None)


def _state(view: CardView, *, set_up_complete: bool) -> CardState:
    if any(line.needs_attention for line in view.lines):
        return CardState.NEEDS_ATTENTION
    if view.live:
        return CardState.CONNECTED
    return CardState.AVAILABLE if set_up_complete else CardState.SET_UP_NEEDED


def _broken(plugin: Quarantined) -> CardView:
    return CardView(
        key=plugin.key,
        card=SettingsCard(title=plugin.key, summary=""),
        origin=str(plugin.origin),
        state=CardState.COULD_NOT_LOAD,
        reason=plugin.reason,
    )
