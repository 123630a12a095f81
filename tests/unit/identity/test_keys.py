"""Keys join what is the same identifier and tell nothing without the secret."""

import pytest

from service.identity.keys import Keyring, normalised

KEYRING = Keyring(b"a secret of sixteen bytes or more")


@pytest.mark.parametrize(
    ("namespace", "one", "other"),
    [
        ("email", " Jo@Shop.Example ", "jo@shop.example"),
        ("phone", "+49 (40) 123-45", "00494012345"),
        ("user", "9 ", "9"),
    ],
)
def test_spellings_of_one_identifier_have_one_key(namespace: str, one: str, other: str) -> None:
    assert KEYRING.hashed(namespace, one, "zendesk-de") == KEYRING.hashed(
        namespace, other, "zendesk-de"
    )


def test_ids_that_a_tool_mints_differ_by_system_and_an_e_mail_does_not() -> None:
    user, email = ("user", "9"), ("email", "jo@shop.example")
    assert (
        KEYRING.hashed(*user, "zendesk-de").row.key != KEYRING.hashed(*user, "zendesk-fr").row.key
    )
    assert KEYRING.hashed(*email, "zendesk-de") == KEYRING.hashed(*email, "shop-de")


def test_the_event_shows_the_key_that_is_stored() -> None:
    subject, row = KEYRING.hashed("user", "9", "shop")
    assert subject.key == row.key.hex()
    assert subject.namespace == row.namespace == "shop:user"


def test_the_value_is_kept_only_in_the_clear() -> None:
    email = ("email", "Jo@Shop.Example", "shop")
    assert (KEYRING.hashed(*email).subject.value, KEYRING.hashed(*email).row.value) == ("", None)
    assert KEYRING.clear(*email).subject.value == "jo@shop.example"
    assert KEYRING.clear(*email).row.value == "jo@shop.example"
    assert KEYRING.clear(*email).row.key == KEYRING.hashed(*email).row.key


def test_another_secret_gives_other_keys() -> None:
    email = ("email", "jo@shop.example", "shop")
    other = Keyring(b"another secret of sixteen bytes")
    assert other.hashed(*email).row.key != KEYRING.hashed(*email).row.key


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Keyring(b"short")


def test_a_phone_without_country_stays_without() -> None:
    assert normalised("phone", "040 / 12345") == "04012345"
