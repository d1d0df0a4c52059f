"""`amends`: the command line, another mouth of the same functions. One file a group of commands."""

from __future__ import annotations

import sys

from app.cli.base import show_error
from app.cli.commands import cli
from app.cli.troubles import told


def main() -> None:
    """Run the command line; an error that has words is told in them, without a trace, with exit code 1."""
    try:
        cli(standalone_mode=True)
    except Exception as error:
        known = told(error)
        if known is None:
            raise
        show_error(known)
        sys.exit(1)


__all__ = ["main"]
