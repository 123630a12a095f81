"""Exported records in a file: which forms are read, and what is said of others."""

import json
from pathlib import Path

import pytest

from service.exports.reading import Exported, ExportError, exported


def written(folder: Path, name: str, content: str | bytes) -> Path:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def test_json_lines_keep_their_bytes_and_know_their_lines(tmp_path: Path) -> None:
    file = written(tmp_path, "o.jsonl", b'\xef\xbb\xbf{"id": 1}\n\n {"id":  2.0}\r\n')
    assert list(exported(file)) == [
        Exported("o.jsonl:1", b'{"id": 1}'),
        Exported("o.jsonl:3", b'{"id":  2.0}'),
    ]


def test_an_array_may_span_lines(tmp_path: Path) -> None:
    file = written(tmp_path, "o.json", ' [\n {"id": 1},\n {"id":\n 2}]\n')
    assert [json.loads(one.value) for one in exported(file)] == [{"id": 1}, {"id": 2}]
    assert [one.place for one in exported(file)] == ["o.json, item 1", "o.json, item 2"]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_csv_is_read_with_whatever_separates_its_columns(tmp_path: Path, mark: str) -> None:
    file = written(tmp_path, "o.csv", f'Ref{mark}My note\n7{mark}"a{mark}b\nc"\n8{mark} \n')
    read = [(one.place, json.loads(one.value)) for one in exported(file)]
    assert read == [("o.csv:3", {"Ref": "7", "My note": f"a{mark}b\nc"}), ("o.csv:4", {"Ref": "8"})]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "o.jsonl",
            '{"id": 1}\n{"id":\n',
            (
                "o.jsonl:2: this line is not a whole JSON value. A file has one JSON value a line, "
                "or one array that begins with [."
            ),
        ),
        (
            "o.json",
            '[{"id": 1}',
            "o.json begins with [ and is not one JSON array: it ends too early.",
        ),
        ("o.json", "[1, x]", "o.json begins with [ and is not one JSON array: at byte 4."),
        (
            "o.csv",
            "Ref;Note\n7;a\n8\n",
            "o.csv:3: this row has another number of columns than the first line.",
        ),
        ("o.csv", b"Ref\n\xe4\n", "o.csv is not UTF-8. Save or export it as UTF-8."),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_line(
    tmp_path: Path, name: str, content: str | bytes, said: str
) -> None:
    with pytest.raises(ExportError) as refused:
        list(exported(written(tmp_path, name, content)))
    assert str(refused.value).removeprefix(f"{tmp_path}/") == said
