"""Pages for a person who works in Jira: a site, its boards, its issues, and moving them.

They are the simulator's own, not Atlassian's, and stand in for Jira's when a person (or a tour over
HTTP) plays the developer. What they do goes the way of the REST calls: the same transitions are
open, the same screens ask, the same refusals are given, and webhooks hear of it. They work without
JavaScript. Who looks without having signed in sees everything and can change nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, abort, redirect, request, session, url_for

from plugins.jira.simulator import board_comments, board_creation, board_views, transitions
from plugins.jira.simulator.authorize import signed_in
from plugins.jira.simulator.board_pages import back_to_board, back_to_issue, issue_of, issue_page, page, project_of
from plugins.jira.simulator.createmeta import MAY_NOT_CREATE
from plugins.jira.simulator.gateway import Caller
from plugins.jira.simulator.refusals import JiraRefusalError
from plugins.jira.simulator.state import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue

    from plugins.jira.simulator.state import Issue, State
    from plugins.jira.simulator.world import Project, Transition

ROOT = "/sites/<name>"


def blueprint(state: State) -> Blueprint:
    made = Blueprint("board", __name__)

    def add(rule: str, view: Callable[..., ResponseReturnValue], method: str = "GET", endpoint: str = "") -> None:
        def of_site(name: str, **values: str) -> ResponseReturnValue:
            return view(_visitor(state, name), **values)

        made.add_url_rule(ROOT + rule, endpoint or view.__name__.lstrip("_"), of_site, methods=[method])

    add("", _site)
    add("/person", _person, "POST")
    add("/boards/<key>", _board)
    add("/boards/<key>", _create, "POST")
    add("/boards/<key>/create/<type_id>", board_creation.ask, endpoint="ask_for_issue")
    add("/boards/<key>/create/<type_id>", board_creation.create, "POST", "create_whole")
    add("/browse/<key>", _browse)
    add("/browse/<key>/comments", board_comments.add, "POST", "comment")
    add("/browse/<key>/comments/<comment_id>", board_comments.change, "POST", "change_comment")
    add("/browse/<key>/transitions/<move_id>", _ask)
    add("/browse/<key>/transitions/<move_id>", _move, "POST")
    return made


def _visitor(state: State, name: str) -> Caller:
    """The site, and who looks at it: nobody yet, or the account that is signed in."""
    try:
        return Caller(state, state.site(name), signed_in(state))
    except UnknownNameError:
        abort(404)


def _site(caller: Caller) -> ResponseReturnValue:
    projects = board_views.projects(caller)
    return page(caller, "site.html", projects=projects, issues=board_views.issues_by_project(caller, projects))


def _person(caller: Caller) -> ResponseReturnValue:
    """Pick who you are, without a password: the home page shows them all anyway."""
    account = caller.state.accounts.get(request.form.get("account", ""))
    if account is None or not account.active:
        session.pop("account", None)
    else:
        session["account"] = account.id
    onward = request.form.get("back", "")
    here = url_for(".site", name=caller.live.site.name)
    return redirect(onward if onward.startswith(f"{here}/") else here, 303)


def _board(caller: Caller, key: str) -> ResponseReturnValue:
    return _board_page(caller, project_of(caller, key))


def _create(caller: Caller, key: str) -> ResponseReturnValue:
    """The short form on the board; where a type demands more, its page asks for that."""
    project, type_id = project_of(caller, key), request.form.get("issue_type", "")
    if caller.may("CREATE_ISSUES", project) and any(each.id == type_id for each in project.issue_types):
        return board_creation.create(caller, key, type_id)
    return _board_page(caller, project, MAY_NOT_CREATE), 403


def _browse(caller: Caller, key: str) -> ResponseReturnValue:
    issue = issue_of(caller, key)
    return issue_page(caller, issue)


def _ask(caller: Caller, key: str, move_id: str) -> ResponseReturnValue:
    issue = issue_of(caller, key)
    chosen = _open_move(caller, issue, move_id)
    if chosen is None:
        return _gone(caller, issue)
    return _move_page(caller, issue, chosen, ())


def _move(caller: Caller, key: str, move_id: str) -> ResponseReturnValue:
    issue = issue_of(caller, key)
    chosen = _open_move(caller, issue, move_id)
    if chosen is None:
        return _gone(caller, issue)
    try:
        transitions.take(caller, issue, chosen, board_views.body_of(caller, issue, chosen, request.form))
    except JiraRefusalError as refusal:
        return _move_page(caller, issue, chosen, refusal.words), 400
    if request.form.get("back") == "issue":
        return back_to_issue(caller, issue)
    return back_to_board(caller, issue)


def _gone(caller: Caller, issue: Issue) -> ResponseReturnValue:
    """Somebody else was faster, or the account may not move issues here."""
    words = "This transition is not open any more, or not to you."
    return issue_page(caller, issue, [words]), 409


def _open_move(caller: Caller, issue: Issue, move_id: str) -> Transition | None:
    return next((each for each in transitions.open_to(caller, issue) if each.id == move_id), None)


def _board_page(caller: Caller, project: Project, problem: str = "") -> str:
    columns = board_views.columns(caller, project)
    may_create = caller.may("CREATE_ISSUES", project)
    return page(caller, "board.html", project=project, columns=columns, may_create=may_create, problem=problem)


def _move_page(caller: Caller, issue: Issue, chosen: Transition, problems: tuple[str, ...] | list[str]) -> str:
    fields = board_views.asked_fields(caller, issue, chosen)
    target = caller.live.type_of(issue).workflow.status(chosen.target)
    return page(
        caller,
        "move.html",
        issue=issue,
        key=caller.live.key_of(issue),
        move=chosen,
        target=target,
        fields=fields,
        problems=problems,
        given=request.form,
        back=request.values.get("back", "board"),
    )
