"""Deals and leads of Pipedrive."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace

from connectors import strict_json
from connectors.custom_fields import own_names, stated
from connectors.money import parse_money
from connectors.naming import Named, name, named
from connectors.sales.pipedrive_changes import (
    Change,
    ToItems,
    change_of,
    event_of,
    id_of,
    own_fields,
    retractions,
    since_added,
)
from connectors.sales.pipedrive_objects import Deal, Meta
from connectors.sales.pipedrive_options import PipedriveOptions
from service.event import Event, Ignored, Item, Money

NO_STEP: Final = Ignored("a change of a deal that is no step of a journey")

_OUTCOMES: Final = ("won", "lost")


def _deal(payload: dict[str, Any], meta: Meta, options: PipedriveOptions) -> list[Item]:
    change = change_of(payload, meta, options)
    if change.action == "delete":
        return retractions(change, "created", "outcome")
    deal = strict_json.shaped(change.now, Deal, "data")
    if change.action == "create":
        created = since_added(_of_deal(change, deal, "created", "created"), deal.add_time)
        if deal.status not in _OUTCOMES:
            return [created]
        ended = _of_deal(change, deal, deal.status, "outcome")
        return [created, replace(ended, id=f"{ended.id}:outcome")]
    return _moved(change, deal)


def _moved(change: Change, deal: Deal) -> list[Item]:
    if deal.status == "deleted":
        return retractions(change, "created", "outcome")
    if "status" in change.before and deal.status in _OUTCOMES:
        return [_of_deal(change, deal, deal.status, "outcome")]
    stage = change.before.get("stage_id")
    if stage is None and "status" not in change.before:
        return [NO_STEP]
    moved = _of_deal(change, deal, "stage_changed", "")
    if isinstance(stage, int):
        moved = replace(moved, previous_status=_stage(stage, change.options))
    return [moved, *(retractions(change, "outcome") if "status" in change.before else ())]


def _of_deal(change: Change, deal: Deal, what: str, fact: str) -> Event:
    event = event_of(change, f"sales.deal.{what}", _customer_of(change, deal), fact)
    ended = what in _OUTCOMES
    about = stated(
        deal_id=change.item_id,
        lost_reason=deal.lost_reason if what == "lost" else None,
        origin=(deal.origin or "").lower(),
    )
    return replace(
        event,
        title=deal.title or "",
        money=_money(deal.value, deal.currency),
        status=what if ended else _stage(deal.stage_id, change.options),
        attributes=event.attributes | about,
    )


def _customer_of(change: Change, deal: Deal) -> Named:
    person = name("person", id_of(deal.person_id))
    company = name("organization", id_of(deal.org_id) or id_of(deal.organization_id))
    first, other = person, company
    if change.options.customer_is == "organization":
        first, other = company, person
    own = own_names(change.options, own_fields(change.now))
    return named(*own, first, name(change.entity, change.item_id), around=[other])


def _stage(stage: int | None, options: PipedriveOptions) -> str:
    return "" if stage is None else options.stages.get(stage, str(stage)).lower()


def _money(value: float | str | None, currency: str | None) -> Money | None:
    return parse_money(value, currency, "value") if value is not None and currency else None


def _lead(payload: dict[str, Any], meta: Meta, options: PipedriveOptions) -> list[Item]:
    change = change_of(payload, meta, options)
    if change.action == "delete":
        return retractions(change, "created")
    amount = change.now.get("value")
    worth = amount if isinstance(amount, dict) else {}
    now = {**change.now, "value": worth.get("amount"), "currency": worth.get("currency")}
    lead = strict_json.shaped(now, Deal, "data")
    created = event_of(change, "sales.lead.created", _customer_of(change, lead), "created")
    return [replace(created, title=lead.title or "", money=_money(lead.value, lead.currency))]


DEALS: Final[Mapping[str, ToItems]] = {
    **{f"deal.{action}": _deal for action in ("create", "change", "delete")},
    **{f"lead.{action}": _lead for action in ("create", "delete")},
}
