"""Notices: what is told elsewhere, through Apprise, of how a run ended. No word of them names a person or a secret.

So no sentence of a run is passed on: one may quote a cell or the API. What happened is said in the words of a table.
An address is a secret itself (it holds tokens), and is never shown: messages name it by its number and its service.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import re
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bulk_sync.errors import (
    ApiAway,
    BadConfiguration,
    DncMemoryFault,
    KeyRefused,
    LeaseLost,
    LedgerAway,
    PastGuardRail,
    RefusedEveryWindow,
    Result,
    TooManyErrors,
    WrongAddress,
)
from bulk_sync.report.summary import plural
from bulk_sync.state import make_private

if TYPE_CHECKING:
    from collections.abc import Sequence

    from apprise import Apprise

    from bulk_sync.report.summary import Summary

SECONDS = 10.0
"""No command waits longer than this for its notices."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended. `about`: the file, or what was to be done; `stop`: what ended it early.

    `what` replaces the table's words on what happened; `where` says what has become of the file.
    """

    about: str
    exit_code: int
    stop: type[BaseException] | None = None
    summary: Summary | None = None
    what: str = ""
    where: str = ""


_INTERRUPTED = ("It was interrupted.", "Run the same command again: it continues with the rest.")
_BY_STOP: dict[type[BaseException], tuple[str, str]] = {
    TooManyErrors: ("It stopped, because too many rows failed.", "See sync_error in the results file."),
    PastGuardRail: (
        "It stopped before sending: more contacts would change than a guard rail allows.",
        "Check that it is the right file.",
    ),
    RefusedEveryWindow: (
        "It stopped: the API let no update through for too long.",
        "Check whether something else uses the same key.",
    ),
    ApiAway: ("It stopped: the API could not be reached, or did not answer.", "To see what is wrong: bulk-sync check"),
    KeyRefused: ("It stopped: the API did not accept the key.", "Check the key: bulk-sync check"),
    WrongAddress: ("It stopped: the contacts API is not at this address.", "Check the address: bulk-sync check"),
    LedgerAway: (
        "It stopped: the database that holds the shared ledger did not come back.",
        "When it is there again, run the same command: it continues with the rest.",
    ),
    LeaseLost: ("It stopped: another computer has taken it over.", "See what that one says: bulk-sync history"),
    DncMemoryFault: (
        "It stopped: the list of people who must never be called cannot be read or written.",
        "See: bulk-sync dnc list",
    ),
}
_BY_CODE = {
    0: ("Every row succeeded or needed nothing.", ""),
    1: ("It finished, but some rows have errors.", "Correct them in the results file, then: bulk-sync retry RESULTS"),
    2: ("The file or an option could not be used. Nothing was sent.", "Run it at a terminal to see what is wrong."),
    3: ("It stopped early: contacts could not be read.", "To see what is wrong: bulk-sync check"),
    4: ("It stopped: the key is missing, or a setting is wrong.", "To see what is wrong: bulk-sync check"),
    5: ("It stopped at its own limit (--until, --max-duration or --max-writes).", ""),
    6: ("Another run of the same file is at work. This one sent nothing.", "Wait until that one ends."),
    7: ("It stopped: an error in bulk-sync, or on this computer.", "See the messages of the run."),
    129: _INTERRUPTED,
    130: _INTERRUPTED,
    143: _INTERRUPTED,
}
"""What happened, and what to do."""

_RESULTS = {
    Result.SUCCESS: "succeeded",
    Result.WOULD_SEND: "would be sent",
    Result.ERROR: "with errors",
    Result.SKIPPED: "skipped",
    Result.NOT_SENT: "not sent",
}
_DAY = r"(?:19|20)\d\d[-_.]?(?:0[1-9]|1[0-2])[-_.]?(?:0[1-9]|[12]\d|3[01])"
_NUMBER = re.compile(rf"(?<!\d)(?:({_DAY}(?:-\d{{6}}-\w{{4}})?(?!\d))|\+?\d(?:[\s().+_-]*\d){{6,}})")
"""What may be a phone number in a file's name: seven digits or more; in group 1, a date or the name of a run."""


