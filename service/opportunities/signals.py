"""The message about an opportunity: CloudEvents 1.0 in structured JSON, as bytes.

Structured, because id, type and data then are one value: it survives bridges and archives that
drop headers, and "identical on repeats" is a statement about these bytes alone. The same
document always gives the same bytes, in every process.

The id is the opportunity and its sequence (`opportunity-7-3`), of a milestone the detector and the
customer. A consumer drops what is not above the last sequence that it saw for the key.
"""

from typing import Any, Final, Literal, NamedTuple

from pydantic import Field, TypeAdapter

from service.framework.models import Model
from service.opportunities.models import Opportunity, Reached, Time

CONTENT_TYPE: Final = "application/cloudevents+json; charset=UTF-8"


class Envelope(Model):
    """What all signals have in common. Field names are CloudEvents' own."""

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str = Field(description="`/signalbox/` and the id of the framework")
    type: str = Field(description="`signalbox.opportunity.` and the signal")
    subject: str = Field(description="path of the stage, of a milestone the touchpoint's")
    time: Time = Field(description="time of the check or decision")
    datacontenttype: Literal["application/json"] = "application/json"


class OpportunitySignal(Envelope):
    data: Opportunity


class ReachedSignal(Envelope):
    data: Reached


class Message(NamedTuple):
    """A signal in the bytes that are stored and sent."""

    key: bytes
    headers: tuple[tuple[str, bytes], ...]
    value: bytes
    signal: str


def signal_schema() -> dict[str, Any]:
    """The JSON Schema of the messages, as they are sent."""
    signal: TypeAdapter[Any] = TypeAdapter(OpportunitySignal | ReachedSignal)
    return signal.json_schema(mode="serialization")


def opportunity_message(opportunity: Opportunity) -> Message:
    """The message about the newest transition of an opportunity."""
    envelope = OpportunitySignal(
        id=f"opportunity-{opportunity.id}-{opportunity.sequence}",
        source=_source(opportunity.framework),
        type=_type(opportunity.signal),
        subject=opportunity.stage,
        time=opportunity.changed_at,
        data=opportunity,
    )
    return _message(f"opportunity:{opportunity.id}", opportunity.signal, envelope)


def reached_message(reached: Reached) -> Message:
    """The one message about a customer at a milestone."""
    envelope = ReachedSignal(
        id=f"milestone-{reached.detector}-{reached.customer}-{reached.sequence}",
        source=_source(reached.framework),
        type=_type("reached"),
        subject=reached.touchpoint,
        time=reached.checked_at,
        data=reached,
    )
    return _message(f"milestone:{reached.detector}:{reached.customer}", "reached", envelope)


def _message(key: str, signal: str, envelope: OpportunitySignal | ReachedSignal) -> Message:
    headers = (("content-type", CONTENT_TYPE.encode()),)
    return Message(key.encode(), headers, envelope.model_dump_json().encode(), signal)


def _source(framework: str) -> str:
    return f"/signalbox/{framework}"


def _type(signal: str) -> str:
    return f"signalbox.opportunity.{signal}"
