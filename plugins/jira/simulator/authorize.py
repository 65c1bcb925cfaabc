"""auth.atlassian.com/authorize: sign-in, consent with site choice, and the way back.

After https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/ and facts §1.2: the
client is looked at only after sign-in; what is wrong with the app or the request ends on
Atlassian's own error page and never goes back to the callback; a person's refusal does go back.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request, session, url_for

from plugins.jira.simulator.scopes import OFFLINE_ACCESS, in_words
from plugins.jira.simulator.state import PendingConsent, UnknownNameError

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from werkzeug.datastructures import MultiDict

    from plugins.jira.simulator.state import State
    from plugins.jira.simulator.world import Account, App

FIXED: Final = {"audience": "api.atlassian.com", "response_type": "code", "prompt": "consent"}
REQUIRED: Final = ("client_id", "scope", "redirect_uri", "state")
DENIED: Final = "User did not authorize the request"


class AuthorizeProblemError(Exception):
    """What Atlassian shows on its error page instead of asking for consent."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


def blueprint(state: State) -> Blueprint:
    made = Blueprint("authorization", __name__)

    def authorize() -> ResponseReturnValue:
        account = signed_in(state)
        if account is None:
            return redirect(_sign_in_url())
        try:
            check_request(state.app, account, request.args)
        except AuthorizeProblemError as problem:
            return redirect(url_for(".problem", error=problem.error, error_description=problem.description))
        return _consent_page(state, account)

    def decide() -> ResponseReturnValue:
        return _decide(state)

    def sign_in() -> ResponseReturnValue:
        return _sign_in(state)

    made.add_url_rule("/authorize", "authorize", authorize, methods=["GET"])
    made.add_url_rule("/authorize", "decide", decide, methods=["POST"])
    made.add_url_rule("/login", "signIn", sign_in, methods=["GET", "POST"])
    made.add_url_rule("/error", "problem", _problem, methods=["GET"])
    return made


def signed_in(state: State) -> Account | None:
    account = state.accounts.get(session.get("account", ""))
    return account if account is not None and account.active else None


def check_request(app: App, account: Account, asked: MultiDict[str, str]) -> None:
    """Raise AuthorizeProblemError for all that Atlassian refuses before it asks the person."""
    if asked.get("client_id") != app.client_id:
        raise AuthorizeProblemError("unauthorized_client", "Failed to retrieve client")
    if asked.get("redirect_uri") not in app.callback_urls:
        raise AuthorizeProblemError(
            "unauthorized_client",
            f"Callback URL mismatch. {asked.get('redirect_uri')} is not in the list of allowed callback URLs",
        )
    if not app.shared and account.id != app.owner:
        raise AuthorizeProblemError("unauthorized_client", "Failed to retrieve client")
    for name in REQUIRED:
        if not asked.get(name):
            raise AuthorizeProblemError("invalid_request", f"Missing required parameter: {name}")
    for name, value in FIXED.items():
        if asked.get(name) != value:
            raise AuthorizeProblemError("invalid_request", f"{name} must be {value}")
    allowed = {*app.scopes, OFFLINE_ACCESS}
    unknown = [scope for scope in asked["scope"].split() if scope not in allowed]
    if unknown:
        raise AuthorizeProblemError("invalid_scope", f"The app has no permission to ask for: {' '.join(unknown)}")


def _consent_page(state: State, account: Account) -> str:
    ticket = secrets.token_urlsafe(24)
    asked = tuple(dict.fromkeys(request.args["scope"].split()))
    state.pending[ticket] = PendingConsent(
        account=account.id,
        scopes=asked,
        redirect_uri=request.args["redirect_uri"],
        state=request.args["state"],
    )
    return render_template(
        "simulator/consent.html",
        app=state.app,
        account=account,
        ticket=ticket,
        permissions=in_words(asked),
        sites=[live.site for live in state.sites_of(account.id)],
        switch=_sign_in_url(),
    )


def _sign_in_url() -> str:
    """The sign-in page, which leads back to the page asked for."""
    return f"{url_for('.signIn')}?{urlencode({'continue': request.full_path})}"


def _decide(state: State) -> ResponseReturnValue:
    account = signed_in(state)
    pending = state.pending.pop(request.form.get("ticket", ""), None)
    if account is None or pending is None or pending.account != account.id:
        return _page("invalid_request", "This consent page is no longer valid. Start again."), 400
    if request.form.get("decision") != "authorize":
        answer = {"error": "access_denied", "error_description": DENIED, "state": pending.state}
        return redirect(_with_query(pending.redirect_uri, answer))
    usable = [live.site.id for live in state.sites_of(account.id)]
    chosen = request.form.get("site", "")
    if usable and chosen not in usable:
        return _page("invalid_request", "Choose a site to use the app on."), 400
    code = state.grants.consent(
        account.id,
        [chosen] if usable else [],
        pending.scopes,
        redirect_uri=pending.redirect_uri,
        now=state.clock.now(),
    )
    return redirect(_with_query(pending.redirect_uri, {"state": pending.state, "code": code}))


def _sign_in(state: State) -> ResponseReturnValue:
    onward = request.values.get("continue", "/")
    if not onward.startswith("/") or onward.startswith("//"):
        onward = "/"
    email, mistake = request.form.get("email", ""), ""
    if request.method == "POST":
        mistake = _check_password(state, email, request.form.get("password", ""))
        if not mistake:
            session["account"] = state.account(email).id
            return redirect(onward)
    return render_template(
        "simulator/sign_in.html",
        onward=onward,
        email=email,
        mistake=mistake,
        accounts=list(state.accounts.values()),
    ), (401 if mistake else 200)


def _check_password(state: State, email: str, password: str) -> str:
    """What is wrong with this sign-in, in words, or nothing."""
    try:
        account = state.account(email)
    except UnknownNameError:
        account = None
    if account is None or not secrets.compare_digest(account.password.encode(), password.encode()):
        return "Incorrect email address or password."
    return "" if account.active else "This account has been deactivated."


def _problem() -> ResponseReturnValue:
    asked = request.args
    return _page(asked.get("error", "error"), asked.get("error_description", "")), 400


def _page(error: str, description: str) -> str:
    return render_template("simulator/problem.html", error=error, description=description)


def _with_query(url: str, answer: dict[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(answer)}"
