"""Which connectors there are: ours in an explicit table, others by entry point.

A connector from elsewhere is a distribution with an entry point in the group
`signalbox.connectors` that names a `connectors.contract.Connector`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import wraps
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

from connectors.behaviour.segment import SEGMENT
from connectors.behaviour.snowplow import SNOWPLOW
from connectors.canonical import CANONICAL
from connectors.contract import Connector, Convert, total
from connectors.feedback.app_reviews import APP_REVIEWS
from connectors.feedback.asknicely import ASKNICELY
from connectors.feedback.delighted import DELIGHTED
from connectors.feedback.formbricks import FORMBRICKS
from connectors.feedback.medallia import MEDALLIA
from connectors.feedback.qualtrics import QUALTRICS
from connectors.feedback.surveymonkey import SURVEYMONKEY
from connectors.feedback.trustpilot import TRUSTPILOT
from connectors.feedback.typeform import TYPEFORM
from connectors.feedback.wootric import WOOTRIC
from connectors.feedback.zenloop import ZENLOOP
from connectors.mapping import MAPPING
from connectors.pipelines.airbyte import airbyte
from connectors.sales.dynamics import DYNAMICS
from connectors.sales.hubspot import HUBSPOT
from connectors.sales.pipedrive import PIPEDRIVE
from connectors.sales.salesforce import SALESFORCE
from connectors.sales.shopify import SHOPIFY
from connectors.sales.stripe import STRIPE
from connectors.support.freshdesk import FRESHDESK
from connectors.support.helpscout import HELPSCOUT
from connectors.support.intercom import INTERCOM
from connectors.support.jira import JIRA
from connectors.support.servicenow import SERVICENOW
from connectors.support.zendesk import ZENDESK

GROUP: Final = "signalbox.connectors"

_SYSTEMS: Final[Mapping[str, Connector]] = {
    connector.name: connector
    for connector in (
        APP_REVIEWS,
        ASKNICELY,
        CANONICAL,
        DELIGHTED,
        DYNAMICS,
        FORMBRICKS,
        FRESHDESK,
        HELPSCOUT,
        HUBSPOT,
        INTERCOM,
        JIRA,
        MAPPING,
        MEDALLIA,
        PIPEDRIVE,
        QUALTRICS,
        SALESFORCE,
        SEGMENT,
        SERVICENOW,
        SHOPIFY,
        SNOWPLOW,
        STRIPE,
        SURVEYMONKEY,
        TRUSTPILOT,
        TYPEFORM,
        WOOTRIC,
        ZENDESK,
        ZENLOOP,
    )
}

OURS: Final[Mapping[str, Connector]] = {**_SYSTEMS, "airbyte": airbyte(_SYSTEMS)}


class BadConnector(Exception):  # noqa: N818 - it names what was found
    """An installed distribution offers a connector that cannot be used."""


def connectors() -> Mapping[str, Connector]:
    """All connectors by name. Raises `BadConnector` for an entry point that is none of ours."""
    return {**OURS, **others(entry_points(group=GROUP))}


def others(found: Iterable[EntryPoint]) -> dict[str, Connector]:
    """The connectors of these entry points by name, none of them one of ours, none twice."""
    loaded: dict[str, Connector] = {}
    for entry in found:
        connector = entry.load()
        if not isinstance(connector, Connector):
            raise BadConnector(f"entry point {entry.name} ({entry.value}) is no Connector")
        if connector.name in OURS or connector.name in loaded:
            raise BadConnector(
                f"entry point {entry.name} ({entry.value}) offers a connector named "
                f"{connector.name}, and there is one already: uninstall one of them"
            )
        loaded[connector.name] = _held(connector)
    return loaded


def _held(connector: Connector) -> Connector:
    """The connector, held to what ours are: its items are within the limits."""

    @wraps(connector.open)
    def open_held(options: Any) -> Convert:
        return total(connector.open(options))

    return replace(connector, open=open_held)
