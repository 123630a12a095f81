"""The JSON Schema of a framework, so that an editor completes and checks what one writes.

It describes one file, which may hold any part of a framework; what must fit together is for
`service.framework.checking`. A source has the keys of its connector and no others.
"""

from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic.json_schema import GenerateJsonSchema

from service.framework.checking import Connectors
from service.framework.durations import duration_text
from service.framework.models import Framework, Source

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def framework_schema(connectors: Connectors) -> dict[str, Any]:
    """What a file of a framework may say, with these connectors."""
    sources = reduce(or_, (_source(name, options) for name, options in sorted(connectors.items())))
    documented = Field((), description=Framework.model_fields["sources"].description)
    own: Any = {"sources": (tuple[sources, ...], documented)}  # type: ignore[valid-type]
    file = create_model("Framework", __base__=Framework, **own)
    schema = file.model_json_schema(schema_generator=_AsWritten)
    del schema["required"]
    return {
        "$schema": DIALECT,
        **schema,
        "title": "One file of a Signalbox framework",
        "description": "All *.yaml files of a directory are one framework.",
    }


class _AsWritten(GenerateJsonSchema):
    """Defaults as one writes them in YAML, and no titles that only repeat the keys."""

    def encode_default(self, dft: Any) -> Any:
        return duration_text(dft) if isinstance(dft, timedelta) else super().encode_default(dft)

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - overrides
        return False


class _ClosedSource(Source):
    model_config = ConfigDict(extra="forbid")


def _source(name: str, options: type[BaseModel]) -> Any:
    """A source of one connector: the keys of every source, and the connector's own."""
    own = {
        field: (info.annotation, info)
        for field, info in options.model_fields.items()
        if field not in Source.model_fields
    }
    fields: dict[str, Any] = {"connector": (Literal[name], ...), **own}
    model = f"{name.title()}Source"
    return create_model(model, __base__=_ClosedSource, __doc__=f"Read by {name}.", **fields)
