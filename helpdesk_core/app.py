"""`create_app`: wires blueprints, sessions and headers together. No behaviour of its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from flask import Flask, Response, render_template, request
from flask_bootstrap import Bootstrap5
from flask_login import current_user
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError

from helpdesk_core.accounts.views import blueprint as accounts_blueprint
from helpdesk_core.accounts.views import login_manager
from helpdesk_core.channels.backlog_views import blueprint as channel_backlog_blueprint
from helpdesk_core.channels.creations import TicketCreated
from helpdesk_core.channels.rules import for_tickets
from helpdesk_core.channels.settings_views import blueprint as channel_settings_blueprint
from helpdesk_core.channels.views import blueprint as channels_blueprint
from helpdesk_core.channels.views import render_offer
from helpdesk_core.config import Settings
from helpdesk_core.connections.connect_views import blueprint as connecting_blueprint
from helpdesk_core.connections.noting import EXTENSION as NOTES
from helpdesk_core.connections.noting import MENDED
from helpdesk_core.connections.views import blueprint as connections_blueprint
from helpdesk_core.conversation.settings import readers
from helpdesk_core.conversation.wishes import CommentChanged
from helpdesk_core.db import Database
from helpdesk_core.errors import NotFound, Refused
from helpdesk_core.formatting import moment
from helpdesk_core.health import repairs
from helpdesk_core.health.examining import examine
from helpdesk_core.health.views import blueprint as health_blueprint
from helpdesk_core.host import EXTENSION, Host
from helpdesk_core.integrations import IntegrationRegistry
from helpdesk_core.jobs.client import DbosJobs, prepare
from helpdesk_core.mapping.observing import EXTENSION as MAPPING
from helpdesk_core.mapping.observing import Observers as MappingObservers
from helpdesk_core.mapping.service import on_status_deleted
from helpdesk_core.mapping.views import blueprint as mapping_blueprint
from helpdesk_core.operations.instance import instance_id
from helpdesk_core.operations.metrics import Family
from helpdesk_core.operations.views import EXTENSION as PROBES
from helpdesk_core.operations.views import Probes
from helpdesk_core.operations.views import blueprint as operations_blueprint
from helpdesk_core.schema import upgrade
from helpdesk_core.sync.activity_views import blueprint as activity_blueprint
from helpdesk_core.sync.applying import ApplyBoard
from helpdesk_core.sync.backlog import TicketChanged
from helpdesk_core.sync.effects import live, preview
from helpdesk_core.sync.links_views import blueprint as links_blueprint
from helpdesk_core.sync.panel_views import blueprint as sync_blueprint
from helpdesk_core.sync.panel_views import render_panel
from helpdesk_core.sync.settings_views import blueprint as sync_settings_blueprint
from helpdesk_core.sync.showing import TicketShown
from helpdesk_core.sync.webhook_views import blueprint as webhooks_blueprint
from helpdesk_core.tickets.observing import EXTENSION as TICKETS
from helpdesk_core.tickets.observing import Observers
from helpdesk_core.tickets.views import blueprint as tickets_blueprint
from helpdesk_core.tickets.views import comments_blueprint, statuses_blueprint
from helpdesk_core.values import Secret
from helpdesk_core.vault import Vault

SESSION_COOKIE: Final = "helpdesk_session"
"""Named, because cookies ignore ports: two programs on one host must not overwrite each other's."""

METRICS: Final[tuple[Family, ...]] = ()
"""What other concerns have to tell at /metrics."""


def make_host(settings: Settings, registry: IntegrationRegistry) -> Host:
    """Make the collaborators that pages and commands share."""
    database = Database(settings.database_url)
    return Host(
        database=database,
        jobs=DbosJobs(database),
        vault=Vault(settings.keys, settings.reread_keys),
        registry=registry,
        base_url=settings.base_url,
        preset_settings=settings.integration_settings,
    )


def make_ready(host: Host) -> None:
    """Bring the database to this version: our own tables and the engine's. Safe to run again."""
    upgrade(host.database)
    prepare(host.database)


