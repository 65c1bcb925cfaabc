"""The pages of the connect flow: Connect, the way back, the plugin's form, the choice of a workspace, and failures."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_required
from werkzeug.datastructures import MultiDict

from helpdesk_core.accounts.views import admin_required, login_manager
from helpdesk_core.connections import attempts, connecting, integration_settings
from helpdesk_core.connections.attempts import ConnectFailed
from helpdesk_core.connections.connecting import ChooseWorkspace, Connecting
from helpdesk_core.connections.failures import NextStep, explain
from helpdesk_core.connections.forms import choose_form, protected
from helpdesk_core.connections.models import ConnectAttempt, Connection, ConnectionState
from helpdesk_core.connections.noting import MENDED, Mended
from helpdesk_core.errors import NotFound, Refused
from helpdesk_core.host import current_host
from helpdesk_core.values import FailureCode, Redirect, SettingsMap, ShowForm

blueprint = Blueprint("connecting", __name__, template_folder="templates")

SETTINGS = "/settings/integrations/<key>"


@blueprint.errorhandler(ConnectFailed)
def failed_elsewhere(failure: ConnectFailed) -> ResponseReturnValue:
    """Note how the attempt ended and lead to a page whose address holds nothing secret."""
    with current_host().database.write() as session:
        connecting.note_failure(session, failure)
    attempt_id = failure.attempt.id if failure.attempt else None
    key = request.view_args["key"] if request.view_args else ""
    return redirect(url_for(".failed", key=key, code=failure.code.value, attempt=attempt_id))


@blueprint.post(f"{SETTINGS}/connect")
@admin_required
def connect(key: str) -> ResponseReturnValue:
    """Start connecting, or re-authorizing the connection named in the form."""
    host = current_host()
    integration = host.registry.get(key)
    attempt, answer = connecting.begin(
        host,
        integration,
        user_id=current_user.id,
        connection_id=request.form.get("connection_id", type=int),
    )
    if isinstance(answer, Redirect):
        return redirect(answer.url, 303)
    return redirect(url_for(".form", key=key, attempt_id=attempt.id), 303)


@blueprint.get("/integrations/<key>/callback")
def callback(key: str) -> ResponseReturnValue:
    """Take the browser back from the remote system; ask for the sign-in first where it has lapsed meanwhile."""
    host = current_host()
    host.registry.get(key)
    query = request.args.to_dict()
    with host.database.write() as session:
        attempt = attempts.find(host, session, integration=key, state=query.get("state"))
        if not current_user.is_authenticated:
            attempts.park(host, attempt, query)
            return redirect(url_for("accounts.sign_in", next=url_for(".resume", key=key, attempt_id=attempt.id)))
    return _finish(key, attempt, query=attempts.as_settings(query))


@blueprint.get("/integrations/<key>/callback/<int:attempt_id>")
def resume(key: str, attempt_id: int) -> ResponseReturnValue:
    """Go on after the admin has signed in again."""
    if not current_user.is_authenticated:
        return login_manager.unauthorized()  # type: ignore[no-any-return]  # Flask-Login ships no types
    host = current_host()
    with host.database.read() as session:
        attempt = session.get(ConnectAttempt, attempt_id)
        if attempt is None or attempt.integration != key:
            raise ConnectFailed(FailureCode.STATE_UNKNOWN)
        query = attempts.unpark(host, attempt)
    return _finish(key, attempt, query=query)


@blueprint.route(f"{SETTINGS}/connect/<int:attempt_id>", methods=["GET", "POST"])
@admin_required
def form(key: str, attempt_id: int) -> ResponseReturnValue:
    """Show the plugin's own form, for integrations that connect without a redirect."""
    host = current_host()
    integration = host.registry.get(key)
    with host.database.read() as session:
        attempt = attempts.get(session, attempt_id, user_id=current_user.id)
    shown = connecting.form_of(host, integration, attempt)
    entered = MultiDict(request.form.items()) if request.method == "POST" else None
    filled = protected(shown, entered)
    if request.method == "POST" and filled.validate():
        here = Connecting(host=host, integration=integration, attempt=attempt)
        outcome = here.complete(form=integration_settings.settings_of(filled))
        if not isinstance(outcome, ShowForm):
            return _arrived(key, outcome)
        shown, filled = outcome, protected(outcome, entered)
    return render_template("connections/form.html", integration=integration, shown=shown, form=filled)


@blueprint.route(f"{SETTINGS}/choose/<int:attempt_id>", methods=["GET", "POST"])
@admin_required
def choose(key: str, attempt_id: int) -> ResponseReturnValue:
    """Let the admin choose one of several workspaces."""
    host = current_host()
    integration = host.registry.get(key)
    with host.database.read() as session:
        attempt = attempts.get(session, attempt_id, user_id=current_user.id)
        known = connecting.connected_workspaces(session, key)
    here = Connecting(host=host, integration=integration, attempt=attempt)
    taken = frozenset(w for w, connection in known.items() if connection.state == ConnectionState.CONNECTED)
    choice = choose_form(here.offered().workspaces, taken)
    if choice.validate_on_submit():
        return _arrived(key, here.choose(choice.workspace.data))
    return render_template("connections/choose.html", integration=integration, form=choice)


@blueprint.get(f"{SETTINGS}/failed/<code>")
@login_required  # type: ignore[untyped-decorator]  # an agent reads here why only admins connect
def failed(key: str, code: str) -> ResponseReturnValue:
    """Explain how connecting ended: one sentence, one button."""
    host = current_host()
    integration = host.registry.get(key)
    if code not in set(FailureCode):
        msg = "There is no such page. Go back to Settings › Integrations."
        raise NotFound(msg)
    explanation = explain(
        FailureCode(code), name=integration.card.title, workspace_word=integration.card.workspace_word
    )
    attempt = None
    if attempt_id := request.args.get("attempt", type=int):
        with host.database.read() as session:
            attempt = attempts.get(session, attempt_id, user_id=current_user.id)
    return render_template(
        "connections/failed.html",
        integration=integration,
        explanation=explanation,
        attempt=attempt,
        NextStep=NextStep,
    )


def _finish(key: str, attempt: ConnectAttempt, *, query: SettingsMap) -> ResponseReturnValue:
    """Check who is here, use the state up, and let the plugin complete."""
    host = current_host()
    integration = host.registry.get(key)
    if not current_user.is_admin:
        raise ConnectFailed(FailureCode.NOT_ADMIN)
    if attempt.user_id != current_user.id:
        raise ConnectFailed(FailureCode.STATE_FOREIGN)
    with host.database.write() as session:
        if not integration_settings.is_enabled(session, key):
            msg = f"{integration.card.title} was switched off meanwhile. Switch it on and connect again."
            raise Refused(msg)
        attempts.claim(host, session, attempt)
    outcome = Connecting(host=host, integration=integration, attempt=attempt).complete(query=query)
    if isinstance(outcome, ShowForm):
        return redirect(url_for(".form", key=key, attempt_id=attempt.id))
    return _arrived(key, outcome)


def _arrived(key: str, outcome: Connection | ChooseWorkspace) -> ResponseReturnValue:
    if isinstance(outcome, ChooseWorkspace):
        return redirect(url_for(".choose", key=key, attempt_id=outcome.attempt_id))
    mended: Mended = current_app.extensions[MENDED]
    mended(outcome.id)
    title = current_host().registry.get(key).card.title
    flash(f"{title} · {outcome.workspace_name} is connected. Next, choose the projects in use.", "success")
    return redirect(url_for("connections.index"))
