"""First chapter: an admin sets Jira up, makes the usual mistakes, and connects a site."""

from __future__ import annotations

from dataclasses import replace

from plugins.demo.chapters.moving import authorize, go_to_consent, open_integrations
from plugins.demo.pages import JiraCard, checklist_scopes, consent_scopes, jira_card, read_card
from plugins.demo.stage import Stage, StepFailed, check, check_says

OFFLINE = "offline_access"
"""Asked for at consent only; nothing to tick for it in the developer console."""


def sign_in(stage: Stage) -> str:
    """Sign in to the helpdesk as an admin"""
    browser, admin = stage.browser, stage.cast.admin
    browser.open(stage.url("/settings/integrations"))
    check("Settings, before anybody signed in", browser.heading, "Sign in")
    wrong = {"E-mail address": admin.email, "Password": f"{admin.password}!"}
    browser.submit("Sign in", wrong)
    check_says(browser, "That address and password do not belong together.")
    browser.submit("Sign in", {"E-mail address": admin.email, "Password": admin.password})
    check("The page asked for first", browser.heading, "Integrations")
    check_says(browser, admin.name)
    return f"a wrong password was refused, the right one led {admin.name} to the page asked for"


def find_card(stage: Stage) -> str:
    """Find Jira's card in Settings › Integrations"""
    browser = stage.browser
    browser.open(stage.url("/"))
    browser.follow("Settings")
    card = read_card(browser)
    check("The card's state", card.state, "set_up_needed")
    check("Connections", card.lines, {})
    if "Connect" in card.buttons:
        raise StepFailed("the card offers Connect before the app is set up")
    prerequisites = browser.all("ul li", browser.one("div:has(> h4)", jira_card(browser)))
    if len(prerequisites) < 2:  # noqa: PLR2004 - a site and an app at least
        raise StepFailed("the card does not say what is needed before connecting")
    return f"set-up needed; {len(prerequisites)} prerequisites stand before Connect"


def refuse_empty_set_up(stage: Stage) -> str:
    """Open the set-up form, and have an incomplete one refused"""
    browser = stage.browser
    browser.follow("Set up Jira", within=jira_card(browser))
    check("The callback URL to copy", browser.one("input[data-copy]").get("value"), stage.cast.callback_url)
    stage.scopes = checklist_scopes(browser)
    browser.submit("Save", {"Client ID": stage.cast.client_id})
    check_says(browser, "Copy the secret from the console, under Settings.")
    open_integrations(stage)
    check("The card's state after a refused form", read_card(browser).state, "set_up_needed")
    return f"it shows the callback URL and {len(stage.scopes)} permissions to tick; no secret, not saved"


def set_up_with_mistake(stage: Stage) -> str:
    """Set Jira up, with a mistyped secret"""
    browser = stage.browser
    browser.follow("Set up Jira", within=jira_card(browser))
    browser.submit("Save", {"Client ID": stage.cast.client_id, "Secret": f"{stage.cast.client_secret}-mistyped"})
    check_says(browser, "Jira is set up. You can connect now.")
    card = read_card(browser)
    check("The card's state", card.state, "available")
    if "Connect" not in card.buttons:
        raise StepFailed("the card offers no Connect")
    return "saved, and the card offers Connect"


def sign_in_at_atlassian(stage: Stage) -> str:
    """Press Connect, and sign in at Atlassian"""
    browser, account = stage.browser, stage.cast.atlassian
    browser.submit("Connect", within=jira_card(browser))
    check("Where Connect leads", browser.place, f"{stage.cast.atlassian_url}/login")
    browser.submit("Log in", {"Email": account.email, "Password": f"{account.password}!"}, expect=401)
    check_says(browser, "Incorrect email address or password.")
    browser.submit("Log in", {"Email": account.email, "Password": account.password})
    check("After signing in", browser.place, f"{stage.cast.atlassian_url}/authorize")
    check_says(browser, account.email)
    return f"as {account.name}; a wrong password was refused"


def read_consent(stage: Stage) -> str:
    """Read what Atlassian asks consent for"""
    asked = consent_scopes(stage.browser)
    check("The permissions asked for", asked, stage.scopes | {OFFLINE})
    return f"consent named {len(asked)} permissions, exactly those of the set-up form and {OFFLINE}"


def learn_of_mistake(stage: Stage) -> str:
    """Authorize, and be told that the secret is wrong"""
    browser = stage.browser
    authorize(stage, stage.cast.elsewhere or stage.cast.site.name)
    check("The failure", browser.one("[data-failure]").get("data-failure"), "client_refused")
    title = browser.heading
    browser.follow("Check the set-up")
    browser.submit("Save", {"Secret": stage.cast.client_secret})
    check_says(browser, "Jira is set up.")
    check("Connections", read_card(browser).lines, {})
    return f"“{title}”; nothing was connected, and the right secret is saved now"


def connect(stage: Stage) -> str:
    """Connect again, and choose the site"""
    browser, site = stage.browser, stage.cast.site.name
    go_to_consent(stage, "Connect")
    choice = authorize(stage, site)
    check_says(browser, f"Jira · {site} is connected.")
    (stage.connection, *others) = read_card(browser).lines
    check("Other connections", others, [])
    return f"{site} {choice}"


def read_connection(stage: Stage) -> str:
    """See on the card and its page that Jira is connected"""
    browser, cast = stage.browser, stage.cast
    card = read_card(browser)
    check("The card's state", card.state, "connected")
    if f"Connected as {cast.atlassian.name}" not in card.lines[stage.connection]:
        raise StepFailed(f"the card does not name {cast.atlassian.name}: {card.lines[stage.connection]}")
    browser.follow("Manage", within=jira_card(browser))
    check_says(browser, f"{cast.atlassian.name} ({cast.atlassian.email})")
    check_says(browser, f"{cast.atlassian_url}/sites/{cast.site.name}")
    check_says(browser, cast.admin.name)
    granted = [line.get_text().strip() for line in browser.all("ul.list-unstyled li")]
    check("Permissions not granted", [line for line in granted if not line.startswith("✓")], [])
    check("Permissions granted", len(granted), len(stage.scopes | {OFFLINE}))
    return f"{cast.site.name}, acting as {cast.atlassian.name}, with {len(granted)} permissions granted"


def decline_another(stage: Stage) -> str:
    """Decline consent, and see that nothing has changed"""
    browser = stage.browser
    open_integrations(stage)
    before = _without_words(read_card(browser))
    go_to_consent(stage, "Connect another site")
    browser.submit("Cancel")
    check("The failure", browser.one("[data-failure]").get("data-failure"), "consent_denied")
    title = browser.heading
    open_integrations(stage)
    check("The card", _without_words(read_card(browser)), before)
    return f"“{title}”; the card is as before"


def _without_words(card: JiraCard) -> JiraCard:
    """Leave out what the lines say: that no project is in use yet may be noted there at any moment."""
    return replace(card, lines=dict.fromkeys(card.lines, ""))
