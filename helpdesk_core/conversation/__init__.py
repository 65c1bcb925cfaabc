"""The conversation: public replies go to the issue and its comments come to the ticket, where an admin says so."""
