"""Deliveries of the simulator have the shape of recorded deliveries of real sites."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from plugins.jira.simulator import Simulator
from tests.simulator.delivering import APPROVE, REVIEW, create, listen, move, settle
from tests.simulator.driving import Api
from tests.simulator.receiving import Receiver
from tests.simulator.recordings import FOLDER, read, recordings, shape_differences

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.recorded

# What recorded deliveries hold and ours leave out, and why.
LEFT_OUT = {
    r"user\.(name|key)": "user names are gone from the Cloud",
    r"(user|fields\.(creator|reporter|assignee))\.emailAddress": "deliveries tell no addresses (facts §3.4)",
}
# The events that the simulator has; the others change fields that its issues do not have.
UPDATES = ("started-working", "resolved-one-changelog", "reopened", "renamed")


def belongs(place: Path) -> bool:
    name = place.stem.removeprefix("mattermost-webhook-")
    return name != place.stem and (
        name.startswith(("issue-created", "cloud-issue")) or name.removeprefix("issue-updated-") in UPDATES
    )


@pytest.mark.skipif(not recordings(), reason=f"no recordings in {FOLDER}; name their folder in HELPDESK_RECORDED")
@pytest.mark.parametrize("place", [each for each in recordings() if belongs(each)], ids=lambda place: place.stem)
def test_delivers_in_the_shape_of_the_recording(simulator: Simulator, dana: Api, there: Receiver, place: Path) -> None:
    recorded = read(place)["body"]
    listen(dana, there)
    text = {"type": "paragraph", "content": [{"type": "text", "text": "It hums"}]}
    create(dana, description={"type": "doc", "version": 1, "content": [text]}, labels=["helpdesk"])
    move(dana, "SUP-1", REVIEW)
    move(dana, "SUP-1", APPROVE, fields={"resolution": {"name": "Done"}})
    settle(simulator)
    created, _, resolved = (each.body for each in there.arrivals)
    ours = created if recorded["webhookEvent"] == "jira:issue_created" else resolved
    differences = [*shape_differences(_envelope(recorded), _envelope(ours))]
    differences += shape_differences(_fields(recorded), _fields(ours))
    assert [each for each in differences if not _is_left_out(each)] == []
    assert ours["webhookEvent"] == recorded["webhookEvent"]


def _is_left_out(difference: str) -> bool:
    path, _, what = difference.partition(": ")
    return what.startswith("recorded, but absent") and any(re.fullmatch(each, path) for each in LEFT_OUT)


def _fields(body: dict[str, Any]) -> dict[str, Any]:
    return {"fields": body["issue"]["fields"]}


def _envelope(body: dict[str, Any]) -> dict[str, Any]:
    """The body without the issue's fields, which are compared like those of an answer."""
    issue = {name: value for name, value in body["issue"].items() if name != "fields"}
    return body | {"issue": issue}


def test_the_recordings_that_are_compared_are_there() -> None:
    if not recordings():
        pytest.skip(f"no recordings in {FOLDER}")
    assert len([each for each in recordings() if belongs(each)]) >= 9
