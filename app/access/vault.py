"""Keys: one master key, sub-keys derived from it, and a data key per customer, whose destruction erases that customer.

Sealed values are AES-256-GCM: version byte, random nonce of 12 bytes, ciphertext with tag; bound to their row by the
associated data. What must be *found* (phone, external id) is a keyed hash; what must be *proved later* a commitment.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Final, Literal
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.access.identifiers import blind_form
from app.access.master import MasterKeyRefused, load_master_key
from app.db.ids import new_id
from app.errors import Reason
from app.settings import Settings

BlindKind = Literal["phone", "phone_last4", "external_id"]
_VERSION: Final = b"\x01"
_NONCE: Final = 12
_CACHED_KEYS: Final = 4096


class SealBroken(Exception):
    """A sealed value does not open: altered, moved from another row, or sealed under another key."""


class DataKey:
    """The key of one customer's personal data (or of the vault's own answers, with the nil id)."""

    __slots__ = ("_aead", "_commitments", "id")

    def __init__(self, key_id: UUID, secret: bytes) -> None:
        self.id = key_id
        self._aead = AESGCM(secret)
        self._commitments = hmac.digest(secret, b"amends/commitment/v1", "sha256")

    def seal(self, plaintext: bytes, aad: bytes) -> bytes:
        """`plaintext` encrypted, bound to `aad` (the id of the row that holds it)."""
        nonce = secrets.token_bytes(_NONCE)
        return _VERSION + nonce + self._aead.encrypt(nonce, plaintext, aad)

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        """The plaintext again. Raises SealBroken."""
        return _open(self._aead, sealed, aad)

    def commit(self, text_id: UUID, plaintext: str) -> str:
        """A commitment to a text, 64 hexadecimal digits, for events: it proves later what was said.

        Keyed by the customer's key: while the key exists the text can be checked against it, and once the key is
        destroyed not even a short text (a phone number) can be found by trying.
        """
        return hmac.digest(self._commitments, text_id.bytes + plaintext.encode(), "sha256").hex()


class Vault:
    """All keys of this installation. Made once at start and passed in."""

    def __init__(self, master: bytes) -> None:
        if len(master) != 32:
            raise MasterKeyRefused(Reason("master_key_wrong_length", params={"path": "-"}))
        self._master = master
        self._wrapping = AESGCM(self._derive("wrapping"))
        self._blind = self._derive("blind")
        self.master_id = self._derive("fingerprint")[:8].hex()
        self._unwrap = lru_cache(maxsize=_CACHED_KEYS)(self._unwrap_now)

    @classmethod
    def of(cls, settings: Settings, *, make: bool = True) -> Vault:
        """The vault of the master key that `settings` name; `make` it at the first start. Raises MasterKeyRefused."""
        return cls(load_master_key(settings, make=make))

    def new_data_key(self, at: datetime) -> tuple[DataKey, bytes]:
        """A fresh key and its wrapped form, which is what is stored (see `keys.new_key`)."""
        key_id, secret = new_id(at), secrets.token_bytes(32)
        nonce = secrets.token_bytes(_NONCE)
        wrapped = key_id.bytes + _VERSION + nonce + self._wrapping.encrypt(nonce, secret, key_id.bytes)
        return DataKey(key_id, secret), wrapped

    def unwrap(self, wrapped: bytes) -> DataKey:
        """The key of a stored `data_key.wrapped`. Raises SealBroken when it was wrapped by another master key or altered."""
        return self._unwrap(bytes(wrapped))

    def blind(self, kind: BlindKind, value: str) -> bytes:
        """A keyed hash by which a customer is found, 32 bytes. Raises Invalid when `value` is no such thing."""
        return hmac.digest(self._blind, f"{kind}\0{blind_form(kind, value)}".encode(), "sha256")

    @cached_property
    def search_key(self) -> bytes:
        """The key of search tokens."""
        return self._derive("search")

    @cached_property
    def answer_key(self) -> bytes:
        """The key of the hashes by which stored answers are found and compared."""
        return self._derive("answer")

    @cached_property
    def own_key(self) -> DataKey:
        """Seals answers that are about no customer."""
        return DataKey(UUID(int=0), self._derive("own"))

    def _unwrap_now(self, wrapped: bytes) -> DataKey:
        key_id = wrapped[:16]
        return DataKey(UUID(bytes=key_id), _open(self._wrapping, wrapped[16:], key_id))

    def _derive(self, purpose: str) -> bytes:
        return HKDF(SHA256(), 32, salt=None, info=f"amends/{purpose}/v1".encode()).derive(self._master)


def _open(aead: AESGCM, sealed: bytes, aad: bytes) -> bytes:
    if sealed[:1] != _VERSION:
        raise SealBroken
    try:
        return aead.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], aad)
    except (InvalidTag, ValueError) as error:
        raise SealBroken from error
