"""What can go wrong at Jira and on the way there, each with how it is broken, found, and mended.

`docs/troubleshooting.md` shows the same table, with the words that an admin reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from plugins.jira.simulator.world import MEMBER_PERMISSIONS
from tests.health.acts import (
    CLEAR,
    SHOW_AND_LOOK,
    SUBSCRIBE,
    WAIT,
    Act,
    age_consent,
    change_password,
    choose_for_channel,
    control,
    delete_one,
    discard_one,
    drop_webhooks,
    enter_in_set_up,
    fault,
    forget_deliveries,
    given,
    granted_without,
    lead_channel_to,
    look,
    mend_drift,
    move_issue,
    press,
    read_anew,
    reauthorize,
    remove_type,
    renew_app,
    stop_using,
    then,
    try_channel_again,
    without,
)
from tests.health.patient import OTHER, Patient
from tests.sync.stand import ANALYSIS, BOT, DANA, IN_PROGRESS, PROJECT, REVIEW, SCOPES, SITE


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One thing that can go wrong."""

    case: str
    """Which of the three troubleshooting cases: A, B, C; D: changes, E: work."""
    name: str
    what: str
    """What happened, in words."""
    found: Mapping[str, str]
    """Check (with the project's key) → code: all that is to be blamed."""
    broken: Act
    mended: Act
    """Somebody acts at Jira, if needed, and the admin presses the button that is offered."""
    passes: timedelta = timedelta(minutes=3)
    """Until it is noticed."""
    after: timedelta = timedelta(minutes=6)
    """Until what waited is done."""
    work: bool = True
    """Whether agents work meanwhile."""


def _outage(name: str, what: str, match: str, effect: str) -> Condition:
    return Condition(
        case="A", name=name, what=what, found={"answers": "unreachable"}, broken=fault(match, effect), mended=WAIT
    )


def _lost(name: str, what: str, broken: Act, email: str = BOT) -> Condition:
    found = {"authorization": "authorization_lost"}
    return Condition(
        case="A", name=name, what=what, found=found, broken=broken, mended=reauthorize("authorization", email)
    )


AUTHORIZATION = (
    _lost("app_removed", "Somebody removed the app under the account's connected apps", control("revoke_grant", BOT)),
    _lost("password_changed", "The password of the connected account was changed", change_password),
    _lost(
        "account_deactivated",
        "The connected account was deactivated; another one takes over",
        control("set_active", BOT, active=False),
        DANA,
    ),
    _lost(
        "off_for_90_days",
        "The helpdesk was off for more than 90 days",
        lambda patient: (patient.clock.advance(days=91), patient.control.advance(91 * 86400)),
    ),
    _lost(
        "masked_loss",
        "The authorization is lost, and Jira answers to strangers with an empty site",
        then(control("mask_invalid_tokens"), control("revoke_grant", BOT)),
    ),
    Condition(
        case="A",
        name="secret_renewed",
        what="The client secret was renewed in the developer console",
        found={"answers": "client_refused"},
        broken=renew_app(client_secret="another-secret"),
        mended=enter_in_set_up(Secret="another-secret"),
    ),
    Condition(
        case="A",
        name="app_replaced",
        what="The app was deleted in the developer console, and a new one was made",
        found={"answers": "client_refused"},
        broken=renew_app(client_id="another-app"),
        mended=then(enter_in_set_up(**{"Client ID": "another-app"})),
    ),
    Condition(
        case="A",
        name="account_removed",
        what="The connected account was removed from the site",
        found={"site": "site_gone"},
        broken=control("remove_member", SITE, BOT),
        mended=then(control("add_member", SITE, BOT), reauthorize("site")),
    ),
    Condition(
        case="A",
        name="app_uninstalled",
        what="An administrator uninstalled the app from the site",
        found={"site": "site_gone"},
        broken=control("uninstall_app", SITE),
        mended=reauthorize("site"),
    ),
    Condition(
        case="A",
        name="site_deleted",
        what="The site was deleted, and restored",
        found={"site": "site_gone"},
        broken=control("delete_site", SITE),
        mended=then(control("restore_site", SITE), look),
    ),
    Condition(
        case="A",
        name="consent_old",
        what="The consent is more than 300 days old",
        found={"consent": "consent_old"},
        broken=age_consent(301),
        mended=reauthorize("consent"),
    ),
    _outage("drop", "Jira cannot be reached: connections break", "* /ex/*", "drop"),
    _outage("down", "Jira is down (503, a page instead of JSON)", "* /ex/*", "503-html"),
    _outage("errors", "Jira answers with errors of its own (500)", "* /ex/*", "500"),
    _outage("not_json", "Jira answers with something that is not JSON", "* /ex/*", "not-json"),
    Condition(
        case="A",
        name="sign_in_down",
        what="Atlassian's sign-in service is down while the token has to be renewed",
        found={"answers": "unreachable"},
        broken=then(fault("token.*", "503-html"), control("expire_access_tokens")),
        mended=WAIT,
    ),
)

