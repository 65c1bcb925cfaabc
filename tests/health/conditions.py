"""What can go wrong at Jira and on the way there, each with how it is broken, found, and mended.

`docs/troubleshooting.md` shows the same table, with the words that an admin reads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import update

from helpdesk_core.connections.models import Credential
from helpdesk_core.sync.models import Listening
from plugins.jira.simulator.world import MEMBER_PERMISSIONS
from tests.health.patient import OTHER, Patient
from tests.sync.stand import ANALYSIS, BOT, DANA, IN_PROGRESS, OPEN, PROJECT, REOPENED, REVIEW, SCOPES, SITE

Act = Callable[[Patient], object]


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One thing that can go wrong."""

    case: str
    """Which of the three troubleshooting cases: A, B, C; D: changes, E: work."""
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


def look(patient: Patient) -> None:
    """Press Look again, or Look now where nothing is offered."""
    patient.look()


def press(check: str, button: str) -> Act:
    """Return what presses a button of a check."""
    return lambda patient: patient.press(check, button)


def then(*acts: Act) -> Act:
    """Return what does one after the other."""

    def all_of_them(patient: Patient) -> None:
        for act in acts:
            act(patient)

    return all_of_them


def control(action: str, *args: object, **options: object) -> Act:
    """Return what happens at Atlassian."""
    return lambda patient: getattr(patient.control, action)(*args, **options)


def fault(match: str, effect: str, **members: object) -> Act:
    """Return a fault that lasts until it is mended."""
    return control("fault", match, effect, times=None, **members)


def age_consent(days: int) -> Act:
    """Let the last consent be long ago."""

    def age(patient: Patient) -> None:
        with patient.stand.host.database.write() as session:
            session.execute(update(Credential).values(consented_at=patient.clock.time - timedelta(days=days)))

    return age


def change_password(patient: Patient) -> None:
    patient.password = f"{patient.password}-new"
    patient.control.change_password(BOT, patient.password)
    patient.control.expire_access_tokens()


def enter_in_set_up(**values: str) -> Act:
    """Return what opens the set-up by the button of the check, and saves other values."""

    def enter(patient: Patient) -> None:
        patient.press("answers", "Check the set-up")
        patient.browser.submit("Save", values)

    return enter


def renew_app(**members: object) -> Act:
    """Return what changes the app in the developer console, with the access token at its end."""
    return then(control("change_app", **members), control("expire_access_tokens"))


def without(permission: str, project: str = PROJECT) -> Act:
    """Return what takes one permission in a project from the account."""
    return control("set_permissions", SITE, BOT, sorted(MEMBER_PERMISSIONS - {permission}), project)


def granted_without(scope: str) -> Act:
    """Return what leaves the connection with a consent that lacks a scope."""
    return lambda patient: patient.grant(*(one for one in SCOPES if one != scope))


def move_issue(patient: Patient) -> None:
    """Let somebody at Jira move an issue, of which a delivery should tell."""
    key = list(patient.links.values())[-1]
    here = patient.stand.issue(key).status_id
    patient.stand.move(key, OPEN if here != OPEN else REOPENED)


def forget_deliveries(patient: Patient) -> None:
    """Let the helpdesk never have heard a delivery."""
    with patient.stand.host.database.write() as session:
        session.execute(update(Listening).values(heard_at=None))


def drop_webhooks(patient: Patient) -> None:
    """Let the webhooks be gone at Jira, of which it does not tell."""
    patient.stand.simulator.state.site(SITE).webhooks.clear()


def reauthorize(check: str, email: str = BOT) -> Act:
    """Return what presses Re-authorize and agrees at Atlassian."""
    return lambda patient: patient.reauthorize(check, email)


def stop_using(key: str) -> Act:
    """Return what chooses the projects in use without one."""

    def choose(patient: Patient) -> None:
        patient.browser.open(f"{patient.url}/settings/integrations/jira/{patient.stand.connection_id}/projects")
        patient.browser.submit("Use these projects", {key: False})

    return choose


