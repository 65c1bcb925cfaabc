"""Changing a comment: a page that edits it, and what the menu under each comment posts. Adding one is in `views`."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required

from helpdesk_core.errors import Refused
from helpdesk_core.host import current_host
from helpdesk_core.tickets import service
from helpdesk_core.tickets.forms import EditCommentForm
from helpdesk_core.tickets.observing import EXTENSION, CommentObserver, Observers

blueprint = Blueprint("comments", __name__, template_folder="templates")

URL = "/tickets/<int:number>/comments/<int:comment_id>"


@blueprint.before_request
@login_required  # type: ignore[untyped-decorator]  # Flask-Login ships no types
def require_sign_in() -> None:
    """Let only people who signed in come here: once, so that no view can forget it."""


@blueprint.get(f"{URL}/edit")
def edit(number: int, comment_id: int) -> ResponseReturnValue:
    """Show the form, unless what it sends would be refused."""
    with current_host().database.read() as session:
        comment = service.get_comment(session, number, comment_id)
    if reason := service.refusal(comment, by=current_user):
        raise Refused(reason)
    return _edit_page(number, comment_id, EditCommentForm(formdata=None, body=comment.body))


@blueprint.post(f"{URL}/edit")
def save(number: int, comment_id: int) -> ResponseReturnValue:
    """Give the comment its new words; if it was deleted meanwhile, they are shown again to be copied."""
    host, form = current_host(), EditCommentForm()
    if not form.validate_on_submit():
        return _edit_page(number, comment_id, form)
    try:
        with host.database.write() as session:
            service.edit_comment(
                session,
                service.get_comment(session, number, comment_id),
                form.body.data or "",
                by=current_user,
                now=host.now(),
                observers=_observers(),
            )
    except Refused as refusal:
        form.body.errors = [str(refusal)]
        return _edit_page(number, comment_id, form)
    return _back(number, comment_id)


@blueprint.post(f"{URL}/internal")
def make_internal(number: int, comment_id: int) -> ResponseReturnValue:
    """Hide a public reply from the requester; the menu has explained that there is no way back."""
    host = current_host()
    with host.database.write() as session:
        comment = service.get_comment(session, number, comment_id)
        service.make_internal(session, comment, by=current_user, now=host.now(), observers=_observers())
    flash("The comment is an internal note now.", "success")
    return _back(number, comment_id)


@blueprint.post(f"{URL}/delete")
def delete(number: int, comment_id: int) -> ResponseReturnValue:
    """Take a comment back; the menu has explained what stays."""
    host = current_host()
    with host.database.write() as session:
        comment = service.get_comment(session, number, comment_id)
        service.delete_comment(session, comment, by=current_user, now=host.now(), observers=_observers())
    flash("The comment is deleted.", "success")
    return _back(number, comment_id)


def _edit_page(number: int, comment_id: int, form: EditCommentForm) -> str:
    with current_host().database.read() as session:
        return render_template(
            "tickets/edit_comment.html",
            ticket=service.get_ticket(session, number),
            comment=service.get_comment(session, number, comment_id),
            form=form,
        )


def _observers() -> tuple[CommentObserver, ...]:
    observers: Observers = current_app.extensions[EXTENSION]
    return observers.comment_changed


def _back(number: int, comment_id: int) -> ResponseReturnValue:
    return redirect(url_for("tickets.show", number=number, _anchor=f"comment-{comment_id}"))
