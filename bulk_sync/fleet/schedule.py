"""The schedule of a fleet: `[[schedule]]` in the user's own settings says which files are submitted when, for whom."""

from __future__ import annotations

import glob
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bulk_sync.errors import BadConfiguration, BulkSyncError, LedgerUnreachable, OutOfDate
from bulk_sync.fleet.submission import options_of, submitted
from bulk_sync.times import next_occurrence, time_of_day
from bulk_sync.toml_files import own_settings, read_toml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bulk_sync.ledger import SharedLedger
    from bulk_sync.settings import Settings

    SettingsFor = Callable[["Entry", Path], Settings]

LOOK, RESTART = 20.0, 300.0
"""Seconds between two looks at the clock, and for which a time may have passed when the service is started again."""

_NEEDED = ("files", "profile", "at")


@dataclass(frozen=True, slots=True)
class Entry:
    """Files that match a pattern are submitted for a profile, each day at a time of this computer's clock."""

    files: str
    profile: str
    at: str
    urgent: bool = False


def schedule() -> list[Entry]:
    """The entries of the user's own settings. Raises BadConfiguration, which names the file and what is wrong."""
    given = read_toml(own_settings()).get("schedule")
    if given is None or not isinstance(given.value, list):
        raise BadConfiguration(
            f'There is no [[schedule]] in {own_settings()}. Write one, and below it files = "/data/*.csv", '
            'profile = "NAME" and at = "22:30".'
        )
    return [_entry(each, given.place) for each in given.value]


def _entry(each: dict[str, Any], place: str) -> Entry:
    wrong = [name for name in _NEEDED if not isinstance(each.get(name), str)]
    wrong += [name for name in each if name not in {*_NEEDED, "urgent"}]
    if wrong or not isinstance(each.get("urgent", False), bool):
        raise BadConfiguration(
            f"{place}: a [[schedule]] has files, profile and at, each a text in quotes, and may have urgent = true. "
            f"Correct {', '.join(wrong) or 'urgent'}."
        )
    try:
        time_of_day(each["at"])
    except ValueError as error:
        raise BadConfiguration(f"{place}: at: {error}") from None
    return Entry(**each)


def submit_due(
    place: SharedLedger, entries: Iterable[Entry], settings_for: SettingsFor, tell: Callable[[str], None]
) -> None:
    """Submit the files of these entries; one that is as it was when it was submitted last is left alone.

    `settings_for` gives the settings with which a file is submitted by hand. Raises LedgerUnreachable and OutOfDate.
    """
    for entry in entries:
        for path in map(Path, sorted(glob.glob(entry.files))):  # noqa: PTH207 -- the pattern may be absolute
            try:
                options, found = options_of(settings_for(entry, path)), path.stat()
                job = submitted(
                    place, entry.profile, path, options, urgent=entry.urgent, tell=tell,
                    occasion=f"{entry.profile} {path.resolve()} {found.st_size} {found.st_mtime_ns}",
                )  # fmt: skip
            except (LedgerUnreachable, OutOfDate):
                raise
            except (BulkSyncError, OSError) as error:  # the other files go on
                tell(f"{path} was not submitted: {error}")
            else:
                if job is not None:
                    tell(f"{path}: job {job} of {entry.profile}.")


def submit_all_day(
    place: SharedLedger,
    entries: Iterable[Entry],
    settings_for: SettingsFor,
    tell: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Submit the files of these entries; while the database is away, try again until it is back."""
    for entry in entries:
        is_told = False
        while True:
            try:
                submit_due(place, [entry], settings_for, tell)
            except LedgerUnreachable as error:
                if not is_told:
                    tell(f"{entry.files} waits: {error} It is tried again every {LOOK:.0f} seconds.")
                is_told = True
                sleep(LOOK)
            else:
                break


def due_from_now_on(
    entries: Iterable[Entry],
    now: Callable[[], datetime] = datetime.now,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Entry]:
    """Each entry when its time of the day comes, day after day; one that came while nobody looked, afterwards."""
    began = now() - timedelta(seconds=RESTART)
    due = {entry: next_occurrence(time_of_day(entry.at), began) for entry in entries}
    while True:
        for entry, its_time in list(due.items()):
            if (moment := now()) >= its_time:
                due[entry] = next_occurrence(time_of_day(entry.at), moment)
                yield entry
        sleep(LOOK)
