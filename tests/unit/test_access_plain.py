"""Masks, and the text that is let in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.access.masking import mask_email, mask_id, mask_name, mask_phone
from app.access.plain import clean_text
from app.errors import Invalid


@pytest.mark.parametrize(
    ("mask", "value", "shown"),
    [
        (mask_phone, "13961235611", "1396…5611"),
        (mask_phone, "+8613961235611", "1396…5611"),
        (mask_phone, "139 6123 5611", "1396…5611"),
        (mask_phone, "+861088881234", "8610…1234"),
        (mask_phone, "88881234", "88…34"),
        (mask_phone, "10086", "…"),
        (mask_phone, "", "…"),
        (mask_name, "张先生", "张**"),
        (mask_name, "张", "张**"),
        (mask_name, "欧阳娜娜", "欧**"),
        (mask_name, "Alice Smith", "A****"),
        (mask_name, " Ørsted", "Ø****"),
        (mask_name, "", ""),
        (mask_id, "7590-VHVEG", "75…EG"),
        (mask_id, "A12", "…"),
        (mask_email, "alice@example.com", "a…@e….com"),
        (mask_email, "a@b.co.uk", "a…@b….uk"),
        (mask_email, "root@localhost", "r…@l…"),
        (mask_email, "no address", "…"),
        (mask_email, "@", "…"),
    ],
)
def test_enough_to_recognise_never_enough_to_know(mask, value: str, shown: str):
    assert mask(value) == shown


@given(st.text(st.characters(categories=["L", "N"], include_characters="@.- "), max_size=60))
def test_a_mask_never_shows_what_it_hides(text: str):
    for mask in (mask_phone, mask_name, mask_id, mask_email):
        shown = mask(text)
        assert len(text.strip()) < 2 or text.strip() not in shown or text.strip() == "…"


@pytest.mark.parametrize(
    ("given_", "multiline", "kept"),
    [
        ("  信号不好  ", False, "信号不好"),
        ("e\u0301te\u0301", False, "été"),
        ("a\r\nb\tc\n", True, "a\nb\tc"),
        ("👍🏽 ok", False, "👍🏽 ok"),
        ("", False, ""),
    ],
)
def test_text_is_let_in_in_its_normal_form(given_: str, multiline: bool, kept: str):
    assert clean_text(given_, 100, multiline=multiline) == kept


@pytest.mark.parametrize(
    ("value", "multiline", "code", "at"),
    [
        ("a\x00b", True, "text_control", 2),
        ("a\nb", False, "text_control", 2),
        ("a\rb", True, "text_control", 2),
        ("\x1b[31m", True, "text_control", 1),
        ("x\x85", True, "text_control", 2),
        ("x\x7f", False, "text_control", 2),
        ("ab\ud83d", True, "text_surrogate", 3),
        ("x" * 11, True, "text_too_long", None),
        ("信" * 11, False, "text_too_long", None),
        ("x" * 1_000_000, True, "text_too_long", None),
        (12, False, "text_expected", None),
        (None, False, "text_expected", None),
        (b"bytes", False, "text_expected", None),
        ("   ", False, "text_empty", None),
    ],
)
def test_text_that_is_refused_says_where_and_what(value: object, multiline: bool, code: str, at: int | None):
    with pytest.raises(Invalid) as refused:
        clean_text(value, 10, multiline=multiline, where="note", min_length=1)
    (reason,) = refused.value.reasons
    assert (reason.code, reason.where, reason.params.get("at")) == (code, "note", at)
    for lang in ("zh", "en"):
        assert "note" in reason.message(lang)
        assert "{" not in reason.message(lang)


@given(st.text(max_size=50))
def test_what_was_let_in_is_let_in_again_unchanged(text: str):
    try:
        kept = clean_text(text, 100, multiline=True)
    except Invalid:
        return
    assert clean_text(kept, 100, multiline=True) == kept
    kept.encode()
