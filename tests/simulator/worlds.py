"""Worlds that several tests bend to their needs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plugins.jira.simulator import World


def without_permissions(world: World, *permissions: str) -> World:
    """The same world, where nobody on its first site holds these permissions."""
    site = world.sites[0]
    lost = frozenset(permissions)
    members = tuple(replace(member, everywhere=member.everywhere - lost) for member in site.members)
    return replace(world, sites=(replace(site, members=members), *world.sites[1:]))
