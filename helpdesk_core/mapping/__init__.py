"""What a remote status means for a ticket, and a ticket status for an issue: projects in use and the board."""
