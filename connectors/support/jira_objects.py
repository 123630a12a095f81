"""The objects of Jira, with the fields that are read."""

from typing import Any

import msgspec

from connectors.strict_json import Id


class User(msgspec.Struct, rename="camel"):
    account_id: str | None = None
    key: str | None = None
    name: str | None = None
    account_type: str | None = None
    email_address: str | None = None

    @property
    def id(self) -> str:
        return self.account_id or self.key or self.name or ""


class Category(msgspec.Struct):
    key: str | None = None


class Status(msgspec.Struct, rename="camel"):
    name: str | None = None
    status_category: Category | None = None


class Project(msgspec.Struct, rename="camel"):
    key: str | None = None
    project_type_key: str | None = None


class Named(msgspec.Struct):
    name: str | None = None


class Fields(msgspec.Struct):
    created: str | None = None
    summary: str | None = None
    description: str | dict[str, Any] | None = None
    reporter: User | None = None
    creator: User | None = None
    status: Status | None = None
    project: Project | None = None
    priority: Named | None = None
    issuetype: Named | None = None
    labels: tuple[str, ...] | None = None


class Issue(msgspec.Struct):
    id: Id | int
    fields: dict[str, Any]
    key: str | None = None


class Change(msgspec.Struct, rename="camel"):
    field: str | None = None
    field_id: str | None = None
    from_string: str | None = None
    to_string: str | None = None


class ChangeLog(msgspec.Struct):
    id: Id | int
    items: tuple[Change, ...] = ()


class Comment(msgspec.Struct, rename="camel"):
    id: Id | int
    author: User | None = None
    body: str | dict[str, Any] | None = None
    jsd_public: bool | None = None
    created: str | None = None
    updated: str | None = None


class History(msgspec.Struct):
    """An entry of the change log of an issue that was polled."""

    id: Id | int
    created: str
    items: tuple[Change, ...] = ()


class Histories(msgspec.Struct):
    histories: tuple[History, ...] = ()


class Polled(msgspec.Struct):
    """An issue as the REST API has it."""

    id: Id | int
    fields: dict[str, Any]
    key: str | None = None
    changelog: Histories | None = None
