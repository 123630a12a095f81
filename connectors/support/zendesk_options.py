"""What a source of Zendesk says beside its topic."""

from typing import Literal

from connectors.contract import ConnectorOptions


class ZendeskOptions(ConnectorOptions):
    """Keys of a source of Zendesk."""

    on_behalf: Literal["ignore", "contact"] = "ignore"
    """Whether a ticket that somebody else opened for the requester is a contact."""

    messaging: Literal["comments", "lines"] = "comments"
    """Which of the two that tell what is said in a conversation by messaging counts."""

    trigger: Literal["", "contact", "message", "solved", "closed", "reopened"] = ""
    """What the webhooks of a trigger say, where their status does not tell."""

    id_from: tuple[str, ...] = ()
    """The fields of a trigger's webhook that tell it from all others."""