PROJECTS = (
    Condition(
        case="B",
        name="hidden",
        what="A project in use was hidden from the account",
        found={f"project {PROJECT}": "hidden_or_gone"},
        broken=control("hide_project", SITE, PROJECT, BOT),
        mended=SHOW_AND_LOOK,
    ),
    Condition(
        case="B",
        name="no_browse",
        what="The account lost “Browse projects” in a project",
        found={f"project {PROJECT}": "hidden_or_gone"},
        broken=without("BROWSE_PROJECTS"),
        mended=then(given("BROWSE_PROJECTS"), press(f"project {PROJECT}", "Look again")),
    ),
    Condition(
        case="B",
        name="project_deleted",
        what="A project in use was deleted; it is used no more",
        found={f"project {OTHER}": "hidden_or_gone"},
        broken=control("delete_project", SITE, OTHER),
        mended=stop_using(OTHER),
    ),
    Condition(
        case="B",
        name="archived",
        what="A project in use was archived",
        found={f"archived {PROJECT}": "archived"},
        broken=control("archive_project", SITE, PROJECT),
        mended=then(control("restore_project", SITE, PROJECT), look),
    ),
    Condition(
        case="B",
        name="none_visible",
        what="The account sees no project at all any more",
        found={"projects": "none_visible"},
        broken=control("set_permissions", SITE, BOT, []),
        mended=then(control("set_permissions", SITE, BOT, sorted(MEMBER_PERMISSIONS)), press("projects", "Refresh")),
    ),
    Condition(
        case="B",
        name="stale",
        what="Projects and statuses could not be read for a day, though Jira answers",
        found={"vocabulary": "stale"},
        broken=then(fault("getStatuses", "500"), lambda patient: patient.pass_time(hours=25)),
        mended=then(CLEAR, press("vocabulary", "Refresh")),
    ),
)

