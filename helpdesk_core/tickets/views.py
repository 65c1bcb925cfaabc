"""The ticket list and the ticket page."""

from flask import Blueprint

blueprint = Blueprint("tickets", __name__, template_folder="templates")
statuses_blueprint = Blueprint("statuses", __name__, template_folder="templates")


@blueprint.get("/")
def index() -> str:
    """List tickets."""
    return ""


@statuses_blueprint.get("/settings/statuses", endpoint="index")
def statuses_index() -> str:
    """List statuses."""
    return ""
