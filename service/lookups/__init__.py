"""Asking the API of a tool, as a good guest: seldom, patiently, and nobody else than it."""
