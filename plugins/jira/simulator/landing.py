"""Pages for people: what is simulated here, and the sites that live at the simulator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, abort, render_template

from plugins.jira.simulator.shapes import site_url
from plugins.jira.simulator.state import UnknownNameError

if TYPE_CHECKING:
    from plugins.jira.simulator.state import State


def blueprint(state: State) -> Blueprint:
    made = Blueprint("landing", __name__)

    def home() -> str:
        return render_template(
            "simulator/home.html",
            app=state.app,
            accounts=list(state.accounts.values()),
            sites=[live.site for live in state.sites.values()],
            url_of=site_url,
        )

    def site(name: str) -> str:
        try:
            live = state.site(name)
        except UnknownNameError:
            abort(404)
        return render_template("simulator/site.html", site=live.site, live=live)

    def browse(name: str, key: str) -> str:
        try:
            live = state.site(name)
        except UnknownNameError:
            abort(404)
        issue = live.issue(key)
        if issue is None:
            abort(404)
        return render_template("simulator/issue.html", site=live.site, issue=issue, key=key, live=live)

    made.add_url_rule("/", "home", home)
    made.add_url_rule("/sites/<name>", "site", site)
    made.add_url_rule("/sites/<name>/browse/<key>", "browse", browse)
    return made
