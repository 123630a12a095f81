"""The AsyncAPI document of an installation: which topics are read, and what is sent.

Pure. A source's records have a schema where its connector prescribes their form; of other tools
the connector's page says what is read. Signals are described by the models that write them.
"""

import json
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from service.framework.models import Framework, Source
from service.opportunities.signals import CONTENT_TYPE, signal_schema

VERSION: Final = "3.0.0"

Document: TypeAlias = dict[str, Any]


def asyncapi_document(
    framework: Framework, signals_topic: str, record_schemas: Mapping[str, Document]
) -> Document:
    """What a framework reads and sends. `record_schemas` are those that connectors prescribe."""
    schemas: Document = {}
    records = {
        source.id: _record(source, schemas, record_schemas.get(source.connector))
        for source in framework.sources
    }
    signal = _payload("signal", signal_schema(), schemas)
    return {
        "asyncapi": VERSION,
        "info": {
            "title": f"Signalbox with the framework {framework.framework}",
            "version": "1",
            "description": "Topics that are read, and signals about opportunities and milestones.",
        },
        "defaultContentType": "application/json",
        "channels": {
            **{f"source.{source.id}": _source_channel(source) for source in framework.sources},
            "signals": _channel(signals_topic, "signal", _SIGNALS),
        },
        "operations": {
            **{f"read.{id_}": _operation("receive", f"source.{id_}") for id_ in records},
            "send": _operation("send", "signals"),
        },
        "components": {
            "messages": {
                **{f"record.{id_}": message for id_, message in records.items()},
                "signal": {"contentType": CONTENT_TYPE, "summary": _SIGNAL, "payload": signal},
            },
            "schemas": schemas,
        },
    }


_SIGNALS: Final = (
    "At least once; first deliveries in order for each key, repeats identical. A reader drops what "
    "is not above the last `sequence` that it saw for the key."
)
_SIGNAL: Final = "A CloudEvent in structured JSON with all of an opportunity's evidence."


def _source_channel(source: Source) -> Document:
    about = f"Records of {source.system}, read by connector {source.connector}."
    return _channel(source.topic, f"record.{source.id}", about)


def _channel(topic: str, message: str, description: str) -> Document:
    reference = {"$ref": f"#/components/messages/{message}"}
    return {"address": topic, "description": description, "messages": {message: reference}}


def _operation(action: str, channel: str) -> Document:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}}


def _record(source: Source, schemas: Document, prescribed: Document | None) -> Document:
    summary = f"What {source.connector} publishes; docs/connectors says which events it becomes."
    if prescribed is None:
        return {"summary": summary, "payload": {}}
    return {"summary": summary, "payload": _payload("event", prescribed, schemas)}


def _payload(name: str, schema: Document, schemas: Document) -> Document:
    """The schema, its definitions where an AsyncAPI document has them."""
    text = json.dumps(schema).replace('"#/$defs/', f'"#/components/schemas/{name}.')
    moved: Document = json.loads(text)
    for part, definition in moved.pop("$defs", {}).items():
        schemas[f"{name}.{part}"] = definition
    return moved
