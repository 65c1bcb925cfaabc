"""What an admin decided about an integration as a whole: switched on or off, and its set-up form's values.

Values come from the set-up form (stored encrypted) and from the environment, which wins and cannot be changed on the
page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from wtforms import Form, PasswordField

from helpdesk_core.connections.models import IntegrationSetting
from helpdesk_core.host import Host
from helpdesk_core.integrations import Integration
from helpdesk_core.values import Secret, SettingsMap, SetupRequest, ShowForm


@dataclass(frozen=True, kw_only=True, slots=True)
class SetUp:
    """An integration's set-up: the form, the values in force, and whether they suffice to connect."""

    form: ShowForm | None
    settings: SettingsMap
    preset: frozenset[str]
    """Names that the operator fixed in the environment."""
    complete: bool


def callback_url(host: Host, key: str) -> str:
    """Return the address to which the remote system sends the browser back. It must be registered there exactly."""
    return f"{host.base_url}/integrations/{key}/callback"


def is_enabled(session: Session, key: str) -> bool:
    """Tell whether the integration is switched on."""
    row = session.get(IntegrationSetting, key)
    return row is None or row.enabled


def set_enabled(session: Session, key: str, *, enabled: bool) -> None:
    """Switch an integration on or off. Everything it has is kept."""
    _row(session, key).enabled = enabled


def read_settings(host: Host, session: Session, integration: Integration) -> SettingsMap | None:
    """Return the values in force, or None where the integration is switched off.

    One query, and whether they suffice is not asked: the sender of a delivery waits meanwhile.
    """
    row = session.execute(_IN_FORCE, {"key": integration.key}).first()
    return _read(host, row.sealed if row else None, integration)[1] if row is None or row.enabled else None


def read_set_up(host: Host, session: Session, integration: Integration) -> SetUp:
    """Return the set-up form of an integration with the values in force."""
    row = session.get(IntegrationSetting, integration.key)
    form, settings = _read(host, row.sealed if row else None, integration)
    return SetUp(
        form=form,
        settings=settings,
        preset=frozenset(host.preset_settings(integration.key)),
        complete=form is None or form.form(formdata=_formdata(settings)).validate(),
    )


_COLUMNS: Final = IntegrationSetting.__table__.c
_IN_FORCE: Final = select(_COLUMNS.enabled, _COLUMNS.sealed).where(_COLUMNS.key == bindparam("key"))
"""Made once, and for a row instead of an object: half of the query's time."""


def _read(host: Host, sealed: str | None, integration: Integration) -> tuple[ShowForm | None, SettingsMap]:
    stored = host.vault.open_settings(sealed) if sealed else {}
    form = integration.connect_flow.setup(
        SetupRequest(callback_url=callback_url(host, integration.key), settings=stored)
    )
    return form, {**stored, **_with_secrets(form, host.preset_settings(integration.key))}


def missing_fields(set_up: SetUp) -> tuple[str, ...]:
    """Return the names of the fields without which the set-up does not suffice to connect."""
    if set_up.form is None:
        return ()
    form = set_up.form.form(formdata=_formdata(set_up.settings))
    form.validate()
    return tuple(field.short_name for field in form if field.errors)


def submitted(set_up: SetUp, entered: Mapping[str, str]) -> MultiDict[str, str]:
    """Complete what an admin entered: an empty password keeps the stored one, and the environment wins."""
    kept = {name: value for name, value in entered.items() if value}
    return _formdata({**set_up.settings, **kept, **{name: set_up.settings[name] for name in set_up.preset}})


def store(host: Host, session: Session, integration: Integration, set_up: SetUp, form: Form) -> None:
    """Save a valid set-up form, encrypted; what the environment fixes is not stored."""
    values = settings_of(form)
    own = {name: value for name, value in values.items() if name not in set_up.preset}
    _row(session, integration.key).sealed = host.vault.seal_settings(own)


def settings_of(form: Form) -> dict[str, str | Secret]:
    """Return a form's values as settings: password fields become secrets, CSRF tokens and buttons are left out."""
    return {
        field.short_name: Secret(str(field.data)) if isinstance(field, PasswordField) else str(field.data)
        for field in form
        if field.data and field.type not in {"CSRFTokenField", "SubmitField"}
    }


def _with_secrets(form: ShowForm | None, preset: Mapping[str, str]) -> dict[str, str | Secret]:
    passwords = {field.short_name for field in form.form() if isinstance(field, PasswordField)} if form else set()
    return {name: Secret(value) if name in passwords else value for name, value in preset.items()}


def _formdata(settings: SettingsMap) -> MultiDict[str, str]:
    # as form data, not as `data=`: WTForms' InputRequired looks at what was entered
    return MultiDict({name: value.reveal() if isinstance(value, Secret) else value for name, value in settings.items()})


def _row(session: Session, key: str) -> IntegrationSetting:
    row = session.get(IntegrationSetting, key)
    if row is None:
        row = IntegrationSetting(key=key, enabled=True)
        session.add(row)
    return row
