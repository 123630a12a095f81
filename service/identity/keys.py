"""Keys of identifiers: what stands for a customer inside the service.

A key is the keyed hash of (namespace, normalised value). The same identifier gives the same key
in every process that has the same secret, and nobody without the secret can go back. Ids that a
tool mints carry the system in their namespace; e-mail and phone do not, so that they join across
tools.
"""

import hashlib
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

import msgspec

from service.canonical import Subject
from service.event import GLOBAL_NAMESPACES

KEY_BYTES: Final = 16
REMEMBERED: Final = 65_536
"""How many identifiers are kept ready."""


class IdentifierRow(msgspec.Struct, frozen=True, gc=False, cache_hash=True):
    """An identifier as stored. `value` is None unless the source says `customer: clear`."""

    key: bytes
    namespace: str
    value: str | None


class Identified(NamedTuple):
    """An identifier behind the door: as the event shows it, and as it is stored."""

    subject: Subject
    row: IdentifierRow


Identify: TypeAlias = Callable[[str, str, str], Identified]
"""What becomes of a namespace and a value of a system. Pure."""


class Keyring:
    """Makes keys with one secret. Pure: it holds nothing but the secret and a bounded memory.

    `hashed` keeps the namespace and the key alone, `clear` the normalised value beside them.
    """

    hashed: Identify
    clear: Identify

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 16:
            raise ValueError("the subject key needs at least 16 bytes")
        self._secret = hashlib.blake2b(secret, digest_size=32).digest()
        self.hashed = lru_cache(REMEMBERED)(self._hashed)
        self.clear = lru_cache(REMEMBERED)(self._clear)

    def _hashed(self, namespace: str, value: str, system: str) -> Identified:
        return self._identified(scoped_namespace(namespace, system), value, "")

    def _clear(self, namespace: str, value: str, system: str) -> Identified:
        return self._identified(
            scoped_namespace(namespace, system), value, normalised(namespace, value)
        )

    def _identified(self, namespace: str, value: str, shown: str) -> Identified:
        text = f"{namespace}\0{normalised(namespace, value)}".encode()
        key = hashlib.blake2b(text, key=self._secret, digest_size=KEY_BYTES).digest()
        return Identified(
            Subject(namespace, key.hex(), shown), IdentifierRow(key, namespace, shown or None)
        )


def scoped_namespace(namespace: str, system: str) -> str:
    """The namespace with the system that mints its ids: `user` becomes `zendesk-de:user`."""
    return namespace if namespace in GLOBAL_NAMESPACES else f"{system}:{namespace}"


def normalised(namespace: str, value: str) -> str:
    """The form in which equal identifiers are equal.

    E-mail: NFKC, without surrounding space, in lower case. Phone: its digits, with a leading `+`
    where the value has one or begins with `00`. Anything else: without surrounding space.
    """
    if namespace == "email":
        return unicodedata.normalize("NFKC", value).strip().casefold()
    if namespace == "phone":
        return normalised_phone(value)
    return value.strip()


def normalised_phone(value: str) -> str:
    digits = "".join(c for c in unicodedata.normalize("NFKC", value) if c.isdecimal())
    if value.strip().startswith("+"):
        return f"+{digits}"
    return f"+{digits[2:]}" if digits.startswith("00") else digits
