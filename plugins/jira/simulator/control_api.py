"""`/_simulator/…`: the control of the running world over HTTP, for tests in other processes.

Every action of `Control` is `POST /_simulator/<action>` with its arguments as a JSON object. Where it makes
something, `made` tells the id or key of that.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, jsonify, request

from plugins.jira.simulator.changes import ChangeError
from plugins.jira.simulator.control import call_shape
from plugins.jira.simulator.control_deliveries import delivery_shape
from plugins.jira.simulator.faults import FaultError
from plugins.jira.simulator.state import UnknownNameError

if TYPE_CHECKING:
    from plugins.jira.simulator.control import Control

# `consent` is not among them: it would hand out codes to anybody who asks.
ACTIONS: Final = (
    *("add_automation", "clear_automations", "clear_delivery_faults", "delivery_fault"),
    *("set_delivery_timeout", "settle_deliveries", "sign_by"),
    *("advance", "archive_project", "restore_project", "change_app", "change_password", "clear_faults"),
    *("delete_status", "expire_access_tokens", "fault", "hide_project", "mask_invalid_tokens"),
    *("recategorize_status", "remove_member", "rename_site", "rename_status", "reset_calls"),
    *("delete_issue", "edit_issue", "move_issue", "search_lag", "set_permissions"),
    *("comment", "create_issue", "delete_comment", "edit_comment"),
    *("remove_create_field", "remove_transition", "set_components", "set_create_field"),
    *("set_limits", "shorten_search_pages", "spend_points", "switch_issue_linking", "transition"),
    *("add_member", "block_app", "delete_site", "restore_site", "unblock_app", "uninstall_app"),
    *("create_project", "delete_project", "remove_issue_type"),
    *("revoke_grant", "set_active", "set_lifetimes", "show_project"),
)
MISTAKES: Final = (ChangeError, FaultError, UnknownNameError, TimeoutError, TypeError, ValueError)


def blueprint(control: Control) -> Blueprint:
    made = Blueprint("control", __name__, url_prefix="/_simulator")

    def calls() -> Response:
        found = control.calls(request.args.get("operation"))
        return jsonify(calls=[call_shape(call) for call in found], counts=control.counts(), points=control.points())

    def act(action: str) -> Response:
        if action not in ACTIONS:
            return _mistake(404, f"no action is called {action}; there are {', '.join(ACTIONS)}")
        arguments = _arguments(request.get_json(silent=True))
        if arguments is None:
            return _mistake(400, "send the arguments as a JSON object")
        try:
            made = getattr(control, action)(**arguments)
        except MISTAKES as error:
            return _mistake(400, str(error))
        return jsonify(done=action, made=made) if isinstance(made, str) else jsonify(done=action)

    def deliveries() -> Response:
        return jsonify(deliveries=[delivery_shape(each) for each in control.deliveries(request.args.get("state"))])

    made.add_url_rule("/deliveries", "deliveries", deliveries, methods=["GET"])
    made.add_url_rule("/calls", "calls", calls, methods=["GET"])
    made.add_url_rule("/<action>", "act", act, methods=["POST"])
    return made


def _arguments(given: Any) -> dict[str, Any] | None:
    if given is None and not request.get_data():
        return {}
    if not isinstance(given, dict):
        return None
    made: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    if "json" in made:  # a fault's body, written as JSON
        made["body"] = json.dumps(made.pop("json"))
    return made


def _mistake(status: int, message: str) -> Response:
    answer = jsonify(error=message)
    answer.status_code = status
    return answer
