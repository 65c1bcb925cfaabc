"""Pages for a person who works in Jira: a site, its boards, its issues, and moving them.

They are the simulator's own, not Atlassian's, and stand in for Jira's when a person (or a tour over
HTTP) plays the developer. What they do goes the way of the REST calls: the same transitions are
open, the same screens ask, the same refusals are given, and webhooks hear of it. They work without
JavaScript. Who looks without having signed in sees everything and can change nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, abort, redirect, render_template, request, session, url_for

from plugins.jira.simulator import board_views, history, transitions
from plugins.jira.simulator.authorize import signed_in
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
    add("/browse/<key>", _browse)
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
    return _page(caller, "site.html", projects=projects, issues=board_views.issues_by_project(caller, projects))


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
    return _board_page(caller, _project(caller, key))


def _create(caller: Caller, key: str) -> ResponseReturnValue:
    project = _project(caller, key)
    kind = next((each for each in project.issue_types if each.id == request.form.get("issue_type")), None)
    summary = request.form.get("summary", "").strip()
    if not caller.may("CREATE_ISSUES", project) or kind is None:
        return _board_page(caller, project, "You do not have permission to create issues in this project."), 403
    if not summary:
        return _board_page(caller, project, "You must specify a summary of the issue."), 400
    now = caller.state.clock.now()
    issue = caller.live.add_issue(project, kind, summary, now)
    history.create(caller.live, issue, account=caller.signed_in().id, now=now)
    return _back_to_board(caller, issue)


def _browse(caller: Caller, key: str) -> ResponseReturnValue:
    issue = _issue(caller, key)
    return _page(caller, "issue.html", **board_views.issue(caller, issue))


def _ask(caller: Caller, key: str, move_id: str) -> ResponseReturnValue:
    issue = _issue(caller, key)
    chosen = _open_move(caller, issue, move_id)
    if chosen is None:
        return _gone(caller, issue)
    return _move_page(caller, issue, chosen, ())


def _move(caller: Caller, key: str, move_id: str) -> ResponseReturnValue:
    issue = _issue(caller, key)
    chosen = _open_move(caller, issue, move_id)
    if chosen is None:
        return _gone(caller, issue)
    try:
        transitions.take(caller, issue, chosen, board_views.body_of(caller, issue, chosen, request.form))
    except JiraRefusalError as refusal:
        return _move_page(caller, issue, chosen, board_views.words_of(refusal)), 400
    if request.form.get("back") == "issue":
        return redirect(url_for(".browse", name=caller.live.site.name, key=caller.live.key_of(issue)), 303)
    return _back_to_board(caller, issue)


def _gone(caller: Caller, issue: Issue) -> ResponseReturnValue:
    """Somebody else was faster, or the account may not move issues here."""
    words = "This transition is not open any more, or not to you."
    return _page(caller, "issue.html", **board_views.issue(caller, issue), problems=[words]), 409


def _project(caller: Caller, key: str) -> Project:
    found = next((each for each in board_views.projects(caller) if each.key == key.upper()), None)
    return found if found is not None else abort(404)


def _issue(caller: Caller, key: str) -> Issue:
    issue = caller.live.issue(key)
    if issue is None or caller.live.project_of(issue) not in board_views.projects(caller):
        abort(404)
    return issue


def _open_move(caller: Caller, issue: Issue, move_id: str) -> Transition | None:
    return next((each for each in transitions.open_to(caller, issue) if each.id == move_id), None)


def _back_to_board(caller: Caller, issue: Issue) -> ResponseReturnValue:
    key = caller.live.key_of(issue)
    project = caller.live.project_of(issue)
    return redirect(url_for(".board", name=caller.live.site.name, key=project.key, _anchor=key), 303)


def _board_page(caller: Caller, project: Project, problem: str = "") -> str:
    columns = board_views.columns(caller, project)
    may_create = caller.may("CREATE_ISSUES", project)
    return _page(caller, "board.html", project=project, columns=columns, may_create=may_create, problem=problem)


def _move_page(caller: Caller, issue: Issue, chosen: Transition, problems: tuple[str, ...] | list[str]) -> str:
    fields = board_views.asked_fields(caller, issue, chosen)
    target = caller.live.type_of(issue).workflow.status(chosen.target)
    return _page(
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


def _page(caller: Caller, template: str, **values: object) -> str:
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
