"""A connection's linked tickets in a list, for admins: all of them, or those in one status on either side."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from helpdesk_core.accounts.views import admin_required
from helpdesk_core.host import current_host
from helpdesk_core.mapping.versions import read_names
from helpdesk_core.mapping.views.frame import URL, open_frame
from helpdesk_core.sync.models import Link
from helpdesk_core.tickets.models import Ticket

blueprint = Blueprint("links", __name__, template_folder="templates")

PAGE_SIZE: Final = 50


@blueprint.get(f"{URL}/links")
@admin_required
def index(integration: str, connection_id: int) -> ResponseReturnValue:
    """List linked tickets; `ticket` and `issue` name a status of either side."""
    host = current_host()
    conditions = [Link.connection_id == connection_id]
    if ticket := request.args.get("ticket", ""):
        conditions.append(Ticket.status == ticket)
    if issue := request.args.get("issue", ""):
        conditions.append(Link.remote_status == issue)
    with host.database.read() as session:
        frame = open_frame(host, session, integration, connection_id)
        counted = select(func.count()).select_from(Link).join(Ticket, Ticket.id == Link.ticket_id).where(*conditions)
        total = session.scalar(counted) or 0
        pages = max(1, -(-total // PAGE_SIZE))
        number = min(max(request.args.get("page", 1, type=int), 1), pages)
        found = select(Link, Ticket).join(Ticket, Ticket.id == Link.ticket_id).where(*conditions).order_by(Ticket.id)
        rows = session.execute(found.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)).all()
        names = read_names(session, connection_id)
        return render_template(
            "sync/links.html",
            frame=frame,
            rows=rows,
            names=names,
            total=total,
            number=number,
            pages=pages,
            ticket=ticket,
            issue=issue,
        )
