"""What is asked for comes from plain ids, and whom to ask from nobody but the source."""

import pytest
from pydantic import TypeAdapter, ValidationError

from connectors.lookups import Address, lookup
from service.event import Failed, Lookup
from tests.contract.converting import convert
from tests.contract.fixtures import qualtrics, surveymonkey

HOSTILE = (
    "../../whoami",
    "R_1/../../x",
    "@evil.example/",
    "//evil.example",
    "R_1?x=1",
    "R_1#x",
    "R%2F1",
    "R\r\nHost: evil.example",
    "http://evil.example",
    "R" * 65,
    "R\u0661",
    "",
    7,
    None,
)


@pytest.mark.parametrize("id_", HOSTILE)
def test_an_id_that_is_not_plain_is_not_asked_for(id_: object) -> None:
    assert lookup("/surveys/{survey}/responses/{response}", survey="S", response=id_) is None
    assert lookup("/surveys/{survey}/responses/{response}", survey=id_, response="R") is None


@pytest.mark.parametrize("id_", HOSTILE[:-3])
def test_no_notification_says_where_to_ask(id_: str) -> None:
    for connector, payload in (
        ("qualtrics", qualtrics.notification("surveyengine.completedResponse", ResponseID=id_)),
        ("surveymonkey", surveymonkey.webhook("response_completed", object_id=id_)),
    ):
        (item,) = convert(connector, payload)
        assert isinstance(item, Failed)
        assert item.lookup is None


def test_what_the_answer_lacks_is_added() -> None:
    assert lookup("/s/{s}/r/{r}", ("s",), s="S-1", r="R_1") == Lookup("/s/S-1/r/R_1", {"s": "S-1"})


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("https://fra1.qualtrics.com", "https://fra1.qualtrics.com"),
        ("https://api.example:8443/base/", "https://api.example:8443/base"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ],
)
def test_an_address_is_https_or_of_this_machine(written: str, address: str) -> None:
    assert TypeAdapter(Address).validate_python(written) == address


@pytest.mark.parametrize(
    "written",
    [
        "http://api.example.com",
        "https://user:pw@api.example.com",
        "https://",
        "https://api.example.com:port",
        "https://api.example.com?x=1",
        "https://[api",
        "file:///etc/passwd",
        "api.example.com",
        "",
    ],
)
def test_other_addresses_are_refused(written: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Address).validate_python(written)
