"""`helpdesk demo`: a helpdesk and a simulated Jira Cloud side by side, and a tour that walks through both.

`program` is the command, `serving` runs both in one process, `worlds` and `seeding` say what is in them: together they
are part of the composition root, like `plugins.registry`, and know the core and the simulator. `tour`, its chapters and
`browsing` know neither: they speak HTTP, as a browser would.
"""
