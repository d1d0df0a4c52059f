"""Looking for a known string in files and dumps, in every form in which it could have been written down."""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import asyncpg


def forms(needle: str) -> Mapping[str, bytes]:
    """The needle as bytes by the name of its encoding."""
    utf8 = needle.encode()
    found = {"utf-8": utf8, "hex": utf8.hex().encode(), "HEX": utf8.hex().upper().encode(), "url": quote(needle, safe="").encode()}
    for name in ("gb18030", "utf-16-le", "utf-16-be"):
        found[name] = needle.encode(name)
    escaped = json.dumps(needle)[1:-1]
    found |= {"json": escaped.encode(), "json twice": json.dumps(escaped)[1:-1].encode(), "JSON": escaped.upper().encode()}
    for shift in range(3):
        # Wherever it begins within three bytes: what is left of its base64 when the edges are cut off.
        whole = base64.b64encode(b"\0" * shift + utf8)
        middle = whole[4 if shift else 0 : len(whole) - 4]
        found |= {f"base64+{shift}": middle, f"base64url+{shift}": middle.replace(b"+", b"-").replace(b"/", b"_")}
    return {name: value for name, value in found.items() if len(value) >= 4}


def hits(where: Mapping[str, bytes], needles: Mapping[str, str]) -> list[str]:
    """Every place at which a needle stands in some form, as "label (form) in place"."""
    every = [(label, form, value) for label, needle in needles.items() for form, value in forms(needle).items()]
    return [f"{label} ({form}) in {place}" for place, data in where.items() for label, form, value in every if value in data]


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file under `folder` by its path."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(folder)), path.read_bytes()


async def dump(url: str) -> bytes:
    """The PostgreSQL database as text: by pg_dump, where it is there and new enough, and every table by COPY."""
    plain = url.replace("postgresql+asyncpg://", "postgresql://")
    by_program = await asyncio.to_thread(_dumped, plain)
    return by_program + await _copied(plain)


def _dumped(url: str) -> bytes:
    try:
        return subprocess.run(["pg_dump", "--dbname", url], capture_output=True, check=True, timeout=300).stdout
    except (OSError, subprocess.SubprocessError):
        return b""  # no such program here, or older than the server: COPY gives the same rows


async def _copied(url: str) -> bytes:
    connection = await asyncpg.connect(url)
    found = BytesIO()
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for row in tables:
            await connection.copy_from_query(f'SELECT * FROM "{row["tablename"]}"', output=found, format="text")
    finally:
        await connection.close()
    return found.getvalue()
