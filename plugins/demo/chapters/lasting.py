"""Third chapter: what a connection goes through in its life, and that the mapping outlives it all."""

from __future__ import annotations

from plugins.demo.chapters.moving import authorize, go_to_consent, open_board, open_integrations
from plugins.demo.pages import jira_card, messages, read_card
from plugins.demo.stage import Stage, StepFailed, check, check_says

TOKEN_LIFETIME_S = 3600
UNAUTHORIZED = 401
REFRESH = "token.refresh_token"
READ_ANEW = "are read anew."


def outlive_token(stage: Stage) -> str:
    """Let the access token expire, and go on working"""
    stage.backstage.let("reset_calls")
    stage.backstage.let("advance", seconds=TOKEN_LIFETIME_S + 1)
    _refresh_projects(stage)
    check_says(stage.browser, READ_ANEW)
    check("What Jira answered at last", stage.backstage.statuses("getStatuses")[-1:], [200])
    if UNAUTHORIZED not in stage.backstage.statuses():  # this call, or one that the helpdesk makes by itself meanwhile
        raise StepFailed("nobody was told that the token had expired")
    _refresh_projects(stage)
    check_says(stage.browser, READ_ANEW)
    check("How often the token was renewed", stage.backstage.statuses(REFRESH), [200])
    return "Jira refused the old token, it was renewed exactly once, and the projects were read"


def outlive_outage(stage: Stage) -> str:
    """Let Atlassian be down for a while"""
    stage.backstage.let("fault", match="getStatuses", effect="503-html", times=None)
    _refresh_projects(stage)
    said = messages(stage.browser)
    if READ_ANEW in said or not said:
        raise StepFailed(f"the page does not tell that Jira is down: {said}")
    open_integrations(stage)
    check("The card's state while Jira is down", read_card(stage.browser).state, "connected")
    stage.backstage.let("clear_faults")
    _refresh_projects(stage)
    check_says(stage.browser, READ_ANEW)
    return f"“{said.partition('.')[0]}.” – still connected, and the next try succeeded"


def lose_consent(stage: Stage) -> str:
    """Let somebody remove the app at Atlassian"""
    stage.backstage.let("revoke_grant", account=stage.cast.atlassian.email)
    _refresh_projects(stage)
    open_integrations(stage)
    browser = stage.browser
    check("The card's state", read_card(browser).state, "needs_attention")
    check_says(browser, f"Jira · {stage.cast.site.name} needs attention. Atlassian refuses")
    check_says(browser, "need attention")  # how many: the health page may have found more
    check("The mapping meanwhile", open_board(stage), stage.board)
    return "the card says that Atlassian refuses and offers Re-authorize; the mapping is untouched"


def refuse_other_site(stage: Stage) -> str:
    """Try to re-authorize with another site"""
    browser, elsewhere = stage.browser, stage.cast.elsewhere
    _press_reauthorize(stage)
    if elsewhere is None:
        browser.submit("Cancel")
        check("The failure", browser.one("[data-failure]").get("data-failure"), "consent_denied")
        wrong = "there is no other site, so consent was declined"
    else:
        authorize(stage, elsewhere)
        check("The failure", browser.one("[data-failure]").get("data-failure"), "wrong_workspace")
        check_says(browser, f"Expected {stage.cast.site.name}, got {elsewhere}.")
        wrong = f"{elsewhere} instead of {stage.cast.site.name} was refused by name"
    open_integrations(stage)
    check("The card's state", read_card(browser).state, "needs_attention")
    return wrong


def reauthorize(stage: Stage) -> str:
    """Re-authorize in place"""
    _press_reauthorize(stage)
    authorize(stage, stage.cast.site.name)
    card = read_card(stage.browser)
    check("The card's state", card.state, "connected")
    check("The connections", list(card.lines), [stage.connection])
    check("The mapping", open_board(stage), stage.board)
    _refresh_projects(stage)
    check_says(stage.browser, READ_ANEW)
    return "the same connection with the same mapping, and Jira answers again"


def disconnect(stage: Stage) -> str:
    """Disconnect, and keep the mapping"""
    browser = stage.browser
    browser.open(stage.connection_url())
    browser.follow("Disconnect")
    browser.submit("Disconnect", within=browser.one("main"))
    check("The page", browser.heading, f"Jira · {stage.cast.site.name} is disconnected")
    check_says(browser, "https://id.atlassian.com/manage-profile/apps")
    stage.backstage.let("reset_calls")
    _refresh_projects(stage)
    check_says(browser, f"Jira · {stage.cast.site.name} is disconnected.")
    check("Calls to Atlassian after that", stage.backstage.counts(), {})
    check("The mapping", open_board(stage), stage.board)
    open_integrations(stage)
    check("The card's state", read_card(browser).state, "available")
    return "no call reaches Atlassian any more; the mapping can still be read"


def connect_again(stage: Stage) -> str:
    """Connect the site again, and find the mapping in force"""
    go_to_consent(stage, "Connect")
    choice = authorize(stage, stage.cast.site.name)
    card = read_card(stage.browser)
    check("The card's state", card.state, "connected")
    check("The connections", list(card.lines), [stage.connection])
    check("The mapping", open_board(stage), stage.board)
    _refresh_projects(stage)
    check_says(stage.browser, READ_ANEW)
    return f"{stage.cast.site.name} {choice}; the same connection, the same mapping"


def _refresh_projects(stage: Stage) -> None:
    stage.browser.open(stage.connection_url("/projects"))
    stage.browser.submit("Refresh")


def _press_reauthorize(stage: Stage) -> None:
    open_integrations(stage)
    stage.browser.follow("Mend", within=jira_card(stage.browser))
    stage.browser.submit("Re-authorize")
    check("Where it leads", stage.browser.place, f"{stage.cast.atlassian_url}/authorize")
