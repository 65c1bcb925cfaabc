"""A stateful, strict stand-in for auth.atlassian.com and api.atlassian.com (Jira Cloud).

People run it (`helpdesk simulator`), tests mount it:

    from plugins.jira.simulator import Simulator, demo_world

    with Simulator(demo_world(callback_url)).serve() as simulator:
        simulator.url                                  # http://127.0.0.1:<port>
        simulator.control.fault("token.refresh_token", "503-html", times=2)

Simulated: the consent screen with sign-in, site choice and every refusal; codes and rotating
refresh tokens with leeway, family revocation and expiry; accessible-resources; Jira's REST calls
for projects, statuses, issue types, permissions, data policies, issues, comments, transitions, search, remote links,
workflows and webhooks, with enforced scopes, permissions and rate limits, and the error bodies of Jira, its
framework and the gateway; signed deliveries of what changes, with retries; automations; and a board
for people.

Never simulated: PKCE, granular scopes, Jira Service Management.

Where behaviour comes from: https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/,
https://developer.atlassian.com/cloud/jira/platform/rest/v3/ and its OpenAPI document (tests hold
every answer to it), and recorded answers of real sites (tests compare shapes). Each module names its
own sources. What nobody has confirmed is marked where it is decided.

It imports neither the helpdesk nor its Jira client: two readings of one document, made apart, find
each other's mistakes.
"""

from __future__ import annotations

from plugins.jira.simulator.building import demo_world, large_world, world_from_workflow
from plugins.jira.simulator.clock import Clock
from plugins.jira.simulator.faults import Effect
from plugins.jira.simulator.loading import load_world, parse_world
from plugins.jira.simulator.reading import WorldError
from plugins.jira.simulator.server import Simulator
from plugins.jira.simulator.world import World

__all__ = [
    "Clock",
    "Effect",
    "Simulator",
    "World",
    "WorldError",
    "demo_world",
    "large_world",
    "load_world",
    "parse_world",
    "world_from_workflow",
]
