"""The prompt: how a person at a terminal says that something is meant."""

from __future__ import annotations

import re
import shutil
import signal
import sys
import textwrap
from typing import Protocol

from bulk_sync.errors import Cancelled
from bulk_sync.printable import printable


class Ask(Protocol):
    """Asks a question that is answered by typing a count, or, without one, by yes or no; whether it was confirmed."""

    def __call__(self, question: str, count: int | None = None) -> bool:
        """Ask. Raises Cancelled at Ctrl-C."""


def at_terminal(question: str, count: int | None = None) -> bool:
    """Ask on standard error, and read from standard input; False where either is no terminal."""
    if not _has_terminal():
        return False
    width = shutil.get_terminal_size().columns
    shown = [textwrap.fill(line, width) for line in printable(question, lines=True).splitlines()]
    answer = " [y/N] " if count is None else f"\nTo continue, type {count}. Anything else cancels: "
    try:
        sys.stderr.write("\n".join(shown) + answer)
        sys.stderr.flush()
        typed = sys.stdin.readline()
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        raise Cancelled(signal.SIGINT) from None
    if not typed.endswith("\n"):  # Ctrl-D leaves the cursor where it is
        sys.stderr.write("\n")
    if count is None:
        return typed.strip().casefold() in {"y", "yes"}
    return re.sub(r"[\s.,'_]", "", typed) == str(count)


def nobody(question: str, count: int | None = None) -> bool:  # noqa: ARG001 -- an Ask
    """Ask nobody."""
    return False


class Prompted:
    """Who hears how a run goes, and answers for the person who runs it by `ask`."""

    def __init__(self, ask: Ask) -> None:
        self.confirm = ask

    @property
    def is_attended(self) -> bool:
        """Whether a person is there who can be asked."""
        return self.confirm is not nobody and _has_terminal()


def _has_terminal() -> bool:
    return bool(sys.stdin and sys.stdin.isatty() and sys.stderr.isatty())
