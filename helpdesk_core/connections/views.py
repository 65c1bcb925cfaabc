"""Settings › Integrations and the connect flow's pages."""

from flask import Blueprint

from helpdesk_core.accounts.views import admin_required

blueprint = Blueprint("connections", __name__, template_folder="templates")


@blueprint.get("/settings/integrations")
@admin_required
def index() -> str:
    """Show a card for each integration."""
    return ""