def try_channel_again(patient: Patient) -> None:
    """Mend the channel by its button, and press Try again there."""
    (check,) = (each for each in patient.troubles() if each.startswith("channel."))
    patient.press(check, "Mend the channel")
    patient.browser.submit("Try again")


def mend_drift(patient: Patient) -> None:
    """Look at what changed by the button of the check, and press the first button that mends it."""
    patient.press("drift", "Look at what changed")
    buttons = [button.get_text(strip=True) for button in patient.browser.all("main form button")]
    patient.browser.submit(next(words for words in buttons if words.startswith(("Replace", "Keep", "Take"))))


def read_anew(patient: Patient) -> None:
    """Let the hour come at which projects and statuses are read."""
    patient.work("mapping.vocabulary")


def delete_one(patient: Patient) -> None:
    """Let somebody at Jira delete a linked issue."""
    patient.control.delete_issue(SITE, next(iter(patient.links.values())), DANA)


def discard_one(patient: Patient) -> None:
    """Give up the link whose issue is gone, by the button of the check."""
    patient.press("stopped", "See activity")
    patient.browser.submit("Discard", {"Why, for the history": "It was deleted."})
    patient.links.pop(next(iter(patient.links)))


SUBSCRIBE: Act = then(press("deliveries", "Subscribe anew"), Patient.work)
CLEAR: Act = control("clear_faults")
WAIT: Act = CLEAR
"""The remote system recovers, and nobody presses anything."""
SHOW_AND_LOOK: Act = then(control("show_project", SITE, PROJECT, BOT), press(f"project {PROJECT}", "Look again"))
GIVE_BACK: Act = control("set_permissions", SITE, BOT, sorted(MEMBER_PERMISSIONS), PROJECT)


def _outage(what: str, match: str, effect: str) -> Condition:
    return Condition(case="A", what=what, found={"answers": "unreachable"}, broken=fault(match, effect), mended=WAIT)


def _lost(what: str, broken: Act, email: str = BOT) -> Condition:
    found = {"authorization": "authorization_lost"}
    return Condition(case="A", what=what, found=found, broken=broken, mended=reauthorize("authorization", email))


AUTHORIZATION = (
    _lost("Somebody removed the app under the account's connected apps", control("revoke_grant", BOT)),
    _lost("The password of the connected account was changed", change_password),
    _lost(
        "The connected account was deactivated; another one takes over",
        control("set_active", BOT, active=False),
        DANA,
    ),
    _lost(
        "The helpdesk was off for more than 90 days",
        lambda patient: (patient.clock.advance(days=91), patient.control.advance(91 * 86400)),
    ),
    _lost(
        "The authorization is lost, and Jira answers to strangers with an empty site",
        then(control("mask_invalid_tokens"), control("revoke_grant", BOT)),
    ),
    Condition(
        case="A",
        what="The client secret was renewed in the developer console",
        found={"answers": "client_refused"},
        broken=renew_app(client_secret="another-secret"),
        mended=enter_in_set_up(Secret="another-secret"),
    ),
    Condition(
        case="A",
        what="The app was deleted in the developer console, and a new one was made",
        found={"answers": "client_refused"},
        broken=renew_app(client_id="another-app"),
        mended=then(enter_in_set_up(**{"Client ID": "another-app"})),
    ),
    Condition(
        case="A",
        what="The connected account was removed from the site",
        found={"site": "site_gone"},
        broken=control("remove_member", SITE, BOT),
        mended=then(control("add_member", SITE, BOT), reauthorize("site")),
    ),
    Condition(
        case="A",
        what="An administrator uninstalled the app from the site",
        found={"site": "site_gone"},
        broken=control("uninstall_app", SITE),
        mended=reauthorize("site"),
    ),
    Condition(
        case="A",
        what="The site was deleted, and restored",
        found={"site": "site_gone"},
        broken=control("delete_site", SITE),
        mended=then(control("restore_site", SITE), look),
    ),
    Condition(
        case="A",
        what="The consent is more than 300 days old",
        found={"consent": "consent_old"},
        broken=age_consent(301),
        mended=reauthorize("consent"),
    ),
    _outage("Jira cannot be reached: connections break", "* /ex/*", "drop"),
    _outage("Jira is down (503, a page instead of JSON)", "* /ex/*", "503-html"),
    _outage("Jira answers with errors of its own (500)", "* /ex/*", "500"),
    _outage("Jira answers with something that is not JSON", "* /ex/*", "not-json"),
    Condition(
        case="A",
        what="Atlassian's sign-in service is down while the token has to be renewed",
        found={"answers": "unreachable"},
        broken=then(fault("token.*", "503-html"), control("expire_access_tokens")),
        mended=WAIT,
    ),
)

