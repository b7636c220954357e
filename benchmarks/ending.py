"""bulk-sync, which sends itself a signal at an exact moment while it writes its results.

    python benchmarks/ending.py SIGNAL MARK CALLS AGAIN COUNT_FILE [arguments of bulk-sync]

The signal comes after so many CALLS of functions behind the MARK: "written", the results file begins to be written;
"placed", it was moved into its place. With AGAIN, another one comes so many calls later. Without CALLS (0) none comes,
and how many there would be to choose from is written into COUNT_FILE.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
from pathlib import Path
from typing import Any

from bulk_sync.cli import main

NAMES = {"open": "written", "os.rename": "placed"}


def ending(number: int, mark: str, calls: int, again: int, count: Path) -> None:
    """From now on, look out for the moment."""
    left = [calls, again] if again else [calls]
    passed = {"written": 0, "placed": 0}
    seen: set[str] = set()

    def called(_frame: object, _event: str, _arg: object) -> None:
        for name in seen:
            passed[name] += 1
        if left and passed[mark] == left[0]:
            left.pop(0)
            passed[mark] = 0
            os.kill(os.getpid(), number)

    def heard(event: str, args: tuple[Any, ...]) -> None:
        if event in NAMES and str(args[0]).endswith(".part") and NAMES[event] not in seen:
            seen.add(NAMES[event])
            sys.setprofile(called)

    if not calls:
        left.clear()
        atexit.register(lambda: count.write_text(f"{passed['written']} {passed['placed']}"))
    sys.addaudithook(heard)


if __name__ == "__main__":
    named, mark, calls, again, count, *arguments = sys.argv[1:]
    ending(signal.Signals[named], mark, int(calls), int(again), Path(count))
    sys.argv = ["bulk-sync", *arguments]
    main()
