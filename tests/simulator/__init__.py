"""The Jira Cloud simulator, held to Atlassian's documents and to recorded answers."""