PROJECTS = (
    Condition(
        case="B",
        what="A project in use was hidden from the account",
        found={f"project {PROJECT}": "hidden_or_gone"},
        broken=control("hide_project", SITE, PROJECT, BOT),
        mended=SHOW_AND_LOOK,
    ),
    Condition(
        case="B",
        what="The account lost “Browse projects” in a project",
        found={f"project {PROJECT}": "hidden_or_gone"},
        broken=without("BROWSE_PROJECTS"),
        mended=then(GIVE_BACK, press(f"project {PROJECT}", "Look again")),
    ),
    Condition(
        case="B",
        what="A project in use was deleted; it is used no more",
        found={f"project {OTHER}": "hidden_or_gone"},
        broken=control("delete_project", SITE, OTHER),
        mended=stop_using(OTHER),
    ),
    Condition(
        case="B",
        what="A project in use was archived",
        found={f"archived {PROJECT}": "archived"},
        broken=control("archive_project", SITE, PROJECT),
        mended=then(control("restore_project", SITE, PROJECT), look),
    ),
    Condition(
        case="B",
        what="The account sees no project at all any more",
        found={"projects": "none_visible"},
        broken=control("set_permissions", SITE, BOT, []),
        mended=then(control("set_permissions", SITE, BOT, sorted(MEMBER_PERMISSIONS)), press("projects", "Refresh")),
    ),
    Condition(
        case="B",
        what="Projects and statuses could not be read for a day, though Jira answers",
        found={"vocabulary": "stale"},
        broken=then(fault("getStatuses", "500"), lambda patient: patient.pass_time(hours=25)),
        mended=then(CLEAR, press("vocabulary", "Refresh")),
    ),
)

