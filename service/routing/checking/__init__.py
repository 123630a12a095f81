"""Syntax tree to checked tree: every name and type held against the catalogue.

Guarantees: a checked tree only asks for fields, functions and kinds that exist, with types that
CEL allows; all problems that do not follow from one another are reported together, in the order
of the source. What is known only when an event is there (attributes) is checked then.
"""

from service.routing.checking.scope import Use
from service.routing.checking.tree import check

__all__ = ["Use", "check"]
