"""The manifest of a run: what its ledger notes, so that it can go on, and what of that must be the same to do so."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bulk_sync.errors import BadInput
from bulk_sync.ratelimit.rate import Rate
from bulk_sync.settings import OPTIONS, Kind, Role, Settings, named
from bulk_sync.state import is_private
from bulk_sync.value_mapping import MappedValue, joined
from bulk_sync.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bulk_sync.send.config import Address

PLANNED_BY = named(Role.PLANS)
"""The options that decide what is sent. A run under others is another run."""

DECIDED = named(Role.PLANS | Role.ACCOUNT)
"""The options that a run keeps whoever goes on with it."""

ANEW = frozenset(named(Role.ANEW))
"""Options that limit, stop or say where to write: those given to the command that goes on with a run hold."""

_PATHS = tuple(name for name, option in OPTIONS.items() if option.kind is Kind.PATH)

_OF_THE_RUN = "the run's own --value"

_NOT_NOTED = frozenset(named(Role.UNNOTED))


def facts_of(subject: str, digest: str, settings: Settings, address: Address, out: Path | None) -> dict[str, Any]:
    """What the ledger notes of a run, so that it can be taken up again; of the key only a fingerprint."""
    options = noted(settings) | {"output": out and str(out.absolute())}
    return {
        "version": __version__,
        "input": settings.input,
        "subject": subject,
        "sha256": digest,
        "options": options,
        "base_url": address.base_url,
        "key": fingerprint(address.key),
        "sandbox": settings.sandbox,
        "private": is_private(Path(settings.input)) or settings.undo is not None,
        "kind": "undo" if settings.undo else "retry" if settings.retry else "run",
    }


def fingerprint(key: str) -> str:
    """What can be kept of a key: enough to know it again, and no more."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def noted(settings: Settings) -> dict[str, Any]:
    """The options as a ledger notes them."""
    options = {field.name: getattr(settings, field.name) for field in fields(settings) if field.name not in _NOT_NOTED}
    return options | {
        "rate": settings.rate and str(settings.rate),
        "columns": dict(settings.columns),
        "values": [[each.field, each.text, each.value] for each in settings.values],
        "dnc_statuses": list(settings.dnc_statuses),
        **{name: place and str(place.absolute()) for name in _PATHS for place in [getattr(settings, name)]},
    }


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal. Raises BadInput where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from None


def settings_of(options: Mapping[str, Any]) -> Settings:
    """The settings that a ledger has noted."""
    known = {field.name for field in fields(Settings)}
    kept = {name: value for name, value in options.items() if name in known}
    for name in _PATHS:
        if kept.get(name):
            kept[name] = Path(kept[name])
    if kept.get("rate"):
        kept["rate"] = Rate.parse(kept["rate"])
    mappings = kept.get("values") or ()
    kept["values"] = tuple(MappedValue(name, text, value, _OF_THE_RUN) for name, text, value in mappings)
    kept["dnc_statuses"] = tuple(kept.get("dnc_statuses") or ())
    return Settings(**kept)


def given_now(own: Settings, given: Mapping[str, Any], run: str) -> dict[str, Any]:
    """Of the options given to go on with a run, those that hold now.

    Raises BadInput where one that decides what is sent is given another value than the run's own.
    """
    check_own(own, given, run, DECIDED)
    return {name: value for name, value in given.items() if name in ANEW}


def check_own(own: Settings, given: Mapping[str, Any], run: str, names: Iterable[str]) -> None:
    """Do nothing where the options of these names are not given, or as a run has them. Raises BadInput."""
    for name in names:
        before = getattr(own, name, None)
        if name in given and (given[name] or None) != (before or None):
            option = OPTIONS[name].spelled or name
            raise BadInput(
                f"Nothing was sent: {option} is {_shown(given[name])} now (by a flag, the environment variable "
                f"BULK_SYNC_{option.upper()} or a settings file), and run {run} was started with {_shown(before)}. "
                "What decides which rows are sent, and how, stays as it was. Take it out, or start over with the file."
            )


def values_of_both(own: Settings, given: Mapping[str, Any], run: str) -> tuple[MappedValue, ...]:
    """The mappings of a run and those given to its retry: what was not understood then may be said now.

    Raises BadInput where a text is given another meaning than it had.
    """
    before = {(each.field, each.text): each for each in own.values}
    for each in given.get("values", ()):
        if (then := before.get((each.field, each.text), each)) != each:
            raise BadInput(
                f"Nothing was sent: {each} is given now ({each.place}), and run {run} was started with {then}."
            )
    return joined(given.get("values", ()), own.values)


def _shown(value: object) -> str:
    if value in (None, "", {}, (), False):
        return "nothing"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return repr(dict(value) if isinstance(value, Mapping) else value)


def is_same_account(facts: Mapping[str, Any], base_url: str, key: str | None, *, new_key: bool = False) -> bool:
    """Whether a run was made at this address with this key (its fingerprint; None: no key is at hand to compare).

    `new_key`: a person says that the key may be another one of the same account.
    """
    return facts.get("base_url") == base_url and (new_key or key is None or facts.get("key") == key)


def is_same(before: Mapping[str, Any], sha256: str, options: Mapping[str, Any], key: str | None) -> bool:
    """Whether a run would send the same of an input with these options, as noted, to the same account.

    `key`: its fingerprint; None: none is at hand to compare.
    """
    of_before = before["options"]
    if before.get("sha256") != sha256 or not is_same_account(before, str(options["base_url"]), key):
        return False
    # an option that the run's version did not have yet is one that was not given
    return of_before.get("plus_missing") == options.get("plus_missing") and all(
        (of_before.get(name) or None) == (options.get(name) or None) for name in PLANNED_BY
    )