PERMISSIONS = (
    Condition(
        case="C",
        what="The account lacks “Transition issues” in a project",
        found={f"permission.move {PROJECT}": "permission_missing"},
        broken=without("TRANSITION_ISSUES"),
        mended=then(GIVE_BACK, press(f"permission.move {PROJECT}", "Look again")),
    ),
    Condition(
        case="C",
        what="The account lacks “Add comments” in a project",
        found={f"permission.comment {PROJECT}": "permission_missing"},
        broken=without("ADD_COMMENTS"),
        mended=then(GIVE_BACK, press(f"permission.comment {PROJECT}", "Look again")),
    ),
    Condition(
        case="C",
        what="The account lacks “Create issues” in a project",
        found={f"permission.create {PROJECT}": "permission_missing"},
        broken=without("CREATE_ISSUES"),
        mended=then(GIVE_BACK, press(f"permission.create {PROJECT}", "Look again")),
    ),
    Condition(
        case="C",
        what="The account lacks “Edit issues” in a project",
        found={f"permission.edit {PROJECT}": "permission_missing"},
        broken=without("EDIT_ISSUES"),
        mended=then(GIVE_BACK, press(f"permission.edit {PROJECT}", "Look again")),
    ),
    *(
        Condition(
            case="C",
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
        what="Atlassian refuses for want of a scope although all were granted",
        found={"scopes": "scope_refused"},
        broken=fault("* /ex/*", "401-scope"),
        mended=then(CLEAR, reauthorize("scopes")),
    ),
    Condition(
        case="C",
        what="A policy of the organization keeps the app out of the site",
        found={"policy": "app_blocked"},
        broken=control("block_app", SITE),
        mended=then(control("unblock_app", SITE), press("policy", "Look again")),
    ),
    Condition(
        case="C",
        what="A policy of the organization keeps the app out of a project",
        found={f"project {PROJECT}": "project_blocked"},
        broken=control("block_app", SITE, PROJECT),
        mended=then(control("unblock_app", SITE, PROJECT), press(f"project {PROJECT}", "Look again")),
    ),
    Condition(
        case="C",
        what="Whole workflows are to be read, and the account is no Jira administrator",
        found={"workflows": "workflows_unreadable"},
        broken=lambda patient: patient.settings.update(read_workflows="yes"),
        mended=then(lambda patient: patient.settings.update(read_workflows="no"), look),
    ),
    Condition(
        case="C",
        what="Jira does not tell any more what the account may do",
        found={"examined": "not_examined"},
        broken=fault("getMyPermissions", "answer", status=410, body="{}"),
        mended=then(CLEAR, press("examined", "Look again")),
    ),
)

CHANGES = (
    Condition(
        case="D",
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
        what="Deliveries do not reach the helpdesk any more",
        found={"deliveries": "deliveries_stopped"},
        broken=then(control("delivery_fault", "never", times=None), move_issue),
        mended=then(control("clear_delivery_faults"), SUBSCRIBE, move_issue),
        passes=timedelta(minutes=20),
        work=False,
    ),
    Condition(
        case="D",
        what="Deliveries are signed with another secret than the helpdesk's",
        found={"deliveries": "deliveries_stopped"},
        broken=then(control("delivery_fault", "bad-signature", times=None), move_issue),
        mended=then(control("clear_delivery_faults"), SUBSCRIBE, move_issue),
        passes=timedelta(minutes=20),
        work=False,
    ),
    Condition(
        case="D",
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
        what="Deliveries arrive that belong to no connection here",
        found={"unroutable": "unroutable"},
        broken=then(control("delivery_fault", "unknown-site", times=2), control("delivery_fault", "twice"), move_issue),
        mended=press("unroutable", "Discard"),
        work=False,
    ),
    Condition(
        case="D",
        what="A status that stands on the board was deleted in Jira",
        found={"drift": "drift"},
        broken=then(control("delete_status", SITE, REVIEW, IN_PROGRESS), read_anew),
        mended=mend_drift,
    ),
    Condition(
        case="D",
        what="A status that stands on the board counts as something else now",
        found={"drift": "drift"},
        broken=control("recategorize_status", SITE, ANALYSIS, "done"),
        mended=mend_drift,
    ),
)

WORK = (
    Condition(
        case="E",
        what="The hour's budget of calls is spent",
        found={"budget": "budget_spent"},
        broken=control("spend_points", SITE, 65_000),
        mended=lambda patient: patient.pass_time(hours=1),
    ),
    Condition(
        case="E",
        what="The hour's budget of this site is spent",
        found={"budget": "budget_spent"},
        broken=then(control("set_limits", points_per="site"), control("spend_points", SITE, 65_000)),
        mended=lambda patient: patient.pass_time(hours=1),
    ),
    Condition(
        case="E",
        what="The hour's budget of calls is nearly spent",
        found={"budget": "budget_low"},
        broken=control("spend_points", SITE, 62_500),
        mended=lambda patient: patient.pass_time(hours=1),
    ),
    Condition(
        case="E",
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
        what="A linked issue was deleted",
        found={"stopped": "stopped"},
        broken=delete_one,
        mended=discard_one,
    ),
)
CONDITIONS = (*AUTHORIZATION, *PROJECTS, *PERMISSIONS, *CHANGES, *WORK)
