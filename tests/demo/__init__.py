"""The demo and its tour."""
