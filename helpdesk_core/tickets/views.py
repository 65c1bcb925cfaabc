"""The ticket list and the ticket page. `comment_views` changes comments, `status_views` has Settings › Statuses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required
from markupsafe import Markup
from sqlalchemy.orm import Session
from wtforms import Form
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its published types

from helpdesk_core.accounts.models import User
from helpdesk_core.accounts.service import get_user, list_users
from helpdesk_core.errors import Refused
from helpdesk_core.host import current_host
from helpdesk_core.tickets import service
from helpdesk_core.tickets.comment_views import blueprint as comments_blueprint
from helpdesk_core.tickets.forms import (
    ANYBODY,
    MAX_SEARCH,
    ME,
    NOBODY,
    WHOSE,
    AssigneeForm,
    CommentForm,
    FilterForm,
    NewTicketForm,
    StatusForm,
    people_choices,
    status_choices,
)
from helpdesk_core.tickets.models import Comment, TicketEvent, Visibility
from helpdesk_core.tickets.observing import EXTENSION, Observers
from helpdesk_core.tickets.status_views import blueprint as statuses_blueprint

__all__ = ["blueprint", "comments_blueprint", "statuses_blueprint"]

blueprint = Blueprint("tickets", __name__, template_folder="templates")


@blueprint.before_request
@login_required  # type: ignore[untyped-decorator]  # Flask-Login ships no types
def require_sign_in() -> None:
    """Let only people who signed in see tickets: here once, so that no view can forget it."""


@blueprint.get("/tickets")
@blueprint.get("/")
def index() -> str:
    """List the tickets that fit the filters in the address, a page at a time."""
    form = FilterForm(request.args)
    with current_host().database.read() as session:
        statuses = service.list_statuses(session)
        people = list_users(session)
        form.status.choices = status_choices(statuses)
        form.assignee.choices = [*WHOSE, *people_choices(people)]
        return render_template(
            "tickets/index.html",
            form=form,
            statuses=statuses,
            by_key={status.key: status for status in statuses},
            counts=service.count_by_status(session),
            page=service.list_tickets(session, _wanted(form, people), page=request.args.get("page", 1, type=int)),
            query={"q": form.q.data or None, "status": form.status.data, "assignee": form.assignee.data or None},
        )


@blueprint.route("/tickets/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Add a ticket."""
    host, form = current_host(), NewTicketForm()
    with host.database.read() as session:
        form.assignee.choices = [SelectChoice("", "Nobody yet"), *people_choices(list_users(session))]
        form.offer_channels(_observers().channels(session))
    if form.validate_on_submit():
        try:
            with host.database.write() as session:
                ticket = service.create_ticket(
                    session,
                    title=form.title.data or "",
                    body=form.body.data or "",
                    requester_name=form.requester_name.data or "",
                    requester_email=form.requester_email.data or "",
                    assignee=_person(session, form.assignee.data),
                    channel_id=form.channel_id,
                    by=current_user,
                    now=host.now(),
                    observers=_observers().ticket_created,
                )
        except Refused as refusal:
            form.title.errors = [str(refusal)]
        else:
            flash(f"Ticket {ticket.id} is added.", "success")
            return redirect(url_for("tickets.show", number=ticket.id))
    return render_template("tickets/new.html", form=form)


@blueprint.get("/tickets/<int:number>")
def show(number: int) -> str:
    """Show a ticket and all that happened on it."""
    return _ticket_page(number)


@blueprint.post("/tickets/<int:number>/comments")
def comment(number: int) -> ResponseReturnValue:
    """Add a public reply or an internal note."""
    host, form = current_host(), CommentForm()
    if not form.validate_on_submit():
        return _ticket_page(number, comment_form=form)
    try:
        with host.database.write() as session:
            added = service.add_comment(
                session,
                service.get_ticket(session, number),
                form.body.data or "",
                visibility=Visibility(form.visibility.data),
                by=current_user,
                now=host.now(),
                observers=_observers().comment_changed,
            )
    except Refused as refusal:
        form.body.errors = [str(refusal)]
        return _ticket_page(number, comment_form=form)
    return redirect(url_for("tickets.show", number=number, _anchor=f"comment-{added.id}"))


