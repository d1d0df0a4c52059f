"""The normal forms of what finds a customer: phone numbers and the CRM's ids."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from app.errors import Invalid, Reason

_FILLING: Final = re.compile(r"[\s()./-]+")
_MOBILE_CN: Final = re.compile(r"(?:\+|00)?(?:86)?(1[3-9]\d{9})", re.ASCII)
_DIALLED: Final = re.compile(r"\+?\d{3,17}", re.ASCII)
_DASHES: Final = str.maketrans("‐‑‒–—―−", "-------")


def e164(phone: str, region: str = "CN") -> str | None:
    """`phone` as +<country><number>; None when it is no number that can be dialled from `region`.

    Chinese mobile numbers, nearly all of them, are read here; the rest by `phonenumbers`, which costs 30 ms and 10 MB
    to load and is loaded only then. Local and service numbers that it does not know (10086, 114) are kept as dialled,
    under the region's code.
    """
    digits = _FILLING.sub("", unicodedata.normalize("NFKC", phone).translate(_DASHES))
    mobile = _MOBILE_CN.fullmatch(digits) if region == "CN" else None
    if mobile is not None:
        return "+86" + mobile.group(1)
    if _DIALLED.fullmatch(digits) is None:
        return None
    import phonenumbers

    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number) and len(digits) > 8:
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def external_id(value: str) -> str:
    """An id of the CRM: full-width characters folded, no white space at its ends; case is kept, for some CRMs mean it."""
    return unicodedata.normalize("NFKC", value).strip()


def blind_form(kind: str, value: str) -> str:
    """What is hashed of `value`. Raises Invalid (phone_invalid, last4_invalid, external_id_empty)."""
    if kind == "phone":
        phone = e164(value)
        if phone is None:
            raise Invalid(Reason("phone_invalid", "phone"))
        return phone
    if kind == "phone_last4":
        last4 = unicodedata.normalize("NFKC", value).strip()[-4:]
        if re.fullmatch(r"\d{4}", last4, re.ASCII) is None:
            raise Invalid(Reason("last4_invalid", "phone_last4"))
        return last4
    normal = external_id(value)
    if not normal:
        raise Invalid(Reason("external_id_empty", "external_id"))
    return normal
