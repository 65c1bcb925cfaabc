"""Reads a member of a site: an account, what it may do there, and the roles and groups it is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plugins.jira.simulator.world import MEMBER_PERMISSIONS, PERMISSIONS, Member

if TYPE_CHECKING:
    from plugins.jira.simulator.reading import Node


def read_member(node: Node, accounts: set[str], keys: set[str]) -> Member:
    """`accounts` are the ids of the world, `keys` those of the site's projects."""
    node.only("account", "permissions", "roles", "groups")
    everywhere, in_project = _permissions(node, keys)
    roles, groups = node.optional("roles"), node.optional("groups")
    return Member(
        account=node["account"].one_of(accounts, "account id of this world"),
        everywhere=everywhere,
        in_project=in_project,
        roles=frozenset(roles.texts()) if roles else None,
        groups=frozenset(groups.texts()) if groups else frozenset(),
    )


def _permissions(node: Node, keys: set[str]) -> tuple[frozenset[str], dict[str, frozenset[str]]]:
    permissions = node.optional("permissions")
    everywhere, in_project = MEMBER_PERMISSIONS, {}
    for key, names in permissions.members() if permissions else ():
        granted = frozenset(item.one_of(PERMISSIONS, "permission") for item in names.items())
        if key == "*":
            everywhere = granted
        elif key in keys:
            in_project[key] = granted
        else:
            raise names.error(f'the site has no project "{key}": write a project key, or "*"')
    return everywhere, in_project
