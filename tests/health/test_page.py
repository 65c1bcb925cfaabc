"""What the health page says when it was looked, and how it is ordered."""

from __future__ import annotations

from sqlalchemy import delete

from helpdesk_core.sync.models import Listening
from plugins.demo.browsing import text_of
from tests.health.conditions import SITE
from tests.health.patient import OTHER, PROJECT, Patient
from tests.sync.stand import BOT


def test_what_was_asked_and_cannot_be_known_yet_is_not_called_old(patient: Patient):
    """As right after connecting: the subscription is still to come."""
    with patient.stand.host.database.write() as session:
        session.execute(delete(Listening))
    assert patient.look() == {}
    assert patient.row("deliveries")["data-standing"] == "unknown"
    assert "All is well, as far as it can be known now." in patient.browser.text
    assert "could not be asked" not in patient.browser.text


def test_what_does_not_work_stands_on_top_and_what_is_well_is_folded_up(patient: Patient):
    patient.look()
    assert "All is well" in patient.browser.heading
    assert folded(patient) == {"Connection", "Projects"}
    patient.control.hide_project(SITE, PROJECT, BOT)
    patient.look()
    assert "1 needs attention" in patient.browser.heading
    first = patient.browser.one("[data-check]")
    assert (first["data-check"], first["data-key"], first["data-severity"]) == ("project", PROJECT, "error")
    assert folded(patient) == {"Connection", "Projects", "Changes", "Work", "Mapping"}
    projects = patient.browser.one('[data-section="Projects"]')
    assert "1 in trouble, see above" in text_of(projects)
    assert len(patient.browser.all(f'[data-key="{OTHER}"]', projects)) > 1


def folded(patient: Patient) -> set[str]:
    """Return the sections that are folded up."""
    return {str(part["data-section"]) for part in patient.browser.all("details[data-section]:not([open])")}