@blueprint.post("/tickets/<int:number>/status")
def status(number: int) -> ResponseReturnValue:
    """Change a ticket's status."""
    host, form = current_host(), StatusForm()
    with host.database.read() as session:
        form.status.choices = status_choices(service.list_statuses(session))
    if not form.validate_on_submit():
        return _ticket_page(number, status_form=form)
    with host.database.write() as session:
        ticket = service.get_ticket(session, number)
        changed = service.change_status(
            session,
            ticket,
            form.status.data,
            by=current_user,
            now=host.now(),
            observers=_observers().ticket_changed,
        )
    if changed:
        flash(f"The ticket is {changed.after} now.", "success")
    return redirect(url_for("tickets.show", number=number))


@blueprint.post("/tickets/<int:number>/assignee")
def assignee(number: int) -> ResponseReturnValue:
    """Give a ticket to somebody, or to nobody."""
    host, form = current_host(), AssigneeForm()
    with host.database.read() as session:
        _offer_people(session, form, service.get_ticket(session, number).assignee)
    if not form.validate_on_submit():
        return _ticket_page(number, assignee_form=form)
    with host.database.write() as session:
        ticket = service.get_ticket(session, number)
        changed = service.assign(session, ticket, _person(session, form.assignee.data), by=current_user, now=host.now())
    if changed:
        flash(f"The ticket is assigned to {changed.after or 'nobody'} now.", "success")
    return redirect(url_for("tickets.show", number=number))


def _ticket_page(
    number: int,
    *,
    comment_form: Form | None = None,
    status_form: Form | None = None,
    assignee_form: Form | None = None,
) -> str:
    """Render the ticket; a form that was refused is shown again with what was typed and what is wrong."""
    with current_host().database.read() as session:
        ticket = service.get_ticket(session, number)
        statuses = service.list_statuses(session)
        if not status_form:
            status_form = StatusForm(formdata=None, status=ticket.status)
            status_form.status.choices = status_choices(statuses)
        if not assignee_form:
            assignee_form = AssigneeForm(formdata=None, assignee=str(ticket.assignee_id or ""))
            _offer_people(session, assignee_form, ticket.assignee)
        history = service.read_history(session, ticket)
        return render_template(
            "tickets/show.html",
            ticket=ticket,
            status=service.get_status(session, ticket.status),
            history=history,
            changeable=_changeable(history),
            titles={each.key: each.card.title for each in current_host().registry},
            comment_form=comment_form or CommentForm(formdata=None),
            readers=_observers().readers(session, ticket),
            status_form=status_form,
            assignee_form=assignee_form,
            panels=[Markup(panel(session, ticket)) for panel in _observers().panels],  # noqa: S704 - rendered by Jinja
        )


def _changeable(history: Iterable[Comment | TicketEvent]) -> set[int]:
    """Return the ids of the comments that the person who looks may change."""
    comments = (entry for entry in history if isinstance(entry, Comment))
    return {comment.id for comment in comments if not service.refusal(comment, by=current_user)}


def _observers() -> Observers:
    observers: Observers = current_app.extensions[EXTENSION]
    return observers


def _wanted(form: FilterForm, people: Iterable[User]) -> service.TicketFilter:
    chosen = form.assignee.data or ANYBODY
    ids = {str(person.id): person.id for person in people} | {ME: current_user.id}
    return service.TicketFilter(
        statuses=frozenset(key.replace("\x00", "") for key in form.status.data or ()),
        text=(form.q.data or "")[:MAX_SEARCH],
        assignee_id=ids.get(chosen),
        unassigned=chosen == NOBODY,
    )


def _offer_people(session: Session, form: Any, present: User | None) -> None:
    form.assignee.choices = [SelectChoice("", "Nobody"), *people_choices(list_users(session), but=present)]


def _person(session: Session, user_id: str) -> User | None:
    return get_user(session, int(user_id)) if user_id else None
