"""What people read about an opportunity."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from service.metrics.statistics import Statistics
from service.opportunities import documents
from service.opportunities.lifecycle import Transition
from service.opportunities.wording import Paragraph, lines, paragraphs, whole_text
from tests.unit.opportunities.parcels import AROUND, AT, IN_FORCE, counted, opened

BERLIN = ZoneInfo("Europe/Berlin")

EXAMPLE = """\
#7  I wait for my parcel: satisfied with delivery is 60 %, objective at least 85 %
Open since Thu 10:00. Owner: Delivery, with Customer service. Goal: More second orders; Lower cost
to serve.
Proof   41 of 68 answers were good in 24 h. True value between 48 and 71 % (95 % sure). Week before:
        88 % (412 of 468). Two checks in a row.
Also    late parcels 35 % (at most 5 %); delivery contacts 9.1 per 100 (at most 3 per 100)
Where   NordPost: late parcels 62 % (68 of 110). Elsewhere: 5.9 % (6 of 102).
Who     71 of 205 customers of this stage were affected (shop-de; not joined across tools).
Value   41 = mean of customer 48 (gap 29, reach 35: measured; moment of truth x1.5: declared) and
        business 34 (EUR 5,840 of 17,300: measured). Effort: not given.
Closes  after two checks at which all these objectives are met. Why? signalbox explain 7"""


def test_the_whole_text_of_the_example() -> None:
    assert "\n".join(lines(opened(), BERLIN, 100)) == EXAMPLE


@pytest.mark.parametrize("width", [40, 60, 80])
def test_no_line_is_longer_than_the_width(width: int) -> None:
    assert max(len(line) for line in lines(opened(), BERLIN, width)) <= width


def text_of(label: str, text: tuple[Paragraph, ...]) -> str:
    return next(whole_text(one) for one in text if one.label == label)


def test_an_opportunity_of_one_metric_says_at_which_value_it_closes() -> None:
    text = paragraphs(opened(("delivery-csat",)), BERLIN)
    assert text_of("Closes", text).startswith("after two checks with at least 85 %. Why?")


def test_an_unknown_business_value_is_said_to_be_unknown() -> None:
    nothing = AROUND._replace(orders=AROUND.orders._replace(money={}))
    value = text_of("Value", paragraphs(opened(around=nothing), BERLIN))
    assert value.startswith("48 = customer 48 (")
    assert value.endswith("; business: not known. Effort: not given.")


def test_what_recovered_says_since_when_and_that_the_objective_is_met() -> None:
    healthy = counted(
        {
            "delivery-csat": Statistics(n=70, hits=64),
            "late-parcels": Statistics(n=200, hits=6),
            "delivery-contacts": Statistics(n=200, hits=4),
        }
    )
    later = AT + timedelta(days=1)
    transition = Transition("recovered", "recovered", (), "objectives_met")
    document = documents.recovered(IN_FORCE, later, transition, opened(), healthy)
    text = paragraphs(document, BERLIN)
    assert text[1].text.startswith("Recovered Fri 10:00, was open since Thu 10:00.")
    assert text_of("Proof", text).endswith("Objective met at two checks in a row.")
    for label, said in (
        ("Where", "While open: NordPost: late parcels 62 % (68 of 110)."),
        ("Who", "While open: 71 of 205 customers of this stage were affected"),
        ("Value", "While open: 41 = mean of customer 48"),
    ):
        assert text_of(label, text).startswith(said)
    assert document.score == opened().score
    assert document.evidence.reach == opened().evidence.reach


def test_an_old_opening_has_its_date() -> None:
    document = opened().model_copy(update={"opened_at": AT - timedelta(days=9)})
    assert "Open since 2026-04-28 10:00." in paragraphs(document, BERLIN)[1].text


def test_no_customer_text_is_in_the_words() -> None:
    assert "nobody rings" not in " ".join(lines(opened(), BERLIN, 100))
