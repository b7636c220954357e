"""The results file: the user's table again, with the outcome of each row beside it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bulk_sync.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    import pandas as pd

    from bulk_sync.model import Table

__all__ = ["check_output", "default_output", "instead_of", "is_text_format", "write_file"]

_WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xltx", ".xltm", ".xls", ".xlsb", ".ods"})


def write_file(
    table: Table,
    out: Path,
    added: Iterable[pd.DataFrame],
    *,
    sync_columns: Sequence[str],
    private: bool = False,
    on_complete: Callable[[Path], None] = lambda _: None,
) -> None:
    """Write the table to `out` with the columns `sync_columns` added; those of an earlier run are replaced.

    `added` gives one grid per chunk of the table, with these columns and the chunk's number of rows. The suffix of
    `out` chooses the writer. `out` appears complete or not at all. `private`: only its owner may read it. `on_complete`
    hears of the complete file before it is moved to `out`.

    Raises:
        BadInput: the table does not fit a workbook, or its file is no longer the one that was opened.
        ValueError: `added` has not one row for each row of the table.
        OSError: `out` cannot be written.
    """
    from bulk_sync.results.atomic import replacing  # noqa: PLC0415  # loaded when results are written
    from bulk_sync.results.writers import writer_of  # noqa: PLC0415  # the same

    check_output(table, out, sync_columns=sync_columns)
    with replacing(out, private=private, on_complete=on_complete) as unfinished:
        writer_of(out).write(table, unfinished, added, sync_columns)


def check_output(table: Table, out: Path, *, sync_columns: Sequence[str]) -> None:
    """Do nothing if the results of this table can be written in the format of `out`.

    Raises:
        BadInput: nobody can write the format, the table is larger than a sheet, or one of its rows is so wide that
            results in which all are as wide would be out of all proportion.
    """
    suffix = out.suffix.lower()
    if suffix in _WORKBOOKS - {".xlsx"}:
        raise BadInput(f"Results cannot be written as {suffix}; choose -o {out.stem}.xlsx or -o {out.stem}.csv.")
    from bulk_sync.results.writers import writer_of  # noqa: PLC0415  # loaded when a file is opened

    writer_of(out).check(table, out, sync_columns)


def is_text_format(path: Path) -> bool:
    """Whether a file of this name is text, and not a workbook. By the name alone."""
    return path.suffix.lower() not in _WORKBOOKS


LONGEST_NAME = 255
"""Bytes of a file's name that file systems take."""


def default_output(path: Path) -> Path:
    """`NAME.results.EXT` beside the file: a text file keeps its suffix (`.csv` if it has none), a workbook is XLSX.

    A name that would be longer than file systems take is cut.
    """
    if not is_text_format(path):
        suffix = path.suffix if path.suffix.lower() == ".xlsx" else ".xlsx"
    else:
        suffix = path.suffix or ".csv"
    return _named(path, path.stem, f".results{suffix}")


def instead_of(results: Path, kind: str) -> Path:
    """`NAME.KIND.EXT` beside `NAME.results.EXT`, for what must not replace the results: a `preview`, say."""
    return _named(results, results.stem.removesuffix(".results"), f".{kind}{results.suffix}")


def _named(beside: Path, stem: str, end: str) -> Path:
    while stem and len(os.fsencode(f"{stem}{end}")) > LONGEST_NAME:
        stem = stem[:-1]
    return beside.with_name(f"{stem}{end}")
