"""Who and what a tour meets: people with their passwords, and what the Jira site really holds.

Plain values, so that the tour needs neither the helpdesk's code nor the simulator's to know what is true.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Somebody who signs in somewhere."""

    name: str
    email: str
    password: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class JiraStatus:
    """A status of a Jira workflow; its category is Jira's key for it."""

    id: str
    name: str
    category: str


@dataclass(frozen=True, kw_only=True, slots=True)
class JiraProject:
    """A project that the connecting account sees."""

    key: str
    name: str
    statuses: tuple[JiraStatus, ...]
    permissions: frozenset[str]
    """What it may do there, by Jira's keys."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AtlassianSite:
    """A site as the connecting account sees it."""

    name: str
    projects: tuple[JiraProject, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Cast:
    """Everything that a tour has to know beforehand."""

    helpdesk_url: str
    atlassian_url: str
    admin: Person
    agent: Person
    atlassian: Person
    """The Atlassian account that connects."""
    client_id: str
    client_secret: str = field(repr=False)
    callback_url: str
    """As it is registered at Atlassian."""
    site: AtlassianSite
    """The one to connect."""
    elsewhere: str | None
    """Another Jira site of the account; None where there is only one."""
    keeps: bool
    """Whether the site holds the issue with which tickets are kept in step in this story."""
    custom_status: str
    """A ticket status that an admin added."""
