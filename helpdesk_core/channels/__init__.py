"""Channels: how tickets become issues and issues become tickets."""
