"""Ways that several steps go: to a page of the helpdesk, to Atlassian's consent, and back."""

from __future__ import annotations

from plugins.demo.pages import Board, jira_card, read_board
from plugins.demo.stage import Stage, check


def open_integrations(stage: Stage) -> None:
    """Open Settings › Integrations."""
    stage.browser.open(stage.url("/settings/integrations"))


def open_board(stage: Stage) -> Board:
    """Open the mapping board and read it."""
    stage.browser.open(stage.connection_url("/mapping"))
    return read_board(stage.browser)


def go_to_consent(stage: Stage, button: str) -> None:
    """Press a button of Jira's card that leads to Atlassian, where the account is signed in already."""
    open_integrations(stage)
    stage.browser.submit(button, within=jira_card(stage.browser))
    check("Where it leads", stage.browser.place, f"{stage.cast.atlassian_url}/authorize")


def authorize(stage: Stage, site: str) -> str:
    """Give consent for a site; where the helpdesk then asks which of several was meant, choose it.

    Returns:
        How the site was chosen, in words.
    """
    browser = stage.browser
    browser.submit("Authorize", {"Use app on": site})
    offered = browser.all('input[type=radio][name="workspace"]')
    if not offered:
        return "was the only site to choose"
    browser.submit("Connect", {f"{site} (": True}, within=browser.one("main"))
    return f"was chosen among {len(offered)} sites"
