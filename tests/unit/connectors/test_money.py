"""Amounts become whole minor units, and nothing is rounded."""

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.money import exponent_of, parse_minor, parse_money
from connectors.refusal import Refused
from service.event import Money


@pytest.mark.parametrize(
    ("amount", "currency", "money"),
    [
        ("12.50", "EUR", Money(1250, "EUR", 2)),
        ("12.5", "eur", Money(1250, "EUR", 2)),
        ("12", "EUR", Money(1200, "EUR", 2)),
        ("-0.05", "EUR", Money(-5, "EUR", 2)),
        ("0", "EUR", Money(0, "EUR", 2)),
        ("12.5000", "EUR", Money(1250, "EUR", 2)),
        ("500", "JPY", Money(500, "JPY", 0)),
        ("500.00", "JPY", Money(500, "JPY", 0)),
        ("1.234", "KWD", Money(1234, "KWD", 3)),
        ("1.2", "KWD", Money(1200, "KWD", 3)),
        ("1.2345", "CLF", Money(12345, "CLF", 4)),
        (199.0, "USD", Money(19900, "USD", 2)),
        (0.1, "USD", Money(10, "USD", 2)),
        (1e15, "JPY", None),
        (7, "USD", Money(700, "USD", 2)),
    ],
)
def test_an_amount_is_exact(amount: str | float, currency: str, money: Money | None) -> None:
    if money is None:
        with pytest.raises(Refused):
            parse_money(amount, currency, "total")
    else:
        assert parse_money(amount, currency, "total") == money


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("12.505", "EUR"), ("500.5", "JPY"), ("12,50", "EUR"), ("1e3", "EUR"), (".5", "EUR"),
        ("5.", "EUR"), ("", "EUR"), (" 5", "EUR"), ("+5", "EUR"), ("NaN", "EUR"),
        ("1234567890123456", "EUR"), ("١٢", "EUR"), (0.1 + 0.2, "EUR"), ("5", ""), ("5", "EURO"),
        ("5", "E1R"), ("5", "ÄÖÜ"), ("5\n", "EUR"),
    ],
)  # fmt: skip
def test_what_is_not_exact_is_refused(amount: str | float, currency: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_money(amount, currency, "total")
    assert refused.value.failed.reason == "bad_money"
    assert "`total`" in refused.value.failed.detail


@given(st.integers(-(10**14), 10**14), st.sampled_from(["EUR", "JPY", "BHD", "CLF"]))
def test_writing_and_reading_gives_the_same_units(minor: int, currency: str) -> None:
    amount = format(Decimal(minor).scaleb(-exponent_of(currency)), "f")
    assert parse_money(amount, currency, "total").minor == minor


@given(st.text(max_size=30) | st.floats(allow_nan=False) | st.integers(), st.text(max_size=4))
def test_nothing_raises_anything_but_a_refusal(amount: str | float, currency: str) -> None:
    with contextlib.suppress(Refused):
        assert -(2**63) < parse_money(amount, currency, "total").minor < 2**63


@pytest.mark.parametrize(
    ("amount", "decimals", "currency", "money"),
    [
        (1250, 2, "eur", Money(1250, "EUR", 2)),
        (500, 0, "JPY", Money(500, "JPY", 0)),
        (50_000, 2, "ISK", Money(500, "ISK", 0)),
        (500, 0, "MGA", Money(50_000, "MGA", 2)),
        (-5, 2, "EUR", Money(-5, "EUR", 2)),
    ],
)
def test_units_of_a_system_become_those_of_the_currency(
    amount: int, decimals: int, currency: str, money: Money
) -> None:
    assert parse_minor(amount, decimals, currency, "amount") == money


def test_units_that_the_currency_does_not_have_are_refused() -> None:
    with pytest.raises(Refused):
        parse_minor(50_001, 2, "ISK", "amount")
