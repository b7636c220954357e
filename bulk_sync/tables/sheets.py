"""Which sheet of a workbook is meant?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulk_sync.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


def choose_sheet(path: Path, names: Sequence[str], wanted: str | None, is_empty: Callable[[str], bool]) -> str:
    """The sheet named by hand, else the first that is not empty. `names` are in the order of preference.

    Raises:
        BadInput: there is no such sheet, or nothing in any; the sentence names those there are.
    """
    if wanted is not None:
        chosen = _named(path, names, wanted)
        if is_empty(chosen):
            raise BadInput(f'The sheet "{chosen}" of {path.name} is empty; {_there_are(names)}.')
        return chosen
    for name in names:
        if not is_empty(name):
            return name
    raise BadInput(f"{path.name} holds nothing but empty sheets; check that it is the right file.")


def _named(path: Path, names: Sequence[str], wanted: str) -> str:
    if wanted in names:
        return wanted
    alike = [name for name in names if name.strip().casefold() == wanted.strip().casefold()]
    if len(alike) == 1:
        return alike[0]
    raise BadInput(f'{path.name} has no sheet "{wanted}"{_did_you_mean(names, wanted)}; {_there_are(names)}.')


def _did_you_mean(names: Sequence[str], wanted: str) -> str:
    from rapidfuzz import fuzz, process, utils  # noqa: PLC0415  # only a wrong name needs it

    best = process.extractOne(wanted, names, scorer=fuzz.WRatio, processor=utils.default_process, score_cutoff=60)
    return f' (did you mean "{best[0]}"?)' if best else ""


def _there_are(names: Sequence[str]) -> str:
    listed = ", ".join(f'"{name}"' for name in names[:20])
    return f"its sheets are {listed}" + (" …" if len(names) > 20 else "")
