"""Signals from the outbox to their topics."""
