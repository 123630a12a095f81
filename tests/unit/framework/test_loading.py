"""Reading a framework from files."""

import os
from pathlib import Path

import pytest

from service.framework.loading import (
    FILE_BYTES_LIMIT,
    SUGGESTIONS,
    Accepted,
    Refused,
    load_directory,
    load_files,
)
from service.framework.models import Framework
from service.framework.revisions import digest
from tests.unit.framework.bakery import CONNECTORS, FRAMEWORKS

GOOD = FRAMEWORKS / "good"
PLAIN = (GOOD / "plain.yaml").read_text(encoding="utf-8")


def accepted(path: Path) -> Accepted:
    loaded = load_directory(path, CONNECTORS)
    assert isinstance(loaded, Accepted), loaded
    return loaded


def refusals(files: dict[str, str]) -> list[str]:
    loaded = load_files(files, CONNECTORS)
    assert isinstance(loaded, Refused)
    return [str(problem) for problem in loaded.problems]


@pytest.mark.parametrize("path", sorted(GOOD.glob("*.yaml")), ids=lambda path: path.stem)
def test_good_frameworks_are_accepted(path: Path) -> None:
    accepted(path)


@pytest.mark.parametrize(
    "path", sorted((GOOD / "same-as-plain").iterdir()), ids=lambda path: path.name
)
def test_how_it_is_written_does_not_matter(path: Path) -> None:
    plain = accepted(GOOD / "plain.yaml").framework
    assert digest(accepted(path).framework) == digest(plain)


def test_the_texts_that_were_read_give_the_same_framework_again() -> None:
    from_disk = accepted(GOOD / "same-as-plain" / "in-several-files")
    again = load_files(dict(sorted(from_disk.files.items(), reverse=True)), CONNECTORS)
    assert again == from_disk
    assert "notes.txt" not in from_disk.files
    assert ".hidden.yaml" not in from_disk.files


def test_words_of_older_yaml_are_text() -> None:
    framework = accepted(GOOD / "words-that-yaml-1.1-takes-for-others.yaml").framework
    assert [team.title for team in framework.teams] == ["12:30", "yes"]
    assert framework.sources[0].start == "2025-01-31"
    assert framework.sources[0].attributes == {
        "branch": "no",
        "zip": "01099",
        "price": "0x1F",
        "share": 0.001,
        "open": True,
    }


def test_rules_of_several_files_are_tried_in_the_order_of_the_file_names() -> None:
    head, _, tail = PLAIN.partition("rules:\n")
    rules, _, rest = tail.partition("detectors:\n")
    first, second, third = rules.split("  - id: ")[1:]
    loaded = load_files(
        {
            "c.yaml": f"rules:\n  - id: {first}",
            "a.yaml": f"{head}detectors:\n{rest}",
            "b.yaml": f"rules:\n  - id: {third}  - id: {second}",
        },
        CONNECTORS,
    )
    assert isinstance(loaded, Accepted)
    assert [rule.id for rule in loaded.framework.rules] == ["called", "answered", "placed"]


def test_a_field_that_two_files_set_is_refused_with_both_places() -> None:
    assert refusals({"a.yaml": PLAIN, "b.yaml": "\ntimezone: UTC\n"}) == [
        'b.yaml:2:1: field "timezone" is set already, in a.yaml:2'
    ]


def test_a_mistake_in_an_entry_of_a_later_file_is_told_there() -> None:
    files = {"a.yaml": PLAIN, "b.yaml": "teams:\n- id: new\n  titel: New\n"}
    assert refusals(files) == [
        'b.yaml:3:3: unknown field "titel"; did you mean "title"?',
    ]


def test_an_entry_twice_in_two_files_names_the_first_file() -> None:
    files = {"a.yaml": PLAIN, "b.yaml": "teams:\n- {id: care, title: Care}\n"}
    assert refusals(files) == ['b.yaml:2:8: another team has the id "care"; see a.yaml:7']


