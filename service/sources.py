"""Sources and what reads them: where a framework meets the connectors that are installed here."""

from collections.abc import Mapping

from connectors.contract import Connector, ConnectorOptions
from connectors.envelopes import enveloped
from connectors.envelopes.schemas import NO_SCHEMAS, Schemas
from connectors.registry import connector_options, connectors
from service.framework.loading import Refused, load_files
from service.framework.models import Framework, Source
from service.ingest.preparing.revision import Convert


class UnreadableRevisionError(Exception):
    """A stored revision does not load: a connector that it names is not installed here."""


def loaded_revision(files: Mapping[str, str]) -> Framework:
    """The framework of an applied revision. Raises `UnreadableRevisionError`."""
    loaded = load_files(files, connector_options())
    if isinstance(loaded, Refused):
        raise UnreadableRevisionError(
            f"the applied framework does not load here: {loaded.problems[0]}"
        )
    return loaded.framework


def open_source(source: Source, schemas: Schemas = NO_SCHEMAS) -> Convert:
    """What reads the records of a source whose options were checked."""
    connector, options = _connected(source)
    return enveloped(connector.open(options), options.envelope, schemas)


def kinds_of(source: Source) -> frozenset[str]:
    """The kinds of events that a source can give."""
    connector, options = _connected(source)
    return connector.kinds(options)


def _connected(source: Source) -> tuple[Connector, ConnectorOptions]:
    connector = connectors()[source.connector]
    return connector, connector.options.model_validate({**source.options, "ignore": source.ignore})
