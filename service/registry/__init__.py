"""Where schemas come from: a registry over HTTP, or a directory of files.

What is in a schema-registry frame can be read only with its schema, and reading is pure. So before
a batch is prepared its shell asks `SchemaBook.learn` for what is missing; the mapping that the
envelopes hold is the book itself. See `docs/adr/0014-schemas-are-fetched-before-a-batch.md`.
"""

from service.registry.book import Registry, SchemaBook, UnreachableError
from service.registry.files import FileRegistry
from service.registry.http import HttpRegistry

__all__ = ["FileRegistry", "HttpRegistry", "Registry", "SchemaBook", "UnreachableError"]
