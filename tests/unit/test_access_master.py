"""The master key's file: made once, whole, private; anything doubtful is refused with the remedy."""

from __future__ import annotations

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.access.master import MasterKeyRefused, load_master_key, make_master_key, read_master_key
from app.settings import Settings


def test_the_first_start_makes_a_private_key_and_the_second_reads_it(tmp_path: Path):
    settings = Settings(var=tmp_path / "var")
    key = load_master_key(settings)
    file = tmp_path / "var" / "master.key"
    assert len(key) == 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert load_master_key(settings) == key
    assert sorted(p.name for p in file.parent.iterdir()) == ["master.key"]


def test_two_installations_never_share_a_key(tmp_path: Path):
    assert load_master_key(Settings(var=tmp_path / "a")) != load_master_key(Settings(var=tmp_path / "b"))


def test_of_many_processes_that_start_together_all_read_the_same_key(tmp_path: Path):
    settings = Settings(var=tmp_path)
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(lambda _: load_master_key(settings), range(64)))
    assert len(keys) == 1


def test_making_a_key_leaves_one_that_is_there(tmp_path: Path):
    file = tmp_path / "master.key"
    make_master_key(file)
    before = file.read_bytes()
    make_master_key(file)
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    "content", [bytes(range(32)), base64.b64encode(bytes(range(32))), base64.b64encode(bytes(range(32))) + b"\r\n"]
)
def test_a_key_may_be_raw_or_base64(tmp_path: Path, content: bytes):
    file = tmp_path / "key"
    file.write_bytes(content)
    file.chmod(0o400)
    assert read_master_key(file) == bytes(range(32))


@pytest.mark.parametrize(
    ("content", "mode", "code"),
    [
        (bytes(32), 0o644, "master_key_open_to_others"),
        (bytes(32), 0o640, "master_key_open_to_others"),
        (bytes(32), 0o620, "master_key_open_to_others"),
        (b"", 0o600, "master_key_wrong_length"),
        (bytes(31), 0o600, "master_key_wrong_length"),
        (base64.b64encode(bytes(33)), 0o600, "master_key_wrong_length"),
        (b"change me", 0o600, "master_key_wrong_length"),
        (None, 0, "master_key_missing"),
    ],
)
def test_a_doubtful_key_is_refused_with_the_file_and_the_remedy(tmp_path: Path, content: bytes | None, mode: int, code: str):
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
        file.chmod(mode)
    with pytest.raises(MasterKeyRefused) as refused:
        load_master_key(Settings(var=tmp_path, master_key_file=file))
    (reason,) = refused.value.reasons
    assert reason.code == code
    for lang in ("zh", "en"):
        assert str(file) in reason.message(lang)
    # A file named by the operator is never made: a wrong mount would otherwise lock everything away.
    assert file.exists() == (content is not None)