PERMISSIONS = (
    Condition(
        case="C",
        name="no_move",
        what="The account lacks “Transition issues” in a project",
        found={f"permission.move {PROJECT}": "permission_missing"},
        broken=without("TRANSITION_ISSUES"),
        mended=then(given("TRANSITION_ISSUES"), press(f"permission.move {PROJECT}", "Look again")),
    ),
    Condition(
        case="C",
        name="no_comment",
        what="The account lacks “Add comments” in a project",
        found={f"permission.comment {PROJECT}": "permission_missing"},
        broken=without("ADD_COMMENTS"),
        mended=then(given("ADD_COMMENTS"), press(f"permission.comment {PROJECT}", "Look again")),
    ),
    Condition(
        case="C",
        name="no_create",
        what="The account lacks “Create issues” in a project",
        found={f"permission.create {PROJECT}": "permission_missing"},
        broken=without("CREATE_ISSUES"),
        mended=then(given("CREATE_ISSUES"), press(f"permission.create {PROJECT}", "Look again")),
    ),
    Condition(
        case="C",
        name="no_edit",
        what="The account lacks “Edit issues” in a project",
        found={f"permission.edit {PROJECT}": "permission_missing"},
        broken=without("EDIT_ISSUES"),
        mended=then(given("EDIT_ISSUES"), press(f"permission.edit {PROJECT}", "Look again")),
    ),
    *(
        Condition(
            case="C",
            name=f"no_scope_{scope}",
            what=f"The app was not granted {scope}",
            found={f"scope.{scope}": "scope_missing"},
            broken=granted_without(scope),
            mended=reauthorize(f"scope.{scope}"),
        )
        for scope in SCOPES
        if scope != "offline_access"
    ),
    Condition(
        case="C",
        name="scope_refused",
        what="Atlassian refuses for want of a scope although all were granted",
        found={"scopes": "scope_refused"},
        broken=fault("* /ex/*", "401-scope"),
        mended=then(CLEAR, reauthorize("scopes")),
    ),
    Condition(
        case="C",
        name="site_blocked",
        what="A policy of the organization keeps the app out of the site",
        found={"policy": "app_blocked"},
        broken=control("block_app", SITE),
        mended=then(control("unblock_app", SITE), press("policy", "Look again")),
    ),
    Condition(
        case="C",
        name="project_blocked",
        what="A policy of the organization keeps the app out of a project",
        found={f"project {PROJECT}": "project_blocked"},
        broken=control("block_app", SITE, PROJECT),
        mended=then(control("unblock_app", SITE, PROJECT), press(f"project {PROJECT}", "Look again")),
    ),
    Condition(
        case="C",
        name="no_workflows",
        what="Whole workflows are to be read, and the account is no Jira administrator",
        found={"workflows": "workflows_unreadable"},
        broken=lambda patient: patient.settings.update(read_workflows="yes"),
        mended=then(lambda patient: patient.settings.update(read_workflows="no"), look),
    ),
    Condition(
        case="C",
        name="not_examined",
        what="Jira does not tell any more what the account may do",
        found={"examined": "not_examined"},
        broken=fault("getMyPermissions", "answer", status=410, body="{}"),
        mended=then(CLEAR, press("examined", "Look again")),
    ),
)

CHANGES = (
    Condition(
        case="D",
        name="private",
        what="The app is private, and the account that connected is not its owner",
        found={"deliveries": "none_arrives"},
        broken=then(control("change_app", shared=False), forget_deliveries, move_issue),
        mended=then(
            control("change_app", shared=True), press("deliveries", "Subscribe anew"), Patient.work, move_issue
        ),
        passes=timedelta(minutes=20),
        work=False,
    ),
    Condition(
        case="D",
        name="unheard",
        what="Deliveries do not reach the helpdesk any more",
        found={"deliveries": "deliveries_stopped"},
        broken=then(control("delivery_fault", "never", times=None), move_issue),
        mended=then(control("clear_delivery_faults"), SUBSCRIBE, move_issue),
        passes=timedelta(minutes=20),
        work=False,
    ),
    Condition(
        case="D",
        name="bad_signature",
        what="Deliveries are signed with another secret than the helpdesk's",
        found={"deliveries": "deliveries_stopped"},
        broken=then(control("delivery_fault", "bad-signature", times=None), move_issue),
        mended=then(control("clear_delivery_faults"), SUBSCRIBE, move_issue),
        passes=timedelta(minutes=20),
        work=False,
    ),
    Condition(
        case="D",
        name="refused_webhooks",
        what="The webhooks are gone, and Jira refuses new ones",
        found={"deliveries": "not_subscribed"},
        broken=then(
            drop_webhooks,
            fault(
                "registerDynamicWebhooks",
                "answer",
                status=200,
                body='{"webhookRegistrationResult": [{"errors": ["Only a single URL per app is allowed."]}]}',
            ),
            move_issue,
        ),
        mended=then(CLEAR, SUBSCRIBE, move_issue),
        passes=timedelta(minutes=20),
        work=False,
    ),
    Condition(
        case="D",
        name="expired_webhooks",
        what="The webhooks ended after 30 days, and could not be renewed meanwhile",
        found={"deliveries": "not_subscribed"},
        broken=then(
            fault("refreshWebhooks", "500"),
            fault("registerDynamicWebhooks", "500"),
            lambda patient: [patient.pass_time(days=8) for _ in range(4)],
        ),
        mended=then(CLEAR, press("deliveries", "Subscribe anew")),
    ),
    Condition(
        case="D",
        name="unroutable",
        what="Deliveries arrive that belong to no connection here",
        found={"unroutable": "unroutable"},
        broken=then(control("delivery_fault", "unknown-site", times=2), control("delivery_fault", "twice"), move_issue),
        mended=press("unroutable", "Discard"),
        work=False,
    ),
    Condition(
        case="D",
        name="status_deleted",
        what="A status that stands on the board was deleted in Jira",
        found={"drift": "drift"},
        broken=then(control("delete_status", SITE, REVIEW, IN_PROGRESS), read_anew),
        mended=mend_drift,
    ),
    Condition(
        case="D",
        name="status_recategorized",
        what="A status that stands on the board counts as something else now",
        found={"drift": "drift"},
        broken=control("recategorize_status", SITE, ANALYSIS, "done"),
        mended=mend_drift,
    ),
)

