"""Keys of identifiers: what stands for a customer inside the service.

A key is the keyed hash of (namespace, normalised value). The same identifier gives the same key
in every process that has the same secret, and nobody without the secret can go back. Ids that a
tool mints carry the system in their namespace; e-mail and phone do not, so that they join across
tools.
"""

import hashlib
import unicodedata
from functools import lru_cache
from typing import Final

from service.canonical import Subject
from service.event import GLOBAL_NAMESPACES, Identifier

KEY_BYTES: Final = 16
CACHED_KEYS: Final = 100_000


class Keyring:
    """Makes keys with one secret. Pure: it holds nothing but the secret and a bounded cache."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 16:
            raise ValueError("the subject key needs at least 16 bytes")
        self._secret = hashlib.blake2b(secret, digest_size=32).digest()
        self.key = lru_cache(maxsize=CACHED_KEYS)(self._key)

    def hashed(self, identifier: Identifier, system: str) -> Subject:
        """The identifier as its namespace and key alone."""
        namespace = scoped_namespace(identifier.namespace, system)
        return Subject(namespace, self.key(namespace, identifier.value))

    def clear(self, identifier: Identifier, system: str) -> Subject:
        """The identifier with its normalised value beside the key."""
        namespace = scoped_namespace(identifier.namespace, system)
        return Subject(
            namespace,
            self.key(namespace, identifier.value),
            normalised(identifier.namespace, identifier.value),
        )

    def _key(self, namespace: str, value: str) -> str:
        text = f"{namespace}\0{normalised(namespace, value)}".encode()
        return hashlib.blake2b(text, key=self._secret, digest_size=KEY_BYTES).hexdigest()


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
