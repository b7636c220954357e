"""Our cells as they stand in a text file: harmless, in the file's encoding, quoted where needed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bulk_sync.results.formulas import as_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bulk_sync.sources.codec import Codec

HARMLESS = r"\A(?:\+[0-9]{7,15}|[0-9A-Za-z][0-9A-Za-z_:.-]*)?\z"
"""A cell that stands in any file as it is (for RE2): a number, a phone, an ID, a moment, a word."""

_IN_HARMLESS = re.compile(r"[0-9A-Za-z_:.+-]")


def is_harmless(delimiter: str) -> bool:
    """Whether no cell that is `HARMLESS` holds this delimiter."""
    return _IN_HARMLESS.match(delimiter) is None


def written(cells: Sequence[str], codec: Codec, delimiter: str) -> list[str]:
    """Cells of ours as they stand in the file."""
    texts = {cell: _written(cell, codec, delimiter) for cell in set(cells)}
    return [texts[cell] for cell in cells]


def _written(cell: str, codec: Codec, delimiter: str) -> str:
    # Nothing that starts with a letter or digit is run as a formula, and ASCII fits every encoding.
    text = cell if cell[:1].isalnum() and cell.isascii() else codec.fitting(as_text(cell))
    if delimiter in text or '"' in text or "\n" in text or "\r" in text:
        return '"' + text.replace('"', '""') + '"'
    return text
