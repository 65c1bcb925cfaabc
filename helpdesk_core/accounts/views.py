"""Signing in and out, and Settings › People."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec
from urllib.parse import urlsplit

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user, login_required, login_user, logout_user

from helpdesk_core.accounts import service
from helpdesk_core.accounts.forms import ChangeUserForm, NewUserForm, SignInForm
from helpdesk_core.accounts.models import Role, User
from helpdesk_core.errors import Refused
from helpdesk_core.host import current_host
from helpdesk_core.values import Secret

blueprint = Blueprint("accounts", __name__, template_folder="templates")

login_manager = LoginManager()
login_manager.login_view = "accounts.sign_in"
login_manager.login_message = "Sign in to go on."
login_manager.login_message_category = "info"


@login_manager.user_loader  # type: ignore[untyped-decorator]  # Flask-Login ships no types
def load_user(user_id: str) -> User | None:
    """Give Flask-Login the person whom the session cookie names, unless deactivated meanwhile."""
    with current_host().database.read() as session:
        user = session.get(User, int(user_id))
    return user if user and user.active else None


P = ParamSpec("P")


def admin_required(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Let only admins see a page; others get 403, the anonymous the sign-in page."""

    @wraps(view)
    @login_required  # type: ignore[untyped-decorator]  # Flask-Login ships no types
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if not current_user.is_admin:
            abort(403)
        return view(*args, **kwargs)

    return guarded


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """Ask for address and password, then go where the person wanted to go."""
    form = SignInForm()
    if form.validate_on_submit():
        with current_host().database.read() as session:
            user = service.authenticate(session, email=form.email.data or "", password=Secret(form.password.data or ""))
        if user:
            login_user(user)
            return redirect(_inside(request.args.get("next")))
        form.password.errors = ["That address and password do not belong together."]
    return render_template("accounts/sign_in.html", form=form)


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session."""
    logout_user()
    return redirect(url_for("accounts.sign_in"))


@blueprint.route("/settings/people", methods=["GET", "POST"])
@admin_required
def people() -> ResponseReturnValue:
    """List everybody, and add a person."""
    host, form = current_host(), NewUserForm()
    if form.validate_on_submit():
        try:
            with host.database.write() as session:
                user = service.create_user(
                    session,
                    email=form.email.data or "",
                    name=form.name.data or "",
                    password=Secret(form.password.data or ""),
                    role=Role(form.role.data),
                    now=host.now(),
                )
        except Refused as refusal:
            form.email.errors = [str(refusal)]
        else:
            flash(f"{user.name} can sign in now.", "success")
            return redirect(url_for("accounts.people"))
    with host.database.read() as session:
        return render_template("accounts/people.html", users=service.list_users(session), form=form)


@blueprint.route("/settings/people/<int:user_id>", methods=["GET", "POST"])
@admin_required
def person(user_id: int) -> ResponseReturnValue:
    """Change a person's name, role, access or password."""
    host = current_host()
    with host.database.read() as session:
        user = service.get_user(session, user_id)
    form = ChangeUserForm(obj=None, name=user.name, role=user.role, active=user.active)
    if form.validate_on_submit():
        try:
            with host.database.write() as session:
                user = service.get_user(session, user_id)
                service.change_user(
                    session, user, name=form.name.data or "", role=Role(form.role.data), active=form.active.data
                )
                if form.password.data:
                    service.set_password(session, user, Secret(form.password.data or ""))
        except Refused as refusal:
            form.role.errors = [str(refusal)]
        else:
            flash(f"{user.name} is saved.", "success")
            return redirect(url_for("accounts.people"))
    return render_template("accounts/person.html", user=user, form=form)


def _inside(address: str | None) -> str:
    """Return `address` if it leads to a page of ours, else the ticket list: never redirect outside."""
    parts = urlsplit(address or "")
    inside = address and address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if address and inside and not (parts.scheme or parts.netloc) else url_for("tickets.index")
