"""Who may sign in: people with the role admin or agent."""
