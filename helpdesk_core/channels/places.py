"""Where channels can be: every kind of issue in every project in use, on every connection that creates issues.

Makes no call and knows no Flask.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from helpdesk_core.channels.asking import Target, can_create, targets
from helpdesk_core.channels.fields import values_in
from helpdesk_core.channels.models import Channel
from helpdesk_core.connections.integration_settings import is_enabled
from helpdesk_core.connections.models import Connection, ConnectionState
from helpdesk_core.connections.service import list_connections
from helpdesk_core.host import Host
from helpdesk_core.values import CreateField, FieldOption, FieldValue


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A target on its connection."""

    connection: Connection
    title: str
    """What the integration calls itself."""
    target: Target

    @property
    def value(self) -> str:
        """What a form sends."""
        return f"{self.connection.id}/{self.target.value}"

    @property
    def group(self) -> str:
        """The connection, as people know it."""
        return f"{self.title} · {self.connection.workspace_name}"


def places(host: Host, session: Session) -> list[Place]:
    """Return all places, by connection."""
    return [
        Place(connection=each, title=host.registry.get(each.integration).card.title, target=target)
        for each in list_connections(session)
        if _creates(host, session, each)
        for target in targets(session, each.id)
    ]


def _creates(host: Host, session: Session, connection: Connection) -> bool:
    live = connection.state != ConnectionState.DISCONNECTED
    return live and can_create(host, connection) and is_enabled(session, connection.integration)


def place_of(channel: Channel, among: Iterable[Place]) -> Place | None:
    """Return where a channel is; None: its connection, project or kind is not there any more."""
    value = f"{channel.connection_id}/{channel.project_id}/{channel.kind_id}"
    return next((each for each in among if each.value == value), None)


def stored_values(channel: Channel | None, fields: Iterable[CreateField]) -> tuple[FieldValue, ...]:
    """Return what was chosen before for those of some fields that are still asked for."""
    asked = {field.id for field in fields}
    return tuple(each for each in values_in(channel.values) if each.field.id in asked) if channel else ()


def with_stored_options(fields: Iterable[CreateField], channel: Channel | None) -> list[CreateField]:
    """Offer what was chosen before too, where a field has too many values to list: nobody has to look for it again."""
    chosen = {each.field.id: each for each in values_in(channel.values)} if channel else {}
    return [_with_option(field, chosen.get(field.id)) for field in fields]


def _with_option(field: CreateField, chosen: FieldValue | None) -> CreateField:
    if not field.searchable or chosen is None or any(option.id == chosen.value for option in field.options):
        return field
    known = [option for option in chosen.field.options if option.id == chosen.value]
    return replace(field, options=(*(known or [FieldOption(id=chosen.value, name=chosen.value)]), *field.options))
