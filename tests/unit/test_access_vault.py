"""Keys: what is sealed opens only where it belongs, and never again once its key is gone."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from app.access.keys import new_key
from app.access.master import MasterKeyRefused
from app.access.sealed import open_text, references, resolve, seal_text
from app.access.vault import SealBroken, Vault
from app.errors import Invalid

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
CUSTOMER = UUID(int=7)
VAULT = Vault(bytes(range(32)))


def test_a_sealed_value_opens_again_and_never_looks_the_same_twice():
    key, _ = VAULT.new_data_key(AT)
    first, second = key.seal("张先生".encode(), b"row"), key.seal("张先生".encode(), b"row")
    assert first != second
    assert key.open(first, b"row").decode() == key.open(second, b"row").decode() == "张先生"


@pytest.mark.parametrize("harm", ["moved to another row", "a bit flipped", "cut short", "empty", "another customer's key"])
def test_a_sealed_value_that_was_touched_does_not_open(harm: str):
    key, _ = VAULT.new_data_key(AT)
    sealed, aad = key.seal(b"secret", b"row"), b"row"
    if harm == "moved to another row":
        aad = b"other"
    elif harm == "a bit flipped":
        sealed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    elif harm == "cut short":
        sealed = sealed[:10]
    elif harm == "empty":
        sealed = b""
    else:
        key, _ = VAULT.new_data_key(AT)
    with pytest.raises(SealBroken):
        key.open(sealed, aad)


def test_a_wrapped_key_is_unwrapped_by_its_own_master_key_only():
    key, row = new_key(VAULT, AT)
    sealed = key.seal(b"secret", b"row")
    again = Vault(bytes(range(32))).unwrap(row["wrapped"])
    assert again.id == key.id == row["id"]
    assert again.open(sealed, b"row") == b"secret"
    assert b"secret" not in sealed
    with pytest.raises(SealBroken):
        Vault(bytes(32)).unwrap(row["wrapped"])
    assert Vault(bytes(32)).master_id != VAULT.master_id == row["master_id"]


def test_a_wrapped_key_cannot_be_given_another_id():
    _, row = new_key(VAULT, AT)
    with pytest.raises(SealBroken):
        VAULT.unwrap(UUID(int=1).bytes + row["wrapped"][16:])


def test_a_text_is_bound_to_its_row_and_proved_by_its_commitment():
    key, row = new_key(VAULT, AT)
    sealed = seal_text(key, CUSTOMER, "号码 13961235611 被停机", AT)
    assert open_text(VAULT, sealed.id, sealed.row["ciphertext"], row["wrapped"]) == "号码 13961235611 被停机"
    assert sealed.reference == {"text": str(sealed.id), "commitment": key.commit(sealed.id, "号码 13961235611 被停机")}
    assert key.commit(sealed.id, "号码 13961235612 被停机") != sealed.reference["commitment"]
    with pytest.raises(SealBroken):
        open_text(VAULT, UUID(int=1), sealed.row["ciphertext"], row["wrapped"])


def test_an_erased_text_is_gone_and_its_commitment_cannot_be_tried_out():
    key, _ = new_key(VAULT, AT)
    sealed = seal_text(key, CUSTOMER, "13961235611", AT)
    assert open_text(VAULT, sealed.id, sealed.row["ciphertext"], None) is None
    # Who has the master key, the text's id and the right guess still cannot confirm it without the destroyed key.
    other, _ = new_key(VAULT, AT)
    assert other.commit(sealed.id, "13961235611") != sealed.reference["commitment"]


def test_references_are_found_and_replaced_at_any_depth():
    key, _ = new_key(VAULT, AT)
    note, cause = seal_text(key, CUSTOMER, "note", AT), seal_text(key, CUSTOMER, "cause", AT)
    data = {"note": note.reference, "form": {"causes": [cause.reference, "billing"], "amount": 3}}
    assert references(data) == {str(note.id), str(cause.id)}
    shown = resolve(data, {str(note.id): "note", str(cause.id): None}, "[erased]")
    assert shown == {"note": "note", "form": {"causes": ["[erased]", "billing"], "amount": 3}}


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ("13961235611", "+86 139 6123 5611"),
        ("13961235611", "0086-139-6123-5611"),
        ("13961235611", "86 13961235611"),
        ("13961235611", "139612356１１"),
        ("010-88881234", "+86 (10) 8888 1234"),
        ("+1 202-555-0123", "001 2025550123"),
    ],
)
def test_one_phone_is_found_however_it_is_written(one: str, same: str):
    assert VAULT.blind("phone", one) == VAULT.blind("phone", same)
    assert VAULT.blind("phone_last4", one) == VAULT.blind("phone_last4", same)


def test_keyed_hashes_differ_by_kind_value_and_master_key():
    hashes = {
        VAULT.blind("phone", "13961235611"),
        VAULT.blind("phone", "13961235612"),
        VAULT.blind("external_id", "13961235611"),
        VAULT.blind("external_id", "7590-vhveg"),
        VAULT.blind("external_id", "7590-VHVEG"),
        Vault(bytes(32)).blind("phone", "13961235611"),
    }
    assert len(hashes) == 6
    assert {len(h) for h in hashes} == {32}


@pytest.mark.parametrize("bad", ["", "abc", "12", "139612356111111111111", "1" * 5000, "１３９\ud800"])
def test_what_is_no_phone_is_refused_with_a_reason(bad: str):
    with pytest.raises(Invalid) as refused:
        VAULT.blind("phone", bad)
    assert [(r.code, r.where) for r in refused.value.reasons] == [("phone_invalid", "phone")]


def test_a_master_key_of_another_length_is_refused():
    with pytest.raises(MasterKeyRefused):
        Vault(b"short")


def test_the_sub_keys_are_all_different():
    assert len({VAULT.search_key, VAULT.answer_key, bytes(range(32))}) == 3
