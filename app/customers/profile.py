"""What names a person: sealed as one value under the customer's own key, found again by keyed hashes, shown masked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

import orjson

from app.access.masking import mask_id, mask_name, mask_phone
from app.access.vault import DataKey, Vault


@dataclass(frozen=True, slots=True)
class Profile:
    """The personal part of a customer; every field may be unknown."""

    external_id: str | None = None
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    note: str | None = None

    def sealed(self, key: DataKey, customer_id: UUID) -> bytes:
        """The profile as ciphertext, bound to its customer."""
        known = {k: v for k, v in asdict(self).items() if v is not None}
        return key.seal(orjson.dumps(known), customer_id.bytes)

    def hashes(self, vault: Vault) -> dict[str, bytes | None]:
        """The keyed hashes by which the customer is found: external id, phone exact, last four digits of the phone."""
        return {
            "external_hash": vault.blind("external_id", self.external_id) if self.external_id else None,
            "phone_hash": vault.blind("phone", self.phone) if self.phone else None,
            "last4_hash": vault.blind("phone_last4", self.phone[-4:]) if self.phone and len(self.phone) >= 4 else None,
        }

    def masked(self) -> dict[str, str | None]:
        """What anybody who may see the complaint sees of the person."""
        return {
            "external_id": mask_id(self.external_id) if self.external_id else None,
            "name": mask_name(self.name) if self.name else None,
            "phone": mask_phone(self.phone) if self.phone else None,
        }

    def with_(self, changes: Mapping[str, Any]) -> Profile:
        """A copy with `changes`."""
        return replace(self, **changes)


def open_profile(key: DataKey | None, customer: Mapping[str, Any]) -> Profile:
    """The profile of a customer row; an empty one when its key was destroyed."""
    if key is None:
        return Profile()
    return Profile(**orjson.loads(key.open(customer["sealed"], customer["id"].bytes)))
