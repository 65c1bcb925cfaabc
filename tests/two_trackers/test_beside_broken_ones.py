"""All broken kinds of plugins are installed at once: each is named with its reason, and Jira goes on working."""

from __future__ import annotations

import sys

import pytest

from helpdesk_core.host import Host
from helpdesk_core.integrations import IntegrationRegistry
from helpdesk_core.jobs import Work
from helpdesk_core.jobs.memory import MemoryJobs
from helpdesk_core.sync.work import register
from plugins.jira.simulator import Simulator
from plugins.registry import build_registry
from tests.core.test_registry import BROKEN, Site
from tests.sync.stand import ANALYSIS, RESOLVED, Stand, connect, keys_of_more, make_host, settings_for

KEY = keys_of_more(1)[0]


@pytest.fixture
def registry(tmp_path, monkeypatch) -> IntegrationRegistry:
    site = Site(tmp_path / "site")
    monkeypatch.syspath_prepend(str(site.folder))
    for number, (code, _) in enumerate(BROKEN.values()):
        site.install(
            f"broken-{number}", module=f"broken_{number}", code=code, **{f"broken-{number}": f"broken_{number}"}
        )
    site.install("jira-of-others", module="jira_of_others", jira="jira_of_others")
    yield build_registry()
    for name in [name for name in sys.modules if name.startswith(("broken_", "jira_of_others"))]:
        del sys.modules[name]


@pytest.fixture
def host(database, registry, vault_key, work: Work, simulator: Simulator, now) -> Host:
    host = make_host(
        database=database,
        jobs=MemoryJobs(work, now),
        key=vault_key,
        registry=registry,
        jira=settings_for(simulator),
        now=now,
    )
    register(work, host)
    return host


def test_each_is_quarantined_by_name_while_jira_goes_on_working(admin, host, simulator, signed_in):
    page = signed_in(admin).get("/settings/integrations").text
    for number, (_, reason) in enumerate(BROKEN.values()):
        assert f"broken-{number} 1.5" in page
        assert reason.replace("'", "&#39;") in page
    assert "already taken by helpdesk" in page
    assert "jira-of-others 1.5 claims it too" in page

    jira: Stand = connect(host, simulator)
    ticket = jira.ticket()
    jira.link(ticket, KEY)
    jira.change(ticket, "in_progress")
    host.jobs.run_all()
    assert jira.issue(KEY).status_id == ANALYSIS
    jira.move(KEY, RESOLVED)
    jira.want(1)
    host.jobs.run_all()
    assert jira.status_of(ticket) == "done"
