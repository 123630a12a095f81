"""Rows of Dataverse as operations: of its Web API, and of its exports to Synapse and data lakes.

A row is a snapshot of a record. What refers to another record is a column for its id alone, and a
second one, or an annotation, says of which entity that is:

    "_customerid_value": "1b2c...",
    "_customerid_value@Microsoft.Dynamics.CRM.lookuplogicalname": "account"

    "customerid": "1b2c...", "customerid_entitytype": "account"

The time of a row's operation is `modifiedon`, so a later row restates what an earlier one told.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from connectors.refusal import Refused
from connectors.sales.dynamics_contexts import ROW, Operation, moment
from connectors.sales.dynamics_entities import entity_called

_SET: Final = re.compile(r"#(\w+)", re.ASCII)
_LOOKUP: Final = re.compile(r"_(\w+)_value", re.ASCII)
_ANNOTATION: Final = "@Microsoft.Dynamics.CRM.lookuplogicalname"
_DELETED: Final = "$deletedEntity"
_OF_ROWS: Final = frozenset(
    {"@odata.etag", "createdon", "modifiedon", "IsDelete", "SinkCreatedOn", "SinkModifiedOn"}
)

_ALWAYS: Final = {
    "accountid": "account",
    "contactid": "contact",
    "parentaccountid": "account",
    "parentcontactid": "contact",
    "primarycontactid": "contact",
}
"""References that can only be to one entity."""


def is_row(payload: Mapping[str, Any]) -> bool:
    """Whether this is a row and no operation."""
    return not _OF_ROWS.isdisjoint(payload) or _was_deleted(payload)


def _was_deleted(row: Mapping[str, Any]) -> bool:
    if _DELETED in str(row.get("@odata.context", "")):
        return True
    return str(row.get("IsDelete", "")).lower() in ("true", "1")


def entity_of_row(row: Mapping[str, Any], entities: frozenset[str], otherwise: str) -> str:
    """The entity of the row's record: what the source says, or what it tells by its columns."""
    context = row.get("@odata.context")
    found = _SET.search(context) if isinstance(context, str) else None
    for told in (otherwise, row.get("activitytypecode"), found and found[1]):
        if isinstance(told, str) and told:
            return entity_called(told, entities)
    keys = [key for key in row if key.endswith("id") and key[:-2] in entities]
    own = [key for key in keys if row[key] is not None and row[key] == row.get("Id", row[key])]
    if len(own) == 1:
        return own[0][:-2]
    raise Refused(
        "missing_field", "the row does not tell its entity; set `type` of the source: incident"
    )


def read_row(row: Mapping[str, Any], entity: str, record_time_us: int) -> Operation:
    """The row as an operation that told the whole record. Raises `Refused`."""
    id_ = next((row[key] for key in _keys_of(entity) if isinstance(row.get(key), str)), "")
    if not id_:
        raise Refused("missing_field", f"`{entity}id` is missing")
    record_id = id_.lower()
    deleted = _was_deleted(row)
    known = {**row, **_references(row)}
    return Operation(
        entity=entity,
        message="Delete" if deleted else ROW,
        record_id=record_id,
        id=f"{entity}:{record_id}:{'deleted' if deleted else 'row'}",
        time_us=_told_us(row, record_time_us if deleted else None),
        target=known,
        known=known,
        parameters={},
    )


def _keys_of(entity: str) -> tuple[str, ...]:
    return (f"{entity}id", "activityid", "Id", "id")


def _told_us(row: Mapping[str, Any], otherwise_us: int | None) -> int:
    told = row.get("modifiedon") or row.get("createdon")
    if told is None and otherwise_us is not None:
        return otherwise_us
    return moment(told, "modifiedon")


def _references(row: Mapping[str, Any]) -> dict[str, Any]:
    references = {}
    for key, id_ in row.items():
        if not isinstance(id_, str) or "@" in key:
            continue
        column, entity = _referred(row, key)
        if isinstance(entity, str):
            references[column] = {"Id": id_, "LogicalName": entity}
    return references


def _referred(row: Mapping[str, Any], key: str) -> tuple[str, object]:
    """The column of a reference and the entity that it refers to; None if that is not told."""
    lookup = _LOOKUP.fullmatch(key)
    column = lookup[1] if lookup else key
    entity = row.get(key + _ANNOTATION) or row.get(f"{column}_entitytype") or _ALWAYS.get(column)
    if entity is None and column == "customerid":
        # It repeats one of these two.
        entity = next(
            (of for of in ("account", "contact") if row.get(f"_{of}id_value") == row[key]), None
        )
    return column, entity
