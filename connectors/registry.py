"""Which connectors there are: ours in an explicit table, others by entry point.

A connector from elsewhere is a distribution with an entry point in the group
`signalbox.connectors` that has the connector's name and names its `connectors.contract.Connector`.
Each is loaded when it is asked for, so that a process has the connectors that its sources name
and no others.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache, partial, wraps
from importlib.metadata import EntryPoint, entry_points
from pkgutil import resolve_name
from typing import Any, Final, TypeAlias

from connectors.contract import Connector, ConnectorOptions, Convert, total
from connectors.on_demand import OnDemand
from connectors.pipelines.airbyte import airbyte

GROUP: Final = "signalbox.connectors"

Load: TypeAlias = Callable[[], Connector]

_PLACES: Final[Mapping[str, str]] = {
    "app_reviews": "connectors.feedback.app_reviews:APP_REVIEWS",
    "asknicely": "connectors.feedback.asknicely:ASKNICELY",
    "canonical": "connectors.canonical:CANONICAL",
    "delighted": "connectors.feedback.delighted:DELIGHTED",
    "dynamics": "connectors.sales.dynamics:DYNAMICS",
    "formbricks": "connectors.feedback.formbricks:FORMBRICKS",
    "freshdesk": "connectors.support.freshdesk:FRESHDESK",
    "helpscout": "connectors.support.helpscout:HELPSCOUT",
    "hubspot": "connectors.sales.hubspot:HUBSPOT",
    "intercom": "connectors.support.intercom:INTERCOM",
    "jira": "connectors.support.jira:JIRA",
    "mapping": "connectors.mapping:MAPPING",
    "medallia": "connectors.feedback.medallia:MEDALLIA",
    "pipedrive": "connectors.sales.pipedrive:PIPEDRIVE",
    "qualtrics": "connectors.feedback.qualtrics:QUALTRICS",
    "salesforce": "connectors.sales.salesforce:SALESFORCE",
    "segment": "connectors.behaviour.segment:SEGMENT",
    "servicenow": "connectors.support.servicenow:SERVICENOW",
    "shopify": "connectors.sales.shopify:SHOPIFY",
    "snowplow": "connectors.behaviour.snowplow:SNOWPLOW",
    "stripe": "connectors.sales.stripe:STRIPE",
    "surveymonkey": "connectors.feedback.surveymonkey:SURVEYMONKEY",
    "trustpilot": "connectors.feedback.trustpilot:TRUSTPILOT",
    "typeform": "connectors.feedback.typeform:TYPEFORM",
    "wootric": "connectors.feedback.wootric:WOOTRIC",
    "zendesk": "connectors.support.zendesk:ZENDESK",
    "zenloop": "connectors.feedback.zenloop:ZENLOOP",
}

_TOOLS: Final[Mapping[str, Load]] = {
    name: partial(resolve_name, place) for name, place in _PLACES.items()
}


@cache
def _airbyte() -> Connector:
    return airbyte(OnDemand(_TOOLS))


_OURS: Final[Mapping[str, Load]] = {**_TOOLS, "airbyte": _airbyte}

OURS: Final[Mapping[str, Connector]] = OnDemand(_OURS)


class BadConnector(Exception):  # noqa: N818 - it names what was found
    """An installed distribution offers a connector that cannot be used."""


@cache
def connectors() -> Mapping[str, Connector]:
    """All connectors by name, as they are installed when this is first asked.

    Raises `BadConnector` for an entry point with the name of another, and whoever asks for a
    connector for one that is none.
    """
    return beside_ours(entry_points(group=GROUP))


def connector_options() -> Mapping[str, type[ConnectorOptions]]:
    """The options of all connectors by name: what loading a framework needs to know of them."""
    found = connectors()
    return OnDemand({name: partial(_options, found, name) for name in found})


def beside_ours(found: Iterable[EntryPoint]) -> Mapping[str, Connector]:
    """Ours and the connectors of these entry points."""
    loads = dict(_OURS)
    for entry in found:
        if entry.name in loads:
            raise BadConnector(
                f"entry point {entry.name} ({entry.value}) offers a connector named "
                f"{entry.name}, and there is one already: uninstall one of them"
            )
        loads[entry.name] = cache(partial(_from_elsewhere, entry))
    return OnDemand(loads)


def _options(found: Mapping[str, Connector], name: str) -> type[ConnectorOptions]:
    return found[name].options


def _from_elsewhere(entry: EntryPoint) -> Connector:
    connector = entry.load()
    if not isinstance(connector, Connector):
        raise BadConnector(f"entry point {entry.name} ({entry.value}) is no Connector")
    if connector.name != entry.name:
        raise BadConnector(
            f"entry point {entry.name} ({entry.value}) offers a connector named "
            f"{connector.name}: give both the same name"
        )
    return _held(connector)


def _held(connector: Connector) -> Connector:
    """The connector, held to what ours are: its items are within the limits."""

    @wraps(connector.open)
    def open_held(options: Any) -> Convert:
        return total(connector.open(options))

    return replace(connector, open=open_held)
