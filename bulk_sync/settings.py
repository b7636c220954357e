"""What was asked for? Every option of a run, from flags, environment and files, checked once."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bulk_sync.errors import BadConfiguration, BadInput
from bulk_sync.keys import checked_key, find_key, sought_key
from bulk_sync.model import fold
from bulk_sync.times import parse_duration, time_of_day

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bulk_sync.ratelimit.rate import Rate

BASE_URL = "https://api.guayaba.ai"
STANDARD_INPUT = "-"

MOST_IN_FLIGHT = 1_000
"""Requests: more are no use against any limit, and each takes a connection."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of a run, as the README lists them. `input` is a path, or "-" for CSV on standard input.

    `plus_missing`: digits that are two numbers are read with a + before them, or as they stand; None: the CRM decides.
    `max_errors` is "N" or "N%"; `max_duration` and `max_outage` are lengths of time like "1h30m"; `until` is "HH:MM".
    `retry`: the input is a results file, of which only some rows are sent again. `undo`: the run that this one puts
    back; the input is the table of what it changed. `allow_leaving_dnc`: contacts may be taken out of DNC.
    `dnc_statuses`: names or labels of statuses that mean do-not-call besides those that say so. `unchecked`: what
    becomes of rows that start outreach where contacts can never be read.
    `only_changed`: contacts that stand as asked are left alone. `max_stop`, `max_restart`, `max_move` are "N" or "N%"
    of the rows, and `yes` goes past them. `create_missing`: the campaign, by name or ID, of contacts to be created; or
    `splitter:` and the ID of a splitter.
    `new_key`: the key may be another one than that of the run that is taken up or put back. `offline`: nothing is read
    from the API in a preview. `columns_from`: where the working folder's file gives `columns`, in words; None where
    they were given otherwise. `key` is never printed.
    """

    input: str
    output: Path | None = None
    dry_run: bool = False
    region: str = "US"
    phone_check: Literal["valid", "possible"] = "valid"
    plus_missing: bool | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    columns_from: str | None = None
    sheet: str | None = None
    visible_only: bool = False
    encoding: str | None = None
    delimiter: str | None = None
    on_conflict: Literal["safest", "last", "first", "error"] = "safest"
    variables: Literal["merge", "replace"] = "merge"
    order: Literal["safest", "file"] = "safest"
    rate: Rate | None = None
    concurrency: int = 32
    max_errors: str = "20%"
    max_outage: str = "10m"
    until: str | None = None
    max_duration: str | None = None
    max_writes: int | None = None
    fresh: bool = False
    new_key: bool = False
    retry: bool = False
    undo: str | None = None
    allow_leaving_dnc: bool = False
    dnc_statuses: tuple[str, ...] = ()
    unchecked: Literal["send", "hold"] = "send"
    only_changed: bool = False
    max_stop: str | None = None
    max_restart: str | None = None
    max_move: str | None = None
    yes: bool = False
    create_missing: str | None = None
    json_results: Path | None = None
    base_url: str = BASE_URL
    sandbox: bool = False
    offline: bool = False
    key: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self._make_paths()
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise BadConfiguration(f"{name} must be one of {', '.join(allowed)}, not {getattr(self, name)!r}.")
        if not 1 <= self.concurrency <= MOST_IN_FLIGHT:
            raise BadConfiguration(f"concurrency must be from 1 to {MOST_IN_FLIGHT:,}.")
        if self.max_writes is not None and self.max_writes < 1:
            raise BadConfiguration("max_writes must be 1 or more.")
        if calls := [each for each in self.dnc_statuses if fold(each) in {"active", "talktohuman"}]:
            raise BadConfiguration(f"dnc_statuses names {calls[0]}, whose contacts are called: it cannot mean DNC.")
        for name in ("max_errors", "max_stop", "max_restart", "max_move"):
            if getattr(self, name) is not None:
                parse_tolerance(getattr(self, name), name)
        _check_times(self.until, self.max_duration, self.max_outage)
        if self.offline and not self.dry_run:
            raise BadInput("--offline is for previews, which read nothing from the API then. Add --dry-run.")
        if self.output is not None and not self.retry and self._overwrites_its_input(self.output):
            raise BadInput("-o names the input file itself, which would be overwritten. Give the results another name.")

    def _make_paths(self) -> None:
        """From Python, a path is often written as text."""
        for name in ("output", "json_results"):
            if isinstance(getattr(self, name), str):
                object.__setattr__(self, name, Path(getattr(self, name)))

    @property
    def is_stream(self) -> bool:
        """Whether the input is standard input or another pipe: nothing is beside it, and it is gone once read."""
        return self.input == STANDARD_INPUT or Path(self.input).is_fifo()

    def _overwrites_its_input(self, output: Path) -> bool:
        return not self.is_stream and same_file(Path(self.input), output)

    def find_key(self) -> str:
        """The key given, or the one found where keys are kept. Raises BadConfiguration."""
        return checked_key(self.key) if self.key else find_key(self.base_url)

    def known_key(self) -> str | None:
        """The same key; None where there is none. Raises BadConfiguration for one that cannot be used."""
        found = (self.key, "given") if self.key else sought_key(self.base_url)
        return checked_key(found[0]) if found else None


_CHOICES = {
    "phone_check": ("valid", "possible"),
    "on_conflict": ("safest", "last", "first", "error"),
    "variables": ("merge", "replace"),
    "order": ("safest", "file"),
    "unchecked": ("send", "hold"),
}


def _check_times(until: str | None, *lengths: str | None) -> None:
    try:
        if until is not None:
            time_of_day(until)
        for length in lengths:
            if length is not None:
                parse_duration(length)
    except ValueError as error:
        raise BadConfiguration(str(error)) from None


def parse_tolerance(text: str, name: str = "max_errors") -> tuple[int | None, float | None]:
    """`--max-errors`, `--max-stop` and their like: "10" → (10, None), "20%" → (None, 0.2). Raises BadConfiguration."""
    number, percent = text.strip().removesuffix("%"), text.strip().endswith("%")
    if percent and re.fullmatch(r"[0-9]+(\.[0-9]+)?", number) and float(number) <= 100:
        return None, float(number) / 100
    if not percent and re.fullmatch(r"[0-9]+", number):
        return int(number), None
    raise BadConfiguration(f"{name} must be a number of rows or a percentage, like 10 or 20%, not {text!r}.")


def same_file(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file, by links too."""
    try:
        return one.samefile(other)
    except OSError:
        return one.absolute() == other.absolute()