def test_all_files_that_are_no_yaml_are_told_at_once() -> None:
    assert refusals({"a.yaml": "teams: [", "b.yaml": "\tx: 1"}) == [
        "a.yaml:1:9: a value is missing here, or a [ or { before is not closed",
        "b.yaml:1:1: a tab is used for indentation; YAML allows only spaces there",
    ]


def test_a_directory_without_yaml_says_so(tmp_path: Path) -> None:
    assert load_directory(tmp_path, CONNECTORS) == Refused(
        ((str(tmp_path), 0, 0, "there are no *.yaml files here", ""),)  # type: ignore[arg-type]
    )


def test_a_path_that_is_not_there_says_so(tmp_path: Path) -> None:
    loaded = load_directory(tmp_path / "shop", CONNECTORS)
    assert isinstance(loaded, Refused)
    assert [str(one) for one in loaded.problems] == [
        f"{tmp_path}/shop: cannot be read: No such file or directory"
    ]


def test_what_is_no_file_is_named_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "folder.yaml").mkdir()
    loaded = load_directory(tmp_path, CONNECTORS)
    assert isinstance(loaded, Refused)
    assert [str(one) for one in loaded.problems] == [
        "folder.yaml: is not a file",
        "pipe.yaml: is not a file",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"framework: a\ntitle: caf\xe9\n", "a.yaml:2:11: this is not UTF-8"),
        ("framework: é".encode("utf-16"), "a.yaml:1:1: this is not UTF-8"),
        (b"a: \xc3\xa9\xff", "a.yaml:1:5: this is not UTF-8"),
    ],
)
def test_bytes_that_are_not_utf8_are_told_where(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "a.yaml").write_bytes(content)
    loaded = load_directory(tmp_path, CONNECTORS)
    assert isinstance(loaded, Refused)
    assert [str(one) for one in loaded.problems] == [f"{said}; save the file as UTF-8"]


def test_a_file_at_the_limit_is_read_and_one_byte_more_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "large.yaml"
    file.write_text(PLAIN + "#" * (FILE_BYTES_LIMIT - len(PLAIN.encode())), encoding="utf-8")
    accepted(tmp_path)
    with file.open("a", encoding="utf-8") as stream:
        stream.write("#")
    said = "large.yaml: is larger than 1 MiB; spread it over several files"
    from_disk = load_directory(tmp_path, CONNECTORS)
    assert isinstance(from_disk, Refused)
    assert [str(problem) for problem in from_disk.problems] == [said]
    assert refusals({"large.yaml": file.read_text(encoding="utf-8")}) == [said]


def test_the_size_is_counted_in_bytes_of_utf8() -> None:
    text = PLAIN + "#" + "é" * (FILE_BYTES_LIMIT // 2)
    assert "larger than 1 MiB" in refusals({"a.yaml": text})[0]


def test_half_a_character_is_refused() -> None:
    assert refusals({"a.yaml": "framework: a\nx: \ud800"}) == [
        "a.yaml:2:4: half a character (a lone surrogate); remove it"
    ]


def test_the_models_have_a_json_schema() -> None:
    schema = Framework.model_json_schema()
    window = schema["$defs"]["Objective"]["properties"]["window"]
    assert (window["type"], window["pattern"]) == ("string", "^([1-9][0-9]{0,8})([smhdw])$")
    assert "options" not in schema["$defs"]["Source"]["properties"]


def test_every_problem_is_told_and_the_first_ones_get_a_suggestion() -> None:
    teams = "".join(f"- {{id: t{n}, title: T, titel: T, titles: T}}\n" for n in range(SUGGESTIONS))
    told = refusals({"a.yaml": f"framework: a\nteams:\n{teams}"})
    assert len(told) == 2 * SUGGESTIONS
    assert sum("did you mean" in one for one in told) == SUGGESTIONS


def test_sources_of_one_system_may_say_different_types_of_their_records() -> None:
    text = (FRAMEWORKS / "bad" / "one-system-two-options.yaml").read_text(encoding="utf-8")
    assert refusals({"shop.yaml": text})
    other = {"shop.yaml": text.replace("currency: CHF", "type: orders/paid")}
    assert isinstance(load_files(other, CONNECTORS), Accepted)
