"""The report of a fault that nobody expected: where in the program it happened, and nothing of what it worked on.

A traceback may hold anything: a message quotes a cell, a path the name of a person. So the report has the names of
modules, functions and exceptions, the numbers of lines, and the versions; no message, no path, no value.
"""

from __future__ import annotations

import platform
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from bulk_sync.state import make_private, write_whole
from bulk_sync.times import iso
from bulk_sync.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

NAME = "fault-report.txt"

_DEEPEST = 8
"""Exceptions that led to one another, or came together, that are told."""


def reported(error: BaseException, folder: Path) -> str:
    """Write the report of an exception into a folder of ours; what a person is told of it, after what is of the run."""
    path = folder / NAME
    where = f" with the file {path}, which names no person and no key"
    try:
        make_private(folder)
        write_whole(path, _report(error))
    except OSError:
        where = ""
    return f"A fault in bulk-sync, or on this computer: {type(error).__name__}. Please report it{where}."


def _report(error: BaseException) -> str:
    system = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    head = (
        f"bulk-sync {__version__}, {system}, {iso(time.time())}",
        "Messages and values are left out: they may name people. Only this says what was being done.",
        "",
    )
    return "\n".join((*head, *_told(error, set()), ""))


def _told(error: BaseException, seen: set[int]) -> Iterator[str]:
    """The lines about an exception, those that led to it first."""
    if id(error) in seen or len(seen) >= _DEEPEST:
        return
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _told(before, seen)
        yield "which led to:"
    yield f"{type(error).__module__}.{type(error).__qualname__}"
    yield from _frames(error.__traceback__)
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield "with:"
            yield from _told(each, seen)


def _frames(trace: TracebackType | None) -> Iterator[str]:
    for frame, line in traceback.walk_tb(trace):
        code = frame.f_code
        module = frame.f_globals.get("__name__")
        name = module if isinstance(module, str) and module in sys.modules else Path(code.co_filename).name
        yield f"  {name}, line {line}, in {code.co_name}"
