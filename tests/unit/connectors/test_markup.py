"""The words of a message come out of its HTML whole."""

import pytest

from connectors.markup import plain_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("Where is it?", "Where is it?"),
        ("<p>Where is it?</p>", "Where is it?"),
        ("<div>One</div><div>Two<br/>Three</div>", "One\nTwo\nThree"),
        ("<p>a &lt; b &amp;&nbsp;c</p>", "a < b & c"),
        ("5 < 6 and 7 > 3", "5 < 6 and 7 > 3"),
        ("<STYLE>p {}</STYLE><!-- no --><b>So</b> late", "So late"),
        ("<p>first</p>\n\n<p> second </p>", "first\nsecond"),
        ("<a href='https://shop.example'>the shop", "the shop"),
    ],
)
def test_markup_goes_and_words_stay(html: str, text: str) -> None:
    assert plain_text(html) == text


def test_an_odd_nesting_takes_no_time() -> None:
    assert plain_text("<" * 100_000) == "<" * 100_000
    assert not plain_text("<style>" * 20_000)
