"""The results file: the user's table again, with the outcome of each row beside it. Here: what it is called."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xltx", ".xltm", ".xls", ".xlsb", ".ods"})
"""Suffixes of files that are no text."""

LONGEST_NAME = 255
"""Bytes of a file's name that file systems take."""


def is_text_format(path: Path) -> bool:
    """Whether a file of this name is text, and not a workbook. By the name alone."""
    return path.suffix.lower() not in WORKBOOKS


def default_output(path: Path) -> Path:
    """`NAME.results.EXT` beside the file: a text file keeps its suffix (`.csv` if it has none), a workbook is XLSX.

    Beside another workbook of its name, one that is no XLSX keeps its suffix before that: `a.xls.results.xlsx`. A name
    that would be longer than file systems take is cut.
    """
    if is_text_format(path) or path.suffix.lower() == ".xlsx":
        return _named(path, path.stem, f".results{path.suffix or '.csv'}")
    has_sibling = any(path.with_suffix(suffix).exists() for suffix in WORKBOOKS - {path.suffix.lower()})
    return _named(path, path.name if has_sibling else path.stem, ".results.xlsx")


def instead_of(results: Path, kind: str) -> Path:
    """`NAME.KIND.EXT` beside `NAME.results.EXT`, for what must not replace the results: a `preview`, say."""
    return _named(results, results.stem.removesuffix(".results"), f".{kind}{results.suffix}")


def _named(beside: Path, stem: str, end: str) -> Path:
    while stem and len(os.fsencode(f"{stem}{end}")) > LONGEST_NAME:
        stem = stem[:-1]
    return beside.with_name(f"{stem}{end}")
