"""A plugin of the helpdesk for the Roundup issue tracker, in a distribution of its own."""
