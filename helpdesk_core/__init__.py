"""A small helpdesk that knows no ticketing system: those come as plugins.

A plugin author reads five modules and imports nothing else of this package:

* `helpdesk_core.hookspecs`: the hooks; a plugin implements the ones it can.
* `helpdesk_core.facets`: the abstract classes that hooks return.
* `helpdesk_core.values`: the frozen values that cross the seam.
* `helpdesk_core.errors`: the three families of errors that a facet may raise.
* this one: `hookimpl` and `__version__`.

Everything else is the helpdesk's own and may change without notice. ``docs/plugins/hooks.md`` is the
reference, kept true by a test.
"""

from helpdesk_core.hookspecs import hookimpl

__all__ = ["__version__", "hookimpl"]

__version__ = "0.1.0"
