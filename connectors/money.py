"""Amounts of payloads to whole minor units, exactly: `parse_money`, `parse_minor`.

An amount is a decimal number as text, or a number whose shortest text is meant (199.0). How many
decimals a currency has follows ISO 4217. A digit beyond them that is not 0 is refused: nothing is
ever rounded.
"""

import re
from decimal import Decimal
from typing import Final

from connectors.refusal import Refused
from service.event import Money

_AMOUNT: Final = re.compile(r"(-?\d{1,15})(?:\.(\d{1,20}))?", re.ASCII)
_CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)

_WITH_DECIMALS: Final = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_EXPONENTS: Final = {
    currency: decimals
    for decimals, currencies in _WITH_DECIMALS.items()
    for currency in currencies.split()
}
"""Decimals of the currencies that do not have two."""


def exponent_of(currency: str) -> int:
    """How many decimals the currency has."""
    return _EXPONENTS.get(currency, 2)


def parse_money(amount: str | float, currency: str, field: str) -> Money:
    """`amount` of `currency`, the value of `field`. Raises `Refused`."""
    currency = currency.upper()
    if not _CURRENCY.fullmatch(currency):
        raise Refused("bad_money", f"the currency of `{field}` must be three letters: EUR")
    match = _AMOUNT.fullmatch(_text_of(amount))
    if match is None:
        raise Refused("bad_money", f"`{field}` must be a decimal number: 12.50")
    exponent = exponent_of(currency)
    decimals = match[2] or ""
    if decimals[exponent:].strip("0"):
        raise Refused("bad_money", f"`{field}` has more than the {exponent} decimals of {currency}")
    return Money(int(match[1] + decimals[:exponent].ljust(exponent, "0")), currency, exponent)


def parse_minor(amount: int, decimals: int, currency: str, field: str) -> Money:
    """`amount` units of which 10**`decimals` make one of `currency`. Raises `Refused`.

    Some systems count in units that are not those of ISO 4217.
    """
    return parse_money(format(Decimal(amount).scaleb(-decimals), "f"), currency, field)


def _text_of(amount: str | float) -> str:
    if isinstance(amount, float):
        return format(Decimal(repr(amount)), "f")
    return str(amount)
