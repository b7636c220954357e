"""Which sheet of a workbook is meant?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bulk_sync.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bulk_sync.sources.sheet_cells import Sheet


def choose_sheet(path: Path, sheets: Sequence[Sheet], wanted: str | None, is_empty: Callable[[Sheet], bool]) -> Sheet:
    """The sheet named by hand, else the first that can be seen and is not empty.

    Raises:
        BadInput: there is no such sheet, or nothing in any that can be seen; the sentence names those there are.
    """
    if wanted is not None:
        chosen = _named(path, sheets, wanted)
        if is_empty(chosen):
            raise BadInput(f'The sheet "{chosen.name}" of {path.name} is empty; {_there_are(sheets)}.')
        return chosen
    for sheet in sheets:
        if not sheet.is_hidden and not is_empty(sheet):
            return sheet
    hidden = next((sheet for sheet in sheets if sheet.is_hidden and not is_empty(sheet)), None)
    if hidden is None:
        raise BadInput(f"{path.name} holds nothing but empty sheets; check that it is the right file.")
    raise BadInput(
        f'Only hidden sheets of {path.name} hold anything. If "{hidden.name}" is the one you mean, add '
        f'--sheet "{hidden.name}".'
    )


def _named(path: Path, sheets: Sequence[Sheet], wanted: str) -> Sheet:
    exact = [sheet for sheet in sheets if sheet.name == wanted]
    alike = [sheet for sheet in sheets if sheet.name.strip().casefold() == wanted.strip().casefold()]
    if exact or len(alike) == 1:
        return (exact or alike)[0]
    names = [sheet.name for sheet in sheets]
    raise BadInput(f'{path.name} has no sheet "{wanted}"{_did_you_mean(names, wanted)}; {_there_are(sheets)}.')


def _did_you_mean(names: Sequence[str], wanted: str) -> str:
    from rapidfuzz import fuzz, process, utils  # noqa: PLC0415  # only a wrong name needs it

    best = process.extractOne(wanted, names, scorer=fuzz.WRatio, processor=utils.default_process, score_cutoff=60)
    return f' (did you mean "{best[0]}"?)' if best else ""


def _there_are(sheets: Sequence[Sheet]) -> str:
    listed = ", ".join(f'"{sheet.name}"{" (hidden)" if sheet.is_hidden else ""}' for sheet in sheets[:20])
    return f"its sheets are {listed}" + (" …" if len(sheets) > 20 else "")
