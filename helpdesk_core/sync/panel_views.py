"""The panel on a ticket's page: finding and linking an issue, how the link stands, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_required
from markupsafe import Markup
from sqlalchemy.orm import Session

from helpdesk_core.channels.rules import terms_for
from helpdesk_core.connections.models import Connection
from helpdesk_core.errors import HelpdeskError, NotFound, Refused
from helpdesk_core.host import current_host
from helpdesk_core.mapping.views.frame import signed_in_user
from helpdesk_core.sync import finding, linking, panel
from helpdesk_core.sync.forms import ChooseForm, FindForm, LinkForm
from helpdesk_core.sync.progress import Follow
from helpdesk_core.sync.standing import obstacle
from helpdesk_core.tickets.models import Ticket
from helpdesk_core.tickets.service import get_status, get_ticket

blueprint = Blueprint("sync", __name__, template_folder="templates")

URL = "/tickets/<int:number>"


@blueprint.before_request
@login_required  # type: ignore[untyped-decorator]  # Flask-Login ships no types
def require_sign_in() -> None:
    """Let only people who signed in come here: once, so that no view can forget it."""


Offer = Callable[[Session, Ticket, Connection], str]
"""Renders what another package offers for a ticket that is not linked on a connection."""


def render_panel(session: Session, ticket: Ticket, *, offer: Offer) -> str:
    """Render the panel of a ticket, a section for each connection; the ticket's page shows it."""
    sections = panel.sections(current_host(), session, ticket)
    return render_template(
        "sync/panel.html",
        ticket=ticket,
        sections=sections,
        offers={
            each.connection.id: Markup(offer(session, ticket, each.connection))  # noqa: S704 - rendered by Jinja
            for each in sections
            if not each.linked
        },
        find_form=FindForm(formdata=None),
        Follow=Follow,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """Where an issue is looked for."""

    connection: Connection
    title: str
    obstacle: str


@blueprint.get(f"{URL}/issues/<int:connection_id>")
def find(number: int, connection_id: int) -> ResponseReturnValue:
    """Show the issues that fit what was typed, and what linking each would mean."""
    host, form = current_host(), FindForm(request.args)
    place, found, problem = _place(connection_id), [], ""
    if form.validate() and form.q.data and not place.obstacle:
        try:
            issues = finding.find_issues(host, connection_id, form.q.data)
        except HelpdeskError as error:
            problem = panel.excuse(place.title, error)
        else:
            found = [
                finding.preview(host, ticket_id=number, connection_id=connection_id, issue=issue) for issue in issues
            ]
    return _find_page(number, place, form, found=found, problem=problem)


@blueprint.post(f"{URL}/issues/<int:connection_id>")
def link(number: int, connection_id: int) -> ResponseReturnValue:
    """Link the ticket with an issue; where that is impossible, show again what was typed."""
    place, form = _place(connection_id), LinkForm()
    if place.obstacle:
        raise Refused(place.obstacle)
    if not form.validate_on_submit():
        return _find_page(number, place, FindForm(request.args), problem="Choose an issue, and who follows.")
    try:
        made = linking.link(
            current_host(),
            ticket_id=number,
            connection_id=connection_id,
            issue_id=form.issue_id.data or "",
            follow=Follow(form.follow.data),
            by=signed_in_user(),
            earlier=bool(form.earlier.data),
        )
    except Refused as refusal:  # linked meanwhile: the panel shows with what
        flash(str(refusal), "warning")
    except HelpdeskError as error:
        if isinstance(error, NotFound):
            raise
        return _find_page(number, place, FindForm(request.args), problem=panel.excuse(place.title, error))
    else:
        flash(f"The ticket is linked with {made.issue_key} now.", "success")
    return _back(number, connection_id)


@blueprint.post(f"{URL}/links/<int:link_id>/retry")
def retry(number: int, link_id: int) -> ResponseReturnValue:
    """Try again what was stopped."""
    connection_id = _connection_of(link_id, number)
    linking.retry(current_host(), link_id, by=signed_in_user())
    flash("It is tried again.", "success")
    return _back(number, connection_id)


@blueprint.post(f"{URL}/links/<int:link_id>/choose")
def choose(number: int, link_id: int) -> ResponseReturnValue:
    """Let a person say which side holds."""
    connection_id, form = _connection_of(link_id, number), ChooseForm()
    if form.validate_on_submit():
        linking.choose(current_host(), link_id, Follow(form.follow.data), by=signed_in_user())
        flash("Your choice is stored.", "success")
    else:
        flash("Choose which side holds first.", "warning")
    return _back(number, connection_id)


@blueprint.post(f"{URL}/links/<int:link_id>/unlink")
def unlink(number: int, link_id: int) -> ResponseReturnValue:
    """End the link; the page has explained what stays."""
    connection_id = _connection_of(link_id, number)
    linking.unlink(current_host(), link_id, by=signed_in_user())
    flash("Unlinked. The ticket and the issue stay as they are.", "success")
    return _back(number, connection_id)


def _place(connection_id: int) -> _Place:
    """Find the connection, or say that there is none.

    Raises:
        NotFound: there is none on which issues could be found.
    """
    host = current_host()
    with host.database.read() as session:
        connection = session.get(Connection, connection_id)
        if connection is None or connection.integration not in host.registry:
            msg = "There is no such connection any more."
            raise NotFound(msg)
        title = host.registry.get(connection.integration).card.title
        return _Place(connection=connection, title=title, obstacle=obstacle(host, session, connection))


def _find_page(
    number: int, place: _Place, form: FindForm, *, found: list[finding.Preview] | None = None, problem: str = ""
) -> str:
    with current_host().database.read() as session:
        ticket = get_ticket(session, number)
        ticket_status = get_status(session, ticket.status).name
        terms = terms_for(session, ticket.id, place.connection.id)
    return render_template(
        "sync/find.html",
        talks=terms is not None and (terms.inward or terms.outward),
        ticket=ticket,
        ticket_status=ticket_status,
        place=place,
        form=form,
        found=found,
        problem=problem,
        Follow=Follow,
    )


def _connection_of(link_id: int, number: int) -> int:
    with current_host().database.read() as session:
        return panel.link_of_ticket(session, link_id, number).connection_id


def _back(number: int, connection_id: int) -> ResponseReturnValue:
    return redirect(url_for("tickets.show", number=number, _anchor=f"connection-{connection_id}"))
