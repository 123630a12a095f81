"""A registry that is a directory: `42.avsc`, `43.json` and `44.proto`, each named by its id.

For tests and for trying a record where no registry can be reached. Files whose name is no id are
what others build upon, by their name.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from connectors.envelopes.schemas import Reference, Schema, SchemaId, SchemaType

_TYPES: Final[Mapping[str, SchemaType]] = {".avsc": "AVRO", ".json": "JSON", ".proto": "PROTOBUF"}


class FileRegistry:
    """Fetches schemas from the files of a directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def fetch(self, id_: SchemaId) -> Schema | None:
        """The schema in the file of that name."""
        for suffix, type_ in _TYPES.items():
            file = self._directory / f"{id_}{suffix}"
            if file.is_file():
                return Schema(type_, file.read_text(encoding="utf-8"), _references(file))
        return None

    async def close(self) -> None:
        """Files are open only while they are read."""


def _references(file: Path) -> tuple[Reference, ...]:
    """All other files of the type, in the order of their names."""
    others = sorted(file.parent.glob(f"*{file.suffix}"))
    return tuple(
        Reference(other.name, other.read_text(encoding="utf-8"))
        for other in others
        if not other.stem.isdigit()
    )
