"""The console that commands print to."""

from __future__ import annotations

import os
import sys

from rich.console import Console

_WIDTH_OF_A_FILE = 200


def console() -> Console:
    """A console as wide as the terminal; wide where output goes to a file or a pipe, which cut nothing off."""
    is_fixed = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(width=None if is_fixed else _WIDTH_OF_A_FILE, highlight=False)
