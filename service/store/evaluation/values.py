"""Values of a caller as a table to join with."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, TableValuedAlias, column, func, literal

from service.metrics.buckets import Window
from service.store.tables import Time
from service.store.times import moment


def values_table(name: str, *columns: tuple[str, Any, Iterable[Any]]) -> TableValuedAlias:
    """Values as a table: (name, type, one value a row) for each column."""
    values = [literal(list(rows), ARRAY(type_)) for _, type_, rows in columns]
    described = [column(label, type_) for label, type_, _ in columns]
    return func.unnest(*values).table_valued(*described, name=name).render_derived()


def window_columns(windows: Iterable[Window]) -> list[tuple[str, Any, list[datetime]]]:
    """The columns `window_start` and `window_end`, a window a row."""
    starts, ends = zip(*windows, strict=True)
    return [
        ("window_start", Time, [moment(start) for start in starts]),
        ("window_end", Time, [moment(end) for end in ends]),
    ]