def create_app(host: Host, *, session_key: str, metrics_token: Secret | None = None) -> Flask:
    """Make the web application around `host`.

    Args:
        host: the collaborators, from `make_host`.
        session_key: signs the session cookie.
        metrics_token: opens /metrics to other machines.
    """
    app = Flask("helpdesk_core")
    app.config.update(
        SECRET_KEY=session_key,
        SESSION_COOKIE_NAME=SESSION_COOKIE,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",  # Strict would lose the session on the way back from Atlassian
        SESSION_COOKIE_SECURE=host.base_url.startswith("https://"),
        MAX_CONTENT_LENGTH=2**20,
        WTF_CSRF_TIME_LIMIT=None,  # a board may stay open for a day; the token ends with the session
        BOOTSTRAP_SERVE_LOCAL=True,
    )
    app.extensions[EXTENSION] = host
    app.extensions[TICKETS] = Observers(
        status_deleted=(on_status_deleted,),
        ticket_created=(TicketCreated(host.jobs),),
        ticket_changed=(TicketChanged(host.jobs), TicketShown(host.jobs)),
        comment_changed=(CommentChanged(host.jobs),),
        channels=lambda session: [(channel.id, channel.name) for channel in for_tickets(session)],
        readers=partial(readers, host),
        panels=(partial(render_panel, offer=render_offer),),
    )
    app.extensions[MAPPING] = MappingObservers(
        live=live, preview=preview, apply=ApplyBoard(host.jobs), listing="links.index"
    )
    app.extensions[NOTES] = partial(repairs.notes, host)
    app.extensions[MENDED] = partial(examine, host)
    app.extensions[PROBES] = Probes(
        instance=instance_id(Secret(session_key)), metrics_token=metrics_token, families=METRICS
    )
    Bootstrap5(app)
    CSRFProtect(app).exempt(webhooks_blueprint)  # machines deliver there, and prove by a signature who they are
    login_manager.init_app(app)
    for blueprint in (
        accounts_blueprint,
        tickets_blueprint,
        comments_blueprint,
        statuses_blueprint,
        connections_blueprint,
        connecting_blueprint,
        mapping_blueprint,
        webhooks_blueprint,
        sync_blueprint,
        sync_settings_blueprint,
        activity_blueprint,
        links_blueprint,
        health_blueprint,
        channels_blueprint,
        channel_settings_blueprint,
        channel_backlog_blueprint,
        operations_blueprint,
    ):
        app.register_blueprint(blueprint)
    app.add_template_filter(moment)
    _register_error_pages(app)
    app.after_request(_add_security_headers)
    return app


def _register_error_pages(app: Flask) -> None:
    @app.errorhandler(NotFound)
    def not_found(error: NotFound) -> tuple[str, int]:
        return render_template("error.html", title="Not found", message=str(error)), 404

    @app.errorhandler(Refused)
    def refused(error: Refused) -> tuple[str, int]:
        return render_template("error.html", title="This cannot be done", message=str(error)), 409

    @app.errorhandler(CSRFError)
    def forged(_error: CSRFError) -> tuple[str, int]:
        message = "This form is out of date, because you signed in or out meanwhile. Go back, reload and send it again."
        return render_template("error.html", title="Please send it again", message=message), 400

    pages = {
        403: ("Only for admins", "Ask an admin of this helpdesk, or sign in as one."),
        404: ("Not found", "There is no such page. The address may be mistyped, or the record was deleted."),
        405: ("Not found", "This address only takes what a form of ours sends. Go back and use the form."),
        413: ("Too large", "What you sent is larger than 1 MB. Shorten it and send it again."),
        500: ("Something broke here", "The fault is ours and has been logged. What you saved before is untouched."),
    }
    for status, (title, message) in pages.items():
        app.register_error_handler(status, _error_page(title, message, status))


def _error_page(title: str, message: str, status: int) -> Callable[[Exception], tuple[str, int]]:
    return lambda _error: (render_template("error.html", title=title, message=message), status)


def _add_security_headers(response: Response) -> Response:
    # Connect is a form whose answer redirects to the remote system, and browsers apply form-action to that redirect;
    # plain http is for a simulator on this machine.
    response.headers["Content-Security-Policy"] = (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
        "form-action 'self' https: http://127.0.0.1:* http://localhost:*"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    if request.endpoint == "static" or request.blueprint == operations_blueprint.name:
        return response  # who asks is not looked up: a probe is answered without session and database
    if current_user and current_user.is_authenticated:
        response.headers["Cache-Control"] = "no-store"
    return response
