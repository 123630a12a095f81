"""The report as a browser would parse it: what it says, and that no text becomes markup."""

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

from service.store.reading import Outcomes
from service.web.report import report_page
from tests.unit.web.shop_report import framework, opportunity, view

PLAIN = "plain words"
PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style></title></svg><iframe src=//evil.example>",
    '<a href="javascript:alert(1)">x</a>',
    "{{ 7 * 7 }}{% raw %}",
    "<!-- &lt;b&gt; &amp; ]]>",
)
TEXTS = {"title", "goal", "contact", "unit", "segment", "system", "author", "because", "connector"}
LINKS = {"href", "src", "action", "data", "poster", "srcset", "xlink:href"}


class Parsed(HTMLParser):
    """The elements with the names of their attributes, and everything that can be read."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        self.links += [value or "" for name, value in attrs if name in LINKS]
        self.text += "".join(f"\n{value}" for name, value in attrs if name == "aria-label")

    def handle_data(self, data: str) -> None:
        self.text += data


def with_texts(document: Any, text: str) -> Any:
    """The document with this text wherever people may write one."""
    if isinstance(document, dict):
        return {
            name: text if name in TEXTS and isinstance(value, str) else with_texts(value, text)
            for name, value in document.items()
        }
    return [with_texts(one, text) for one in document] if isinstance(document, list) else document


def page_of(text: str) -> str:
    shop = with_texts(framework(), text) | {"segment": "carrier"}
    for source in shop["sources"]:
        source["system"] = "shop-de"  # an id, which can be no other text
    for metric in shop["metrics"]:
        metric["unit"] = ""  # at most 16 characters
    found = with_texts(opportunity(), text)
    for measured in found["evidence"]["missed"]:
        measured["metric"]["unit"] = ""
    return report_page(view(shop, found, text))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_whatever_a_text_is_the_page_has_the_same_elements(payload: str) -> None:
    plain, hostile = Parsed(page_of(PLAIN)), Parsed(page_of(payload))
    assert hostile.elements == plain.elements
    assert plain.text.count(PLAIN) > 20
    assert hostile.text.count(payload) == plain.text.count(PLAIN)


def test_nothing_in_it_leads_out_of_the_file() -> None:
    parsed = Parsed(report_page(view(framework(), opportunity())))
    assert not {tag for tag, _ in parsed.elements} & {"script", "img", "link", "iframe", "base"}
    assert parsed.links
    assert all(link.startswith("#") for link in parsed.links)
    assert not [names for _, names in parsed.elements if any(n.startswith("on") for n in names)]


def text_of(page: str) -> str:
    return " ".join(Parsed(page).text.split())


def test_it_says_what_the_terminal_says() -> None:
    text = text_of(report_page(view(framework(), opportunity())))
    for words in (
        "“I wait for my parcel” misses 3 objectives.",
        "My parcel arrives moment of truth",
        "41 of 68 answers were good in 24 h; true value between 48 and 71 %. Goal: More second",
        "#7 I wait for my parcel: satisfied with delivery is 60 %, objective at least 85 %",
        "NordPost: late parcels 62 % (68 of 110). Elsewhere: 5.9 % (6 of 102).",
        "started by Ada, Thu 10:00: A strike.",
        "after two checks at which all these objectives are met.",
        "2 My parcel arrives customers in this period, 7 ever",
        "12 (5.7 %)",
        "4 invalid json",
        "1 records behind newest event Thu 07 May 10:00",
        "6 offsets from invalid_json",
        "3 events wait to be placed again",
    ):
        assert words in text
    assert "signalbox explain" not in text, "what to type is of no use here"


def test_what_customers_wrote_is_not_in_it() -> None:
    assert "nobody rings" not in report_page(view(framework(), opportunity()))


def _nothing_read(shop: dict[str, Any]) -> str:
    empty = view(shop, None)
    status = empty.report.status._replace(outcomes=Outcomes(*[0] * 7), progress=[])
    courses = [
        one._replace(points=tuple(point._replace(reading=None) for point in one.points))
        for one in empty.report.courses
    ]
    report = empty.report._replace(status=status, courses=courses, heard={}, reached=[])
    return report_page(empty._replace(report=report, ends=None))


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (lambda: report_page(view(framework(), None)), "No opportunities found so far."),
        (
            lambda: report_page(view(framework(), opportunity() | {"state": "recovered"})),
            "Nothing is open now. Ended in this period #7",
        ),
        (lambda: _nothing_read(framework()), "Nothing has been read yet."),
        (lambda: _nothing_read(framework()), "This is the map as it is planned."),
        (lambda: _nothing_read(framework()), "Nothing counted in this period."),
        (lambda: _nothing_read(framework()), "not read yet"),
        (lambda: _nothing_read({**framework(), "sources": []}), "names no source yet"),
    ],
)
def test_what_is_not_there_is_said(page: Callable[[], str], words: str) -> None:
    assert words in text_of(page())
