"""Servers of our own for the demo and the tests: real ones, as long as a block.

`postgres_server` and `broker_server` are context managers; no process outlives them.
"""

from service.embedded.broker import broker_server, create_topics
from service.embedded.postgres import bundled_programs, postgres_server
from service.embedded.programs import Program, ServerError, free_port, guarded, listening

__all__ = [
    "Program",
    "ServerError",
    "broker_server",
    "bundled_programs",
    "create_topics",
    "free_port",
    "guarded",
    "listening",
    "postgres_server",
]
