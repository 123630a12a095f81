"""Which connectors there are, and what else may be one."""

import sys
from dataclasses import replace
from importlib.metadata import EntryPoint

import pytest

from connectors.contract import Connector, ConnectorOptions, total
from connectors.registry import GROUP, OURS, BadConnector, beside_ours, connectors
from service.event import Fact, Failed, Ignored, Position, Record, Retraction

RECORD = Record(Position("a-topic", 0, 7), 0, None, (), None)

ELSEWHERE = Connector(
    name="elsewhere",
    options=ConnectorOptions,
    open=lambda _: total(lambda _: [Ignored("all")]),
    ignored={"all": "all of it"},
    kinds=lambda _: frozenset(),
)
CARELESS = replace(
    ELSEWHERE,
    open=lambda _: lambda _: [Retraction(id="", fact=Fact("f", 1), occurred_at_us=0)],
)
NOTHING = "no connector"


def entry(attribute: str, monkeypatch: pytest.MonkeyPatch, name: str = "elsewhere") -> EntryPoint:
    """An entry point for an attribute of this module, as an installed distribution has it."""
    monkeypatch.setitem(sys.modules, "signalbox_elsewhere", sys.modules[__name__])
    return EntryPoint(name=name, value=f"signalbox_elsewhere:{attribute}", group=GROUP)


def test_ours_are_there_under_their_names() -> None:
    assert all(name == connector.name for name, connector in OURS.items())
    assert connectors().items() >= OURS.items()


def test_a_connector_from_elsewhere_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    found = beside_ours([entry("ELSEWHERE", monkeypatch)])["elsewhere"]
    assert (found.name, found.ignored) == ("elsewhere", {"all": "all of it"})
    assert found.open(found.options())(RECORD) == [Ignored("all")]


def test_a_connector_from_elsewhere_is_held_to_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    found = beside_ours([entry("CARELESS", monkeypatch)])["elsewhere"]
    (item,) = found.open(found.options())(RECORD)
    assert isinstance(item, Failed)
    assert item.reason == "bad_id"


@pytest.mark.parametrize(
    ("name", "attribute", "words"),
    [
        ("elsewhere", "NOTHING", "is no Connector"),
        ("another", "ELSEWHERE", "named elsewhere: give both the same name"),
    ],
)
def test_what_cannot_be_used_is_named_when_it_is_asked_for(
    name: str, attribute: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = beside_ours([entry(attribute, monkeypatch, name)])
    with pytest.raises(BadConnector, match=words):
        found[name]


@pytest.mark.parametrize("names", [["shopify"], ["elsewhere", "elsewhere"]])
def test_two_of_one_name_are_refused(names: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadConnector, match=f"named {names[0]}, and there is one already"):
        beside_ours(entry("ELSEWHERE", monkeypatch, name) for name in names)


@pytest.mark.parametrize("name", sorted(OURS.keys() - {"mapping"}))
def test_every_connector_opens_with_no_options_and_says_what_it_reads(name: str) -> None:
    connector = OURS[name]
    convert = connector.open(connector.options.model_validate({"ignore": ("a",)}))
    (item,) = convert(RECORD)
    assert isinstance(item, Failed)
    assert item.reason == "tombstone"
    assert all(reason and not reason[0].isupper() for reason in connector.ignored.values())
