"""Exported records in a file: JSON lines, one JSON array, or CSV.

Which of them it is is seen from the file: CSV by its name, an array by its first character. A row
of a CSV becomes a JSON object of its columns, all of them text and without those that are empty,
which a source with connector `mapping` can read. What cannot be a record is refused with its line
and nothing of a customer's.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, TextIO

import msgspec

CSV_SUFFIXES: Final = (".csv", ".tsv")
_DELIMITERS: Final = ",;\t|"
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class Exported(NamedTuple):
    """The value of a record, and where the file has it: `orders.jsonl:17`."""

    place: str
    value: bytes


class ExportError(Exception):
    """A file cannot be read as records: which, where, and what to do."""


def exported(file: Path) -> Iterator[Exported]:
    """The records of a file in their order. Raises `ExportError` where one cannot be read."""
    try:
        yield from _records(file)
    except OSError as error:
        raise ExportError(f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ExportError(f"{file} is not UTF-8. Save or export it as UTF-8.") from error


def _records(file: Path) -> Iterator[Exported]:
    if file.suffix.lower() in CSV_SUFFIXES:
        return _rows(file)
    with file.open("rb") as stream:
        beginning = stream.read(4_096).removeprefix(_BYTE_ORDER_MARK).lstrip()
    return _array(file) if beginning.startswith(b"[") else _lines(file)


def _lines(file: Path) -> Iterator[Exported]:
    with file.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            value = line.removeprefix(_BYTE_ORDER_MARK).strip()
            if value:
                yield Exported(f"{file.name}:{number}", _checked(file, number, value))


def _checked(file: Path, number: int, value: bytes) -> bytes:
    try:
        msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ExportError(
            f"{file}:{number}: this line is not a whole JSON value. A file has one JSON value a "
            "line, or one array that begins with [."
        ) from None
    return value


def _array(file: Path) -> Iterator[Exported]:
    content = file.read_bytes().removeprefix(_BYTE_ORDER_MARK)
    try:
        values = msgspec.json.decode(content, type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        at = str(error).rpartition("(")[2].rstrip(")")
        where = f"at {at}" if at.startswith("byte") else "it ends too early"
        raise ExportError(f"{file} begins with [ and is not one JSON array: {where}.") from None
    for number, value in enumerate(values, 1):
        yield Exported(f"{file.name}, item {number}", bytes(value))


def _rows(file: Path) -> Iterator[Exported]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream, delimiter=_delimiter(stream), strict=True)
        try:
            for row in reader:
                yield Exported(f"{file.name}:{reader.line_num}", msgspec.json.encode(_filled(row)))
        except csv.Error as error:
            raise ExportError(f"{file}:{reader.line_num}: {error}.") from error


def _delimiter(stream: TextIO) -> str:
    """The one of the usual that the first line has most of."""
    first = stream.readline()
    stream.seek(0)
    return max(_DELIMITERS, key=first.count)


def _filled(row: dict[Any, Any]) -> dict[str, str]:
    """The columns that have a value. The reader marks what is too much or too little with None."""
    if None in row or None in row.values():
        raise csv.Error("this row has another number of columns than the first line")
    return {name: value.strip() for name, value in row.items() if value.strip()}
