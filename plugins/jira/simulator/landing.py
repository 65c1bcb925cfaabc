"""The page at the simulator's address: accounts, sites and the registered app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template

from plugins.jira.simulator.shapes import site_url

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

    made.add_url_rule("/", "home", home)
    return made
