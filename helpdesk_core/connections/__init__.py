"""Authorized workspaces: connecting, credentials, refreshing, disconnecting, and Settings › Integrations."""
