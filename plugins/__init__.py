"""The composition root (`registry`) and the plugins that ship with the helpdesk."""
