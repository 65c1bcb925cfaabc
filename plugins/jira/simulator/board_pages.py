"""What all pages for people have in common: who looks, what they look at, and the frame around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, redirect, render_template, request, url_for

from plugins.jira.simulator import board_views

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue

    from plugins.jira.simulator.gateway import Caller
    from plugins.jira.simulator.state import Issue
    from plugins.jira.simulator.world import Project


def project_of(caller: Caller, key: str) -> Project:
    found = next((each for each in board_views.projects(caller) if each.key == key.upper()), None)
    return found if found is not None else abort(404)


def issue_of(caller: Caller, key: str) -> Issue:
    issue = caller.live.issue(key)
    if issue is None or caller.live.project_of(issue) not in board_views.projects(caller):
        abort(404)
    return issue


def issue_page(caller: Caller, issue: Issue, problems: Sequence[str] = ()) -> str:
    """The issue, with what was refused just now: a comment that was written stays to be mended."""
    text = request.form.get("text", "") if request.endpoint == "board.comment" else ""
    return page(caller, "issue.html", **board_views.issue(caller, issue), problems=problems, text=text)


def back_to_issue(caller: Caller, issue: Issue, anchor: str | None = None) -> ResponseReturnValue:
    key = caller.live.key_of(issue)
    return redirect(url_for("board.browse", name=caller.live.site.name, key=key, _anchor=anchor), 303)


def back_to_board(caller: Caller, issue: Issue) -> ResponseReturnValue:
    key, project = caller.live.key_of(issue), caller.live.project_of(issue)
    return redirect(url_for("board.board", name=caller.live.site.name, key=project.key, _anchor=key), 303)


def page(caller: Caller, template: str, **values: object) -> str:
    people = [caller.state.accounts[member.account] for member in caller.live.site.members]
    return render_template(
        f"simulator/{template}",
        site=caller.live.site,
        person=caller.account,
        is_member=caller.account is not None and caller.live.site.member(caller.account.id) is not None,
        people=[each for each in people if each.active],
        here=request.path,
        **values,
    )
