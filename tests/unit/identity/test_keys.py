"""Keys join what is the same identifier and tell nothing without the secret."""

import pytest

from service.event import Identifier
from service.identity.keys import Keyring, normalised

KEYRING = Keyring(b"a secret of sixteen bytes or more")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Identifier("email", " Jo@Shop.Example "), Identifier("email", "jo@shop.example")),
        (Identifier("phone", "+49 (40) 123-45"), Identifier("phone", "00494012345")),
        (Identifier("user", "9 "), Identifier("user", "9")),
    ],
)
def test_spellings_of_one_identifier_have_one_key(one: Identifier, other: Identifier) -> None:
    assert KEYRING.hashed(one, "zendesk-de") == KEYRING.hashed(other, "zendesk-de")


def test_ids_that_a_tool_mints_differ_by_system_and_an_e_mail_does_not() -> None:
    user, email = Identifier("user", "9"), Identifier("email", "jo@shop.example")
    assert KEYRING.hashed(user, "zendesk-de").key != KEYRING.hashed(user, "zendesk-fr").key
    assert KEYRING.hashed(email, "zendesk-de") == KEYRING.hashed(email, "shop-de")


def test_the_value_is_kept_only_in_the_clear() -> None:
    email = Identifier("email", "Jo@Shop.Example")
    assert KEYRING.hashed(email, "shop").value == ""
    assert KEYRING.clear(email, "shop").value == "jo@shop.example"
    assert KEYRING.clear(email, "shop").key == KEYRING.hashed(email, "shop").key


def test_another_secret_gives_other_keys() -> None:
    email = Identifier("email", "jo@shop.example")
    other = Keyring(b"another secret of sixteen bytes")
    assert other.hashed(email, "shop").key != KEYRING.hashed(email, "shop").key


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Keyring(b"short")


def test_a_phone_without_country_stays_without() -> None:
    assert normalised("phone", "040 / 12345") == "04012345"
