"""Creating the issue of a ticket by hand: where, what is demanded there, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required
from sqlalchemy.orm import Session

from helpdesk_core.channels import asking, creations
from helpdesk_core.channels.fields import entered_values
from helpdesk_core.channels.forms import entered, make_form
from helpdesk_core.channels.models import Channel, Creation
from helpdesk_core.channels.places import stored_values
from helpdesk_core.channels.rules import by_hand
from helpdesk_core.connections.models import Connection
from helpdesk_core.errors import HelpdeskError, NotFound, Refused, Rejected
from helpdesk_core.host import current_host
from helpdesk_core.mapping.views.frame import signed_in_user
from helpdesk_core.sync.panel import excuse
from helpdesk_core.sync.standing import obstacle
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.tickets.service import get_ticket
from helpdesk_core.values import CreateField, FieldValue

blueprint = Blueprint("channels", __name__, template_folder="templates")

URL = "/tickets/<int:number>"
SEARCH = "search-"


@blueprint.before_request
@login_required  # type: ignore[untyped-decorator]  # Flask-Login ships no types
def require_sign_in() -> None:
    """Let only people who signed in come here: once, so that no view can forget it."""


def render_offer(session: Session, ticket: Ticket, connection: Connection) -> str:
    """Render what a ticket's panel says of creating on one connection: the offer, or how it stands."""
    host = current_host()
    if not asking.can_create(host, connection):
        return ""
    creation = creations.unfinished(session, ticket.id, connection.id)
    return render_template(
        "channels/offer.html",
        ticket=ticket,
        connection=connection,
        creation=creation,
        channel=session.get(Channel, creation.channel_id) if creation and creation.channel_id else None,
        possible=bool(asking.targets(session, connection.id)) and not obstacle(host, session, connection),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Page:
    """What the page knows before the remote system is asked."""

    ticket: Ticket
    connection: Connection
    title: str
    targets: list[asking.Target]


@blueprint.get(f"{URL}/create/<int:connection_id>")
def new(number: int, connection_id: int) -> ResponseReturnValue:
    """Choose where; then fill in what is demanded there."""
    page = _page(number, connection_id)
    chosen, problem, fields = _chosen(connection_id, request.args), "", list[CreateField]()
    if chosen:
        try:
            fields = asking.read_fields(current_host(), connection_id, chosen, _searches())
        except HelpdeskError as error:
            problem = _problem(page.title, error)
    return _render(page, chosen, fields, problem=problem)


@blueprint.post(f"{URL}/create/<int:connection_id>")
def create(number: int, connection_id: int) -> ResponseReturnValue:
    """Want the issue; the ticket's page shows how it comes into being."""
    host, page = current_host(), _page(number, connection_id)
    chosen = _chosen(connection_id, request.form)
    if chosen is None:
        return redirect(url_for("channels.new", number=number, connection_id=connection_id))
    try:
        fields = asking.read_fields(host, connection_id, chosen, _searches())
    except HelpdeskError as error:
        return _render(page, chosen, [], problem=_problem(page.title, error))
    form = make_form(fields)
    if not form.validate_on_submit():
        return _render(page, chosen, fields, form=form)
    try:
        with host.database.write() as session:
            creations.ask_for_issue(
                host,
                session,
                get_ticket(session, number),
                connection_id=connection_id,
                project_id=chosen.project.id,
                kind_id=chosen.kind.id,
                values=entered_values(fields, entered(form)),
                by=signed_in_user(),
            )
    except Refused as refusal:
        flash(str(refusal), "warning")
    else:
        flash(f"An issue in {chosen.project.key} is being created.", "success")
    return _back(number, connection_id)


@blueprint.post(f"{URL}/creations/<int:creation_id>/retry")
def retry(number: int, creation_id: int) -> ResponseReturnValue:
    """Try again what was refused."""
    connection_id = _connection_of(number, creation_id)
    creations.retry(current_host(), creation_id)
    flash("It is tried again.", "success")
    return _back(number, connection_id)


@blueprint.post(f"{URL}/creations/<int:creation_id>/discard")
def discard(number: int, creation_id: int) -> ResponseReturnValue:
    """Give up an issue that was refused."""
    connection_id = _connection_of(number, creation_id)
    creations.discard(current_host(), creation_id)
    flash("No issue is created.", "success")
    return _back(number, connection_id)


def _page(number: int, connection_id: int) -> _Page:
    host = current_host()
    with host.database.read() as session:
        ticket, connection = get_ticket(session, number), session.get(Connection, connection_id)
        if connection is None or not asking.can_create(host, connection):
            msg = "There is no connection on which issues could be created."
            raise NotFound(msg)
        if hindered := obstacle(host, session, connection):
            raise Refused(hindered)
        title = host.registry.get(connection.integration).card.title
        return _Page(ticket=ticket, connection=connection, title=title, targets=asking.targets(session, connection_id))


def _chosen(connection_id: int, sent: Mapping[str, str]) -> asking.Target | None:
    if not sent.get("where"):
        return None
    with current_host().database.read() as session:
        return asking.target(session, connection_id, sent["where"])


def _searches() -> dict[str, str]:
    return {name.removeprefix(SEARCH): text for name, text in request.values.items() if name.startswith(SEARCH)}


def _problem(title: str, error: HelpdeskError) -> str:
    return f"{error.reason} {error.cure}" if isinstance(error, Rejected) else excuse(title, error)


def _render(
    page: _Page,
    chosen: asking.Target | None,
    fields: list[CreateField],
    *,
    form: object = None,
    problem: str = "",
) -> str:
    return render_template(
        "channels/create.html",
        page=page,
        chosen=chosen,
        fields=fields,
        form=form or make_form(fields, _usual(page, chosen, fields)),
        searches=_searches(),
        problem=problem,
    )


def _usual(page: _Page, chosen: asking.Target | None, fields: list[CreateField]) -> tuple[FieldValue, ...]:
    """Return what the channel of such issues puts into the fields, for the agent to leave or change."""
    if chosen is None:
        return ()
    with current_host().database.read() as session:
        channel = by_hand(session, page.connection.id, chosen.project.id, chosen.kind.id)
    return stored_values(channel, fields)


def _connection_of(number: int, creation_id: int) -> int:
    with current_host().database.read() as session:
        creation = session.get(Creation, creation_id)
    if creation is None or creation.ticket_id != number:
        msg = f"Ticket {number} has no such creation."
        raise NotFound(msg)
    return creation.connection_id


def _back(number: int, connection_id: int) -> ResponseReturnValue:
    return redirect(url_for("tickets.show", number=number, _anchor=f"connection-{connection_id}"))
