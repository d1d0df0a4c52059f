"""Which encoding a text file is in: declared, marked (BOM), or found by decoding all of it strictly. Never by chance."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO

from app.integrations.feeds.problems import refused

ENCODINGS: Mapping[str, str] = MappingProxyType(
    {
        "utf-8": "utf-8-sig",  # the mark at the start, if any, is no part of the first column's name
        "gb18030": "gb18030",
        "gbk": "gb18030",  # what Windows calls GBK or GB2312 is a part of GB18030
        "gb2312": "gb18030",
        "big5": "big5hkscs",
        "utf-16": "utf-16",
        "windows-1252": "cp1252",
        "iso-8859-1": "latin-1",
    }
)
"""What a map may declare under `file: encoding`, and the codec that reads it."""

_CHUNK = 1 << 20
_ENOUGH = 200_000  # characters after which the judgement on GB18030 stands
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True)
class TextFile:
    """What is known of a text file after one look at all of it. `encoding` is a name of ENCODINGS."""

    sha256: str
    size: int
    encoding: str


def look(path: Path, declared: str | None) -> TextFile:
    """Read all of `path` once in pieces. Raises FileRefused for binary files and for an encoding that is not certain."""
    with path.open("rb") as file:
        start = file.read(4)
        file.seek(0)
        marked = next((name for mark, name in _MARKS if start.startswith(mark)), None)
        tried = [_Decoding(name) for name in ([declared] if declared else [marked] if marked else ["utf-8", "gb18030"])]
        digest, size = hashlib.sha256(), 0
        for chunk in _chunks(file):
            digest.update(chunk)
            size += len(chunk)
            for decoding in tried:
                decoding.feed(chunk)
    for decoding in tried:
        decoding.end()
    good = next((d for d in tried if d.sound), None)
    if good is not None and not good.broken:
        return TextFile(digest.hexdigest(), size, good.name)
    if any(d.nul_at for d in tried):
        raise refused(path.name, "file_binary", line=next(d.nul_at for d in tried if d.nul_at))
    first = tried[0]
    if declared or marked:
        raise refused(path.name, "encoding_wrong", encoding=first.name, line=first.line)
    raise refused(path.name, "encoding_unknown", line=first.line, encodings=", ".join(ENCODINGS))


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk


class _Decoding:
    """One strict attempt to decode a file, piece by piece."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.broken = False
        self.nul_at = 0  # line of the first NUL character
        self.line = 1
        self._decoder = codecs.getincrementaldecoder(ENCODINGS[name])("strict")
        self._double = self._rare = 0

    @property
    def sound(self) -> bool:
        """Whether all of it decoded, and into something that people write.

        Almost any bytes are GB18030, so Western text in a one-byte encoding would come out as rare ideographs: two of
        them where one letter had an accent. Real Chinese text is nearly all in the common part (both bytes >= A1).
        """
        return not self.broken and not self.nul_at and self._rare * 4 <= self._double

    def feed(self, chunk: bytes, *, final: bool = False) -> None:
        """Decode the next piece; after the first mistake nothing more is tried."""
        if self.broken or self.nul_at:
            return
        try:
            text = self._decoder.decode(chunk, final)
        except UnicodeDecodeError as error:
            self.broken = True
            self.line += error.object[: error.start].count(b"\n")
            return
        if "\0" in text:
            self.nul_at = self.line + text[: text.index("\0")].count("\n")
            return
        self.line += text.count("\n")
        if self.name == "gb18030" and self._double < _ENOUGH and not text.isascii():
            self._weigh(text)

    def end(self) -> None:
        """Say that there is no more: a character cut in two is a mistake."""
        self.feed(b"", final=True)

    def _weigh(self, text: str) -> None:
        for char in text:
            if char > "\x7f":
                raw = char.encode("gb18030")
                self._double += 1
                self._rare += len(raw) != 2 or raw[1] < 0xA1
