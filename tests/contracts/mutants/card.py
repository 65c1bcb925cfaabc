"""Mistakes of a settings card."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote

from helpdesk_core.testing.tracker.card import CARD
from helpdesk_core.values import Permission
from tests.contracts.mutants.planting import Bed

BED = Bed()
WORDS = "test_card_title_and_summary_say_what_it_is"
ICON = "test_card_icon_is_a_still_picture"
PERMISSIONS = "test_card_tells_permissions_in_words"
LINES = "test_card_lines_are_said"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8">{}<path d="M0 0h8v8z"/></svg>'


def _card(name: str, mistake: str, breaks: str, **changed: Any) -> None:
    BED.add(name, mistake, breaks, settings_card=replace(CARD, **changed))


def _icon(inner: str) -> str:
    return f"data:image/svg+xml,{quote(SVG.format(inner))}"


_card("LongTitle", "The title is a whole slogan.", WORDS, title="Tracker, the issue tracker for everybody else")
_card("PaddedTitle", "The title has a blank behind it.", WORDS, title="Tracker ")
_card("SummaryIsALabel", "The summary is two words.", WORDS, summary="Issue tracker")
_card("NoSummary", "There is no summary.", WORDS, summary="")
_card("IconFromTheNet", "The icon is loaded from the net.", ICON, icon="https://tracker.test/icon.svg")
_card("IconIsAPixelPicture", "The icon is a PNG.", ICON, icon="data:image/png;base64,iVBORw0KGgo=")
_card("IconWithScript", "The icon brings a script.", ICON, icon=_icon("<script>alert(1)</script>"))
_card("IconThatActs", "The icon does something when it is loaded.", ICON, icon=_icon('<g onload="alert(1)"/>'))
_card("IconThatLeads", "The icon refers to another picture.", ICON, icon=_icon('<g xlink:href="https://a.test/b"/>'))
_card(
    "IconThatLoads",
    "A style within the icon loads a picture.",
    ICON,
    icon=_icon("<rect style=\"fill: url('https://a.test/b.svg')\"/>"),
)
_card(
    "IconThatImports",
    "A style sheet within the icon imports another.",
    ICON,
    icon=_icon("<style>@import 'https://a.test/b.css';</style>"),
)
_card(
    "DocumentsByHttp",
    "The documents are linked by http.",
    "test_card_leads_to_documents_by_https",
    docs_url="http://tracker.test/docs",
)
_card(
    "PermissionWithoutWords",
    "A permission is told by its scope alone.",
    PERMISSIONS,
    permissions=(Permission(words="", scope="read"),),
)
_card(
    "ScopeForWords",
    "The scope stands where words belong.",
    PERMISSIONS,
    permissions=(Permission(words="read:issue", scope="read:issue"),),
)
_card(
    "PermissionTwice",
    "Two scopes are told in the same words.",
    PERMISSIONS,
    permissions=(Permission(words="Read issues", scope="read"), Permission(words="Read issues", scope="write")),
)
_card("BlankPrerequisite", "A prerequisite was left blank.", LINES, prerequisites=("You have an account.", ""))
_card("NoWordForAWorkspace", "What a workspace is called was left blank.", LINES, workspace_word="")
