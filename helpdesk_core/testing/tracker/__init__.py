"""A small tracker that keeps every contract: a model for authors, and the proof that the contracts can be met.

There are two sides. `Tracker` is the remote system: its state, and its HTTP interface as an adapter for `requests`,
so that nothing needs a socket. `build_plugin` makes a plugin for it, of the facets beside this module; each one may be
replaced or left out. The plugin talks to the tracker through the session that it is given, like anybody's plugin.
"""

from helpdesk_core.testing.tracker.building import build_plugin
from helpdesk_core.testing.tracker.connected import connection_to, settings_of
from helpdesk_core.testing.tracker.service import Tracker, TrackerAdapter

__all__ = ["Tracker", "TrackerAdapter", "build_plugin", "connection_to", "settings_of"]
