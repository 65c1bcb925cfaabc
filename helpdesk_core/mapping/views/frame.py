"""What the mapping's pages share: their blueprint, the connection they are about, and remote trouble in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from flask import Blueprint, flash, url_for
from flask_login import current_user
from sqlalchemy.orm import Session

from helpdesk_core.accounts.models import User
from helpdesk_core.connections.models import Connection
from helpdesk_core.errors import AuthorizationLost, NotFound, Refused, Rejected, TemporarilyUnavailable
from helpdesk_core.host import Host
from helpdesk_core.mapping.wording import listed

URL: Final = "/settings/integrations/<integration>/<int:connection_id>"

blueprint = Blueprint("mapping", __name__, template_folder="../templates")


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """The connection that a page is about."""

    integration: str
    connection_id: int
    title: str
    """What the integration calls itself: Jira."""
    workspace: str

    @property
    def name(self) -> str:
        """The connection's name in breadcrumbs."""
        return f"{self.title} · {self.workspace}"

    def url(self, endpoint: str, **values: Any) -> str:
        """Return the address of a page about this connection."""
        return url_for(endpoint, **values, integration=self.integration, connection_id=self.connection_id)


class Trouble(NamedTuple):
    """What went wrong with the remote system."""

    words: str
    level: str
    """How the page shows it: warning or danger."""


def open_frame(host: Host, session: Session, integration: str, connection_id: int) -> Frame:
    """Find the connection of a page.

    Raises:
        NotFound: there is no such connection of this integration.
    """
    connection = session.get(Connection, connection_id)
    if connection is None or connection.integration != integration:
        msg = f"There is no connection {connection_id} of {integration}."
        raise NotFound(msg)
    # A plugin may be missing today; the board that was made with it is still there to be read.
    known = integration in host.registry
    return Frame(
        integration=integration,
        connection_id=connection_id,
        title=host.registry.get(integration).card.title if known else integration.capitalize(),
        workspace=connection.workspace_name,
    )


def signed_in_user() -> User:
    """Return the person who asks; the pages are closed to everybody else."""
    user: User = current_user._get_current_object()  # noqa: SLF001 - Flask's documented way out of its proxy
    return user


def try_remote(frame: Frame, action: Callable[[], object]) -> bool:
    """Do what calls the remote system; trouble is said on the page."""
    if trouble := remote_trouble(frame, action):
        flash(trouble.words, trouble.level)
    return trouble is None


def remote_trouble(frame: Frame, action: Callable[[], object]) -> Trouble | None:
    """Do what calls the remote system; return what went wrong, in one sentence with one next step."""
    try:
        action()
    except TemporarilyUnavailable as error:
        return Trouble(f"{error} Try again in a minute; until then you see what was read before.", "warning")
    except AuthorizationLost as error:
        return Trouble(f"{error} Authorize {frame.name} again in Settings › Integrations.", "danger")
    except Rejected as error:
        return Trouble(f"{error.reason} {error.cure}", "danger")
    except (NotFound, Refused) as error:
        return Trouble(str(error), "danger")
    return None


blueprint.add_app_template_filter(listed, "listed")
