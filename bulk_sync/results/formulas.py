"""Which cells would a spreadsheet run as a formula, and how are they written so that it does not?

A cell of a text file that starts with one of `= + - @`, a tab or a carriage return is evaluated when the file is opened
(OWASP, "CSV Injection"); some programs look past leading white space, and some treat the full-width forms ＝＋－＠
alike. A leading apostrophe makes it text. In a workbook nothing of this is needed: there a cell says itself that it is
text.
"""

from __future__ import annotations

import re

_RUNS = re.compile(r"(?!\+[0-9]{7,15}\Z)(?:[\t\r]|[\s\x00-\x1f\u200b\ufeff]*[=+\-@＝＋－＠])")
_NEGATIVE_NUMBER = re.compile(r"-[0-9]+(\.[0-9]+)?")


def runs_as_formula(cell: str) -> bool:
    """Whether a spreadsheet that opens a text file would evaluate this cell; `+` and 7 to 15 digits is a phone."""
    return _RUNS.match(cell) is not None


def as_text(cell: str) -> str:
    """The cell for a text file: with a leading apostrophe where it would otherwise be run."""
    return f"'{cell}" if runs_as_formula(cell) else cell


def copied_as_text(cell: str) -> str:
    """`as_text` for a cell that a workbook held: there, a plain negative number is a number and stays one."""
    return cell if _NEGATIVE_NUMBER.fullmatch(cell) else as_text(cell)
