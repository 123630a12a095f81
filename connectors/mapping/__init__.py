"""`mapping`: any JSON payload, described in YAML by expressions.

`connector` says what can be written, `options` is its form, `entry` computes events by it.
"""

from connectors.mapping.connector import MAPPING

__all__ = ["MAPPING"]
