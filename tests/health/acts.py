"""How conditions are broken and mended: what people do at Jira, and what an admin presses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import update

from helpdesk_core.channels.models import Channel
from helpdesk_core.connections.models import Credential
from helpdesk_core.sync.models import Listening
from plugins.jira.simulator.world import MEMBER_PERMISSIONS
from tests.health.patient import Patient
from tests.sync.stand import BOT, DANA, OPEN, PROJECT, REOPENED, SCOPES, SITE

Act = Callable[[Patient], object]


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

    def take(patient: Patient) -> None:
        patient.lacking.add(permission)
        patient.control.set_permissions(SITE, BOT, sorted(MEMBER_PERMISSIONS - patient.lacking), project)

    return take


def given(permission: str, project: str = PROJECT) -> Act:
    """Return what gives one permission in a project back."""

    def give(patient: Patient) -> None:
        patient.lacking.remove(permission)
        patient.control.set_permissions(SITE, BOT, sorted(MEMBER_PERMISSIONS - patient.lacking), project)

    return give


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


def lead_channel_to(kind_id: str) -> Act:
    """Return what lets the channel create issues of another type."""

    def lead(patient: Patient) -> None:
        with patient.stand.host.database.write() as session:
            session.execute(update(Channel).values(kind_id=kind_id))

    return lead


def remove_type(patient: Patient) -> None:
    """Let an administrator delete all bugs of the project, and then their type."""
    live = patient.stand.simulator.state.site(SITE)
    for issue in [each for each in live.issues.values() if each.type_id == "10002"]:
        if live.key_of(issue).startswith(f"{PROJECT}-"):
            patient.control.delete_issue(SITE, live.key_of(issue), DANA)
    patient.control.remove_issue_type(SITE, PROJECT, "Bug")


def choose_for_channel(kind: str) -> Act:
    """Return what chooses another type of issue on the channel's page, by the button of the check."""

    def choose(patient: Patient) -> None:
        patient.press("channel.1", "Mend the channel")
        patient.browser.follow("Fill in what is demanded")
        patient.browser.submit("Change", {"Project and kind of issue": f"SUP Customer Support · {kind}"})
        patient.browser.submit("Save")

    return choose


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
