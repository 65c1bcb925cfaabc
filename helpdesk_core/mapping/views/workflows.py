"""Workflows as pictures: which there are, and one by the board in force."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from helpdesk_core.accounts.views import admin_required
from helpdesk_core.host import current_host
from helpdesk_core.mapping.pictures import list_workflows, read_picture
from helpdesk_core.mapping.views.frame import URL, blueprint, open_frame


@blueprint.get(f"{URL}/mapping/workflows")
@admin_required
def workflows(integration: str, connection_id: int) -> ResponseReturnValue:
    """List the workflows of the projects in use."""
    host = current_host()
    with host.database.read() as session:
        frame = open_frame(host, session, integration, connection_id)
        projects = list_workflows(session, connection_id)
    return render_template("mapping/workflows.html", frame=frame, projects=projects)


@blueprint.get(f"{URL}/mapping/workflows/<project_id>/<kind_id>")
@admin_required
def workflow(integration: str, connection_id: int, project_id: str, kind_id: str) -> ResponseReturnValue:
    """Show the workflow of one kind of issue."""
    host = current_host()
    with host.database.read() as session:
        frame = open_frame(host, session, integration, connection_id)
        page = read_picture(session, connection_id, project_id, kind_id)
    return render_template("mapping/workflow.html", frame=frame, page=page)
