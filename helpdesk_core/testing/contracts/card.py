"""The settings card: what every admin sees of a plugin, also of one that is not connected."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup

from helpdesk_core.integrations import Integration
from helpdesk_core.testing.contract import Contract, reads

TITLE: Final = 40
ICON: Final = re.compile(r"data:image/svg\+xml(;charset=utf-8)?,", re.IGNORECASE)
ACTIVE: Final = frozenset({"script", "foreignobject", "iframe", "image", "use", "a", "animate", "set"})

LOADING: Final = re.compile(r"@import|url\(\s*[\"']?(?!\s*[\"'#])", re.IGNORECASE)
"""What a style loads; an address within the picture begins with #."""


class SettingsCardContract(Contract):
    """The card says what the integration is, in words, and brings nothing that acts on the page."""

    hook = "helpdesk_settings_card"

    @reads("helpdesk_settings_card", "SettingsCard")
    def test_card_title_and_summary_say_what_it_is(self, integration: Integration) -> None:
        """The title is a name of at most 40 characters; the summary is a sentence, with its full stop."""
        title, summary = integration.card.title, integration.card.summary
        assert title == title.strip(), "the title has blanks around it"
        assert 0 < len(title) <= TITLE, f"the title has {len(title)} characters, at most {TITLE} fit on a card"
        assert re.search(r"\w{2,}.*[.!]$", summary.strip()), f"the summary must be a sentence with its end: {summary!r}"

    @reads("helpdesk_settings_card", "SettingsCard")
    def test_card_icon_is_a_still_picture(self, integration: Integration) -> None:
        """The icon is empty or an SVG in a `data:` address, without script, link or anything that is loaded."""
        if not (icon := integration.card.icon):
            return
        start = ICON.match(icon)
        assert start, "an icon begins with data:image/svg+xml, and is not base64"
        picture = unquote(icon[start.end() :])
        active = {
            element.name
            for element in BeautifulSoup(picture, "html.parser").find_all(name=True)
            if element.name in ACTIVE
            or any(name.rpartition(":")[2].startswith(("on", "href")) for name in element.attrs)
        }
        assert active == set(), f"the icon holds what acts or is loaded: {', '.join(sorted(active))}"
        assert not LOADING.search(picture), "a style of the icon loads something"

    @reads("helpdesk_settings_card", "SettingsCard")
    def test_card_leads_to_documents_by_https(self, integration: Integration) -> None:
        """`docs_url` is empty or an address by https."""
        url = integration.card.docs_url
        assert not url or (urlsplit(url).scheme == "https" and urlsplit(url).hostname), f"docs_url must be https: {url}"

    @reads("helpdesk_settings_card", "Permission")
    def test_card_tells_permissions_in_words(self, integration: Integration) -> None:
        """Each permission that connecting asks for is told in words that an admin knows, once."""
        told = [each.words.strip() for each in integration.card.permissions]
        assert all(told), "a permission without words tells an admin nothing"
        assert len(set(told)) == len(told), f"a permission is told twice: {told}"
        bare = [each.words for each in integration.card.permissions if each.scope and each.words.strip() == each.scope]
        assert bare == [], f"the remote system's own name is no words for an admin: {bare}"

    @reads("helpdesk_settings_card", "SettingsCard")
    def test_card_lines_are_said(self, integration: Integration) -> None:
        """Section, the word for a workspace and every prerequisite are said, none is blank."""
        card = integration.card
        lines = (card.section, card.workspace_word, *card.prerequisites)
        assert all(line.strip() for line in lines), f"a line of the card is blank: {lines}"
