"""What does the second process do? What it is given, one task after the other, until nobody gives it any more."""

from __future__ import annotations

import gc
import importlib
import pickle
import signal
import sys
from contextlib import suppress
from typing import IO, TYPE_CHECKING, cast

from bulk_sync.abreast.companion import WORK

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> None:
    """Serve the process that started this one, through standard input and output."""
    gc.disable()  # what a task leaves behind has no cycles, and looking for them among its texts takes time
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the other; this one ends with it
    answers, sys.stdout = sys.stdout.buffer, sys.stderr  # what anybody prints must not stand between the answers
    with suppress(OSError):
        serve(sys.stdin.buffer, answers)


def serve(tasks: IO[bytes], answers: IO[bytes]) -> None:
    """Read what work there is and do it; an answer for each item: its result, or nothing where it failed.

    Raises OSError where nobody listens any more.
    """
    for module in pickle.load(tasks):  # noqa: S301  # from the process that started this one, as all here
        with suppress(ImportError):  # then the work cannot be loaded either
            importlib.import_module(module)
    _say(True, answers)
    work: Callable[[object], object] | None = None
    while True:
        try:
            kind, what = pickle.load(tasks)  # noqa: S301  # see above
        except EOFError:
            return
        if kind == WORK:
            work = _learned(what)
        else:
            _say(_done(work, what), answers)


def _learned(work: bytes) -> Callable[[object], object] | None:
    """What to do; None where it cannot be loaded here, so that it is done over there."""
    try:
        return cast("Callable[[object], object]", pickle.loads(work))  # noqa: S301  # see above
    except Exception:  # noqa: BLE001  # whatever it was
        return None


def _done(work: Callable[[object], object] | None, item: object) -> tuple[object, ...]:
    """The result, if there is one."""
    if work is None:
        return ()
    try:
        return (work(item),)
    except Exception:  # noqa: BLE001  # it is done again over there, and raises there whatever it was
        return ()


def _say(what: object, answers: IO[bytes]) -> None:
    pickle.dump(what, answers, protocol=pickle.HIGHEST_PROTOCOL)
    answers.flush()
