"""What is shown of personal data by default: enough to recognise, never enough to know. Pure."""

from __future__ import annotations

_GAP = "…"


def mask_phone(phone: str) -> str:
    """13961235611 -> 1396…5611; the country code of China is left out, shorter numbers show less."""
    kept = "".join(c for c in phone if c.isascii() and c.isdigit())
    if len(kept) == 13 and kept.startswith("861"):
        kept = kept[2:]
    if len(kept) >= 11:
        return f"{kept[:4]}{_GAP}{kept[-4:]}"
    if len(kept) >= 7:
        return f"{kept[:2]}{_GAP}{kept[-2:]}"
    return _GAP


def mask_name(name: str) -> str:
    """张先生 -> 张**, Alice Smith -> A****; the number of stars does not tell the length."""
    name = name.strip()
    if not name:
        return ""
    return name[0] + ("****" if name[0].isascii() or name[0].isupper() or name[0].islower() else "**")


def mask_id(value: str) -> str:
    """7590-VHVEG -> 75…EG; ids of up to six characters show nothing."""
    value = value.strip()
    return f"{value[:2]}{_GAP}{value[-2:]}" if len(value) > 6 else _GAP


def mask_email(address: str) -> str:
    """alice@example.com -> a…@e….com."""
    local, at, domain = address.strip().rpartition("@")
    if not at or not local or not domain:
        return _GAP
    host, dot, top = domain.rpartition(".")
    return f"{local[0]}{_GAP}@{(host or top)[0]}{_GAP}{dot}{top if host else ''}"