WORK = (
    Condition(
        case="E",
        name="budget_spent",
        what="The hour's budget of calls is spent",
        found={"budget": "budget_spent"},
        broken=control("spend_points", SITE, 65_000),
        mended=lambda patient: patient.pass_time(hours=1),
    ),
    Condition(
        case="E",
        name="site_budget_spent",
        what="The hour's budget of this site is spent",
        found={"budget": "budget_spent"},
        broken=then(control("set_limits", points_per="site"), control("spend_points", SITE, 65_000)),
        mended=lambda patient: patient.pass_time(hours=1),
    ),
    Condition(
        case="E",
        name="budget_low",
        what="The hour's budget of calls is nearly spent",
        found={"budget": "budget_low"},
        broken=control("spend_points", SITE, 62_500),
        mended=lambda patient: patient.pass_time(hours=1),
    ),
    Condition(
        case="E",
        name="field_demanded",
        what="Creating issues demands a new field",
        found={"channel.1": "channel_stopped"},
        broken=control(
            "set_create_field",
            SITE,
            PROJECT,
            "Task",
            "customfield_10299",
            name="Cost centre",
            type="text",
            required=True,
        ),
        mended=then(control("remove_create_field", SITE, PROJECT, "Task", "customfield_10299"), try_channel_again),
    ),
    Condition(
        case="E",
        name="type_removed",
        what="The type of issue that a channel creates was removed from the project",
        found={"channel.1": "channel_stopped"},
        broken=then(lead_channel_to("10002"), remove_type),
        mended=choose_for_channel("Task"),
    ),
    Condition(
        case="E",
        name="issue_deleted",
        what="A linked issue was deleted",
        found={"stopped": "stopped"},
        broken=delete_one,
        mended=discard_one,
    ),
)
CONDITIONS = (*AUTHORIZATION, *PROJECTS, *PERMISSIONS, *CHANGES, *WORK)
BY_NAME = {condition.name: condition for condition in CONDITIONS}

WEBHOOKS = "scope.manage:jira-webhook"
MOVE, COMMENT, HIDDEN = (f"{check} {PROJECT}" for check in ("permission.move", "permission.comment", "project"))
PAIRS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("no_move", "no_comment", {MOVE: "permission_missing", COMMENT: "permission_missing"}),
    ("no_move", "consent_old", {MOVE: "permission_missing", "consent": "consent_old"}),
    ("consent_old", "refused_webhooks", {"consent": "consent_old", "deliveries": "not_subscribed"}),
    ("hidden", "project_deleted", {HIDDEN: "hidden_or_gone", f"project {OTHER}": "hidden_or_gone"}),
    ("project_blocked", "no_workflows", {HIDDEN: "project_blocked", "workflows": "workflows_unreadable"}),
    (
        "no_scope_manage:jira-webhook",
        "no_comment",
        {"scope.manage:jira-webhook": "scope_missing", COMMENT: "permission_missing"},
    ),
    ("secret_renewed", "no_move", {"answers": "client_refused"}),
    ("app_removed", "hidden", {"authorization": "authorization_lost"}),
    ("down", "no_create", {"answers": "unreachable"}),
    ("site_blocked", "consent_old", {"policy": "app_blocked", "consent": "consent_old"}),
    ("no_create", "field_demanded", {f"permission.create {PROJECT}": "permission_missing"}),
    ("budget_low", "no_edit", {"budget": "budget_low", f"permission.edit {PROJECT}": "permission_missing"}),
    ("status_recategorized", "unheard", {"drift": "drift", "deliveries": "deliveries_stopped"}),
    ("app_uninstalled", "no_move", {"site": "site_gone"}),
)
"""Two at once: what of them can be known together."""
