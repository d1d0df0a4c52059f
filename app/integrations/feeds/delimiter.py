"""Which character parts the columns of a CSV file, when only one is possible."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO

from app.integrations.feeds.problems import FileRefused, tell

DELIMITERS = (",", ";", "\t", "|")
NAMES = {",": ",", ";": ";", "\t": "tab", "|": "|"}
_SAMPLE = 200


def sniff(text: str, file: str, skip: int = 0) -> str:
    """The delimiter of `text`, the start of a file (whole records), whose header stands after `skip` records.

    A delimiter is possible when the header has several columns under it and nine of ten records have just as many.
    A file of one column has none, and needs none. Raises FileRefused when two are possible, or none is.
    """
    possible = [d for d in DELIMITERS if _fits(_records(text, d)[skip:])]
    if len(possible) == 1:
        return possible[0]
    if not possible:
        header = next(iter(_records(text, "\x1f")[skip:]), [""])[0]
        if not any(d in header for d in DELIMITERS):
            return ","
    shown = ", ".join(NAMES[d] for d in possible or DELIMITERS)
    code = "delimiter_ambiguous" if possible else "delimiter_unclear"
    raise FileRefused((code, tell(code, possible=shown)), file=file)


def _records(text: str, delimiter: str) -> list[list[str]]:
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    found: list[list[str]] = []
    try:
        for record in reader:
            if record:
                found.append(record)
            if len(found) > _SAMPLE:
                break
    except csv.Error:
        pass  # what was read so far is the sample; the reader proper names the line
    return found


def _fits(records: Sequence[Sequence[str]]) -> bool:
    if not records or len(records[0]) < 2:
        return False
    width = len(records[0])
    equal = sum(len(record) == width for record in records)
    return equal * 10 >= len(records) * 9
