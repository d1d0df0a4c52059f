"""Folding, and what is stored of a text: pure, without a database."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.complaints.search_tokens import STEP, SearchTokens, fold, start_of, week_of

TOKENS = SearchTokens(b"k" * 32)
CHINESE = "客户反映天河路23号信号不好,打電話經常中斷,要求退費。"
ENGLISH = "Nobody called  me back,\nand I was charged TWICE for roaming (US$ 12.50)."


def holds(text: str, query: str) -> bool:
    """Whether the stored form of `text` answers the query: what the databases do, without their index."""
    indexed, asked = TOKENS.index(text), TOKENS.query(query)
    assert asked is not None
    if not set(asked.grams) <= set(indexed.grams):
        return False
    return asked.exact or asked.trail is None or asked.trail in indexed.trail


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("電話經常中斷", "电话经常中断"),
        ("ＡＢＣ１２３，：", "abc123,:"),
        ("Straße İ", "strasse i̇"),
        ("a \n\t  b\u3000c\u00a0d", "a b c d"),
        ("cafe\u0301", "café"),
        ("薴", "苎"),
        ("", ""),
    ],
)
def test_texts_are_compared_in_a_folded_form(text: str, folded: str):
    assert fold(text) == folded


@given(st.text(max_size=80))
def test_folding_twice_is_folding_once(text: str):
    once = fold(text)
    if unicodedata.is_normalized("NFC", once):  # case folding takes a few letters apart, which NFC joins again
        assert fold(once) == once


@pytest.mark.parametrize(
    "text", [CHINESE, ENGLISH, CHINESE + ENGLISH, "好", "好的", "ok", "e", "我 a 们", "😀好😀", "的的的的", "aaaa"]
)
def test_every_part_of_a_text_is_found(text: str):
    folded = fold(text)
    for start in range(len(folded)):
        for end in range(start + 1, len(folded) + 1):
            assert holds(text, folded[start:end]), folded[start:end]


@given(st.text("信号不好abc 1的", max_size=12), st.text("信号不好abc 1的", min_size=1, max_size=6))
def test_hits_are_those_of_a_scan(text: str, query: str):
    assert holds(text, query) == (fold(query) in fold(text))


@given(st.text(max_size=30), st.text(min_size=1, max_size=4))
def test_hits_are_those_of_a_scan_in_any_script(text: str, query: str):
    if fold(query):
        assert holds(text, query) == (fold(query) in fold(text))


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("不号信好", "信号"),
        ("信号 不好", "信号不好"),
        ("好不好号信号", "信号不好"),  # has all pairs but not in this order
        ("号不 不好 信号", "信号不好"),
        ("the cat sat", "thesat"),
        ("abcd bcda cdab", "dabcd"),
        ("abc", "abcd"),
    ],
)
def test_the_same_characters_in_another_order_are_no_hit(text: str, query: str):
    assert not holds(text, query)


@pytest.mark.parametrize("size", [300, 20_000])
def test_long_texts_and_long_queries_are_found_whole(size: int):
    text = "".join(chr(0x4E00 + (i * i) % 3000) if i % 3 else "ab "[i % 2] for i in range(size))
    assert holds(text, text)
    assert holds("x" + text + "y", text[7:-7])
    assert not holds(text, text[:100] + "x" + text[101:200])
    asked = TOKENS.query(text)
    assert asked is not None
    assert len(asked.grams) <= 24


def test_nothing_to_look_for_is_no_query():
    assert TOKENS.query("") is None


def test_another_key_gives_other_hashes_and_the_same_key_the_same():
    one, other = TOKENS.index(CHINESE), SearchTokens(b"x" * 32).index(CHINESE)
    assert not set(one.grams) & set(other.grams)
    assert one.trail != other.trail
    assert set(SearchTokens(b"k" * 32).index(CHINESE).grams) == set(one.grams)


def test_what_is_stored_holds_no_plain_text():
    row = TOKENS.row(
        ENGLISH, text_id=UUID(int=1), complaint_id=UUID(int=2), customer_id=UUID(int=3), opened_at=datetime(2026, 3, 10, tzinfo=UTC)
    )
    assert b"called" not in row["trail"]
    assert len(row["trail"]) == STEP * (len(fold(ENGLISH)) - 1)
    assert all(0 <= gram < 2**48 for gram in row["grams"])
    assert len(set(row["grams"])) == len(row["grams"])


def test_a_row_carries_the_week_of_the_opening():
    at = datetime(2026, 3, 10, tzinfo=UTC)
    row = TOKENS.row("x", text_id=UUID(int=1), complaint_id=UUID(int=2), customer_id=UUID(int=3), opened_at=at)
    assert week_of(at) in row["grams"]
    assert start_of(week_of(at)) <= at < start_of(week_of(at) + 1)
    assert start_of(week_of(at) + 1) - start_of(week_of(at)) == timedelta(days=7)
    assert week_of(datetime(1960, 1, 1, tzinfo=UTC)) == 0


def test_a_cache_that_is_full_starts_again_and_answers_the_same():
    fresh = SearchTokens(b"c" * 32)
    before = fresh.index(CHINESE)
    for start in range(0x4E00, 0x9E00, 1000):
        fresh.index("".join(chr(c) + "x" for c in range(start, start + 1000)))
        fresh.index("".join(chr(c) for c in range(start, start + 1000)))
    assert len(fresh._hashes) <= 50_000
    assert set(fresh.index(CHINESE).grams) == set(before.grams)
