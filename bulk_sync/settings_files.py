"""The settings files: the user's own and the working folder's, and what each of them may say (DESIGN, section 2).

A file in the working folder may have come with a list that a stranger sent. Nothing is taken from it that names a path,
an address or a command, loosens a guard, or changes what a cell means.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bulk_sync.errors import BadConfiguration
from bulk_sync.settings import OPTIONS, Role, named

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

CONFIG_NAME = "bulk-sync.toml"

_RESERVED = {
    "no_plus_missing": OPTIONS["plus_missing"].own_only,
    "errors_only": OPTIONS["output"].own_only,
    "report": OPTIONS["output"].own_only,
    "notify": "it names an address",
    "notify_on": "it decides whether somebody hears of a problem",
    "ok_with_row_errors": "it hides that rows have errors",
    "ledger": "it names an address",
    "confirm": "it takes a question away",
    "profile": "it decides which account is written to",
    "schedule": "it decides what is sent",
    "values": "it changes what a cell means",
    "value": "it changes what a cell means",
}
"""What is no field of `Settings`, and would do harm from the working folder's file; why. Not all are options yet."""

_OWN_ONLY = _RESERVED | {name: option.own_only for name, option in OPTIONS.items() if option.own_only}
_RAILS, _ADDED = frozenset(named(Role.RAIL)), frozenset(named(Role.ADDS))


@dataclass(frozen=True, slots=True)
class Given:
    """An option that a settings file gives: its value as TOML has it, the file and the line (from 1)."""

    value: Any
    path: Path
    line: int

    @property
    def place(self) -> str:
        """Where it stands, in words."""
        return f"{self.path}, line {self.line}"


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
    import platformdirs  # noqa: PLC0415  # only where it is needed

    own_path = platformdirs.user_config_path("bulk-sync", appauthor=False) / CONFIG_NAME
    own, here = _read(own_path), _read(Path.cwd() / CONFIG_NAME)
    for name, given in here.items():
        _check_here(name, given, own, own_path)
    for name, given in (*own.items(), *here.items()):
        if name not in known:
            raise BadConfiguration(f"{given.place}: {name} is not an option. Options: {', '.join(sorted(known))}.")
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


def _read(path: Path) -> dict[str, Given]:
    try:
        text = path.read_text(encoding="utf-8")
        import tomllib  # noqa: PLC0415  # few have such a file

        found = tomllib.loads(text)
    except FileNotFoundError:
        return {}
    except RecursionError:
        raise BadConfiguration(f"{path} cannot be used: it is nested too deeply.") from None
    except (OSError, ValueError) as error:
        raise BadConfiguration(f"{path} cannot be used: {error}.") from None
    return {name.replace("-", "_"): Given(value, path, line_of(text, name)) for name, value in found.items()}


def line_of(text: str, name: str) -> int:
    """The line (from 1) on which TOML gives an option: `name = …`, `name.x = …` or `[name]`; 1 where it is not seen."""
    key = rf"[\"']?{re.escape(name)}[\"']?"
    found = re.search(rf"^[ \t]*(?:{key}[ \t]*[=.]|\[+[ \t]*{key}[ \t]*[\].])", text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else 1
