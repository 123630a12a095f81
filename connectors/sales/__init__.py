"""Tools for deals, orders and payments."""
