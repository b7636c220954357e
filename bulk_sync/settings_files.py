"""The settings files: the user's own and the working folder's, and what each of them may say (DESIGN, section 2).

A file in the working folder may have come with a list that a stranger sent. Nothing is taken from it that names a path,
an address or a command, loosens a guard, or changes what a cell means.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bulk_sync.errors import BadConfiguration
from bulk_sync.nearest import nearest
from bulk_sync.settings import OPTIONS, Role, named
from bulk_sync.toml_files import CONFIG_NAME, Given, own_settings, read_toml

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_RESERVED = {
    "no_plus_missing": OPTIONS["plus_missing"].own_only,
    "notify": "it names an address",
    "notify_on": "it decides whether somebody hears of a problem",
    "ok_with_row_errors": "it hides that rows have errors",
    "schedule": "it decides what is sent",
    "value": "it changes what a cell means",
}
"""What is no field of `Settings`, and would do harm from the working folder's file; why. Not all are options yet."""

_OWN_ONLY = _RESERVED | {name: option.own_only for name, option in OPTIONS.items() if option.own_only}
_RAILS, _ADDED = frozenset(named(Role.RAIL)), frozenset(named(Role.ADDS))


@dataclass(frozen=True, slots=True)
class Configured:
    """What both files give, by option (with underscores). `here`: what was taken from the working folder's file."""

    options: Mapping[str, Given]
    here: Mapping[str, Given]


def configured(known: Collection[str]) -> Configured:
    """Read the user's own file, and over it the working folder's. `known`: the options, with underscores.

    A file may write them with hyphens. Raises BadConfiguration, which names the file and the line, for a file that
    cannot be read, an option that there is not, and what the working folder's file may not give.
    """
    own_path = own_settings()
    own, here = read_toml(own_path), read_toml(Path.cwd() / CONFIG_NAME)
    for table in ("profile", "schedule"):  # whoever needs them reads them
        own.pop(table, None)
    for name, given in here.items():
        _check_here(name, given, own, own_path)
    for name, given in (*own.items(), *here.items()):
        if name not in known:
            near = nearest(name, known)
            meant = f" Did you mean {near}?" if near else ""
            listed = ", ".join(sorted(known))
            raise BadConfiguration(f"{given.place}: {name} is not an option.{meant} Options: {listed}.")
    added = {name: _joined(own[name], here[name]) for name in _ADDED & set(own) & set(here)}
    return Configured({**own, **here, **added}, here)


def _check_here(name: str, given: Given, own: Mapping[str, Given], own_path: Path) -> None:
    """Refuse what the working folder's file may not give. Raises BadConfiguration."""
    why = _OWN_ONLY.get(name)
    if name in _RAILS and name in own:
        why = f"{own[name].place} gives this guard rail already"
    if why:
        raise BadConfiguration(
            f"{given.place}: {name} is not taken from a file in the working folder: {why}. Nothing was sent. "
            f"If it is yours, move the line to {own_path}; if not, delete it."
        )


def _joined(own: Given, here: Given) -> Given:
    if not isinstance(own.value, list) or not isinstance(here.value, list):
        return own if isinstance(here.value, list) else here  # whoever checks the values names the one that is no list
    return Given([*own.value, *here.value], here.path, here.line)
