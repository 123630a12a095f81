"""Tools for tickets and conversations."""