def words(ending: Ending, *, recovered: bool = False) -> tuple[str, str]:
    """The title and the text of a notice; `recovered`: the run before had a problem."""
    name, where = (_NUMBER.sub(lambda found: found[1] or "…", each) for each in (Path(ending.about).name, ending.where))
    found = next((_BY_STOP[each] for each in (ending.stop or object).__mro__ if each in _BY_STOP), None)
    what, to_do = found or _BY_CODE.get(ending.exit_code, _BY_CODE[7])
    if recovered:
        what = f"{what} This is the first time without a problem since the last notice."
    lines = [f"{name}: {ending.what or what}", _counts(ending)]
    going_on = (ending.summary and ending.summary.to_go_on) or ""
    lines.append(" ".join(filter(None, (where, "" if ending.what else to_do, going_on))))
    state = "no problem any more" if recovered else f"exit code {ending.exit_code}"
    return f"bulk-sync: {name}, {state}", "\n".join(filter(None, lines))


def _counts(ending: Ending) -> str:
    summary, code = ending.summary, f"Exit code {ending.exit_code}."
    if summary is None:
        return code
    counts = [f"{count:,} {said}" for result, said in _RESULTS.items() if (count := summary.result(result.value))]
    return f"{plural(summary.rows, 'row')}{': ' if counts else ''}{', '.join(counts)}. {code} Run {summary.run}."


def check(address: str) -> None:
    """Do nothing for an address that Apprise understands. Raises BadConfiguration, which does not repeat it."""
    if _service(address) is None:
        raise BadConfiguration(
            "An address for notices (--notify) is not one that Apprise can use, so nothing was sent. It is not shown "
            "here, as it may hold a password. How addresses look: https://github.com/caronc/apprise/wiki"
        )


def give(ending: Ending, subject: str, addresses: Sequence[str], state: Path, *, always: bool) -> str:
    """Give the notice of an ending, `always` or if it calls for one; a sentence where one could not be delivered.

    `subject` is what must be well again after a problem: an input and an account. That it had a problem is kept in the
    folder `state` until a notice has said that it is well again. Never raises.
    """
    mark = state / "notices" / hashlib.sha256(subject.encode(errors="surrogatepass")).hexdigest()[:32]
    had_problem, has_problem = mark.exists(), ending.exit_code != 0
    if has_problem:
        with contextlib.suppress(OSError):  # the notice itself matters more
            make_private(mark.parent)
            mark.touch(mode=0o600)
    if not (has_problem or had_problem or always):
        return ""
    title, text = words(ending, recovered=had_problem and not has_problem)
    missed = by_apprise(addresses, title, text, not has_problem)
    if not has_problem and len(missed) < len(addresses):
        with contextlib.suppress(OSError):
            mark.unlink(missing_ok=True)
    return f"The notice could not be delivered to {', '.join(missed)}." if missed else ""


def by_apprise(addresses: Sequence[str], title: str, text: str, good: bool) -> list[str]:
    """Send a notice to every address at the same time, within `SECONDS`; those that were not reached, in words."""
    reached: set[int] = set()

    def send(number: int) -> None:
        with contextlib.suppress(Exception):  # whatever a service's own code raises, the notice was not delivered
            service = _service(addresses[number])
            kind = "success" if good else "failure"
            if service and service.notify(text, title, notify_type=kind, body_format="text"):
                reached.add(number)

    # no pool: Python waits for a pool's threads before it ends, and an address may never answer
    threads = [threading.Thread(target=send, args=(each,), daemon=True) for each in range(len(addresses))]
    ends = time.monotonic() + SECONDS
    for each in threads:
        each.start()
    for each in threads:
        each.join(max(0.0, ends - time.monotonic()))
    return [_named(each, addresses[each]) for each in range(len(addresses)) if each not in reached]


def _named(number: int, address: str) -> str:
    service = _service(address)
    return f"address {number + 1} ({service[0].service_name if service else 'unknown'})"


def _service(address: str) -> Apprise | None:
    """What sends to an address; None where Apprise does not understand it."""
    import apprise  # noqa: PLC0415  # half a second, and only for who wants notices

    logging.getLogger("apprise").disabled = True  # it would name hosts and paths
    service = apprise.Apprise(asset=apprise.AppriseAsset(app_id="bulk-sync", async_mode=False, service_timeout=0))
    return service if service.add(address) and len(service) == 1 else None
