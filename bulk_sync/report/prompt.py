"""The prompt: how a person at a terminal says that something is meant."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable

from bulk_sync.printable import printable

Ask = Callable[[str, int], bool]
"""Asks a question that is answered by typing a count; whether it was."""


def at_terminal(question: str, count: int) -> bool:
    """Ask on standard error, and read from standard input; False where either is no terminal."""
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    sys.stderr.write(f"{printable(question)}\nTo continue, type {count}. Anything else cancels: ")
    sys.stderr.flush()
    return re.sub(r"[\s.,'_]", "", sys.stdin.readline()) == str(count)


def nobody(question: str, count: int) -> bool:  # noqa: ARG001 -- an Ask
    """Ask nobody."""
    return False
