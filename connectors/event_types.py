"""The event types of a system: each is mapped, ignored for a reason, or refused as unknown.

    _MAPPED = {"order.paid": mapped(_Order, _paid), "order.deleted": mapped(_Deletion, _deleted)}
    IGNORED = ignoring({"the shop's own shelves": "stock.added stock.removed"})
    of_type = by_type(_MAPPED, IGNORED, options.ignore)
    items = of_type(type_)(payload)

A payload's shape is declared once, as a struct of the fields that are read, and fitted only where
its type is mapped.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Concatenate, ParamSpec, TypeAlias, TypeVar

import msgspec

from connectors import strict_json
from connectors.contract import IGNORED_BY_SOURCE
from connectors.refusal import unknown_type
from service.event import Ignored, Item

P = ParamSpec("P")
Shape = TypeVar("Shape", bound=msgspec.Struct)

Mapped: TypeAlias = Callable[P, list[Item]]
"""A payload, and what else there is to know, to its items."""


def mapped(
    shape: type[Shape], items: Callable[Concatenate[Shape, P], list[Item]]
) -> Mapped[Concatenate[object, P]]:
    """`items` of a payload that has this shape; one that has not is `Refused`."""

    def of_payload(payload: object, /, *more: P.args, **named: P.kwargs) -> list[Item]:
        return items(strict_json.shaped(payload, shape), *more, **named)

    return of_payload


def ignoring(types_by_reason: Mapping[str, str]) -> dict[str, str]:
    """Each type with its reason, of the reasons with their types, separated by white space."""
    return {type_: reason for reason, types in types_by_reason.items() for type_ in types.split()}


def by_type(
    mapped: Mapping[str, Mapped[P]], ignored: Mapping[str, str], left_out: Iterable[str]
) -> Callable[[str], Mapped[P]]:
    """What makes the items of a type. It raises `Refused` for a type that nobody documented.

    `left_out` is `ignore` of the source, and goes before all else.
    """
    known: dict[str, Mapped[P]] = dict(mapped)
    known.update((type_, _always(Ignored(reason))) for type_, reason in ignored.items())
    known.update((type_, _always(IGNORED_BY_SOURCE)) for type_ in left_out)

    def of_type(type_: str) -> Mapped[P]:
        found = known.get(type_)
        if found is None:
            raise unknown_type(type_)
        return found

    return of_type


def _always(item: Ignored) -> Mapped[P]:
    return lambda *_, **__: [item]
