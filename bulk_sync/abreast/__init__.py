"""How is a large text file planned, and how are its results written, on two cores?

Both are a `map` over parts of the file: here the map that shares its work with a second process (`spread`), for files
that are large enough. What comes out is the same, byte for byte, for the parts are put together in the file's order.
"""

from __future__ import annotations

import contextlib
import gc
import os
from typing import TYPE_CHECKING

from bulk_sync import tables
from bulk_sync.plan.hands import Hand
from bulk_sync.plan.planning import plan_of
from bulk_sync.tables.delimited import DelimitedTable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from bulk_sync.model import Columns, Table
    from bulk_sync.plan import Plan, Rules
    from bulk_sync.tables.spread import Spread
    from bulk_sync.texts import Grid

WORTH_IT = 8 << 20
"""Bytes of a file (some 80,000 rows) from which on a second process earns back its start."""

ROWS_AT_ONCE = 25_000
"""Rows that are planned together: fewer than one process alone would take, so that neither waits long for the other."""

_WORKS = ("bulk_sync.plan.hands", "bulk_sync.tables.mirror", "bulk_sync.tables.laying")
"""Modules that planning and writing need in the second process."""


@contextlib.contextmanager
def engaged(path: Path) -> Iterator[None]:
    """For a block that plans a file and writes its results soon: the second process, if the file is worth one.

    It starts while this one opens the file, and stays for the results. Without this, planning and writing each have one
    of their own.
    """
    if not (tables.is_text_format(path) and _is_worth_it(path)):
        yield
        return
    from bulk_sync.abreast import spread  # noqa: PLC0415  # small files do without

    with spread.engaged(_WORKS):
        yield


def make_plan(table: Table, columns: Columns, rules: Rules) -> Plan:
    """Plan a table: every row gets its fate.

    Where contacts are named by ID, one process does it all: both would have to know each ID.
    """
    with _uncollected(table):
        return _plan(table, columns, rules)


def _plan(table: Table, columns: Columns, rules: Rules) -> Plan:
    hand, only = Hand(columns, rules, table.first_row), columns.fields.values()
    if isinstance(table, DelimitedTable) and is_worth_it(table) and "id" not in columns.fields:
        from bulk_sync.abreast.spread import spread  # noqa: PLC0415  # small files do without

        parts = spread(hand.decide_cut, table.cuts(ROWS_AT_ONCE, only))
    else:
        parts = map(hand.decide, table.chunks(only=only))
    return plan_of(parts, hand, rules, first_row=table.first_row)


def write_results(
    table: Table,
    out: Path,
    added: Iterable[Grid[str]],
    *,
    sync_columns: Sequence[str],
    private: bool = False,
    on_complete: Callable[[Path], None] = lambda _: None,
) -> None:
    """`tables.write_results`."""
    with _uncollected(table):
        tables.write_results(
            table,
            out,
            added,
            sync_columns=sync_columns,
            spread=_spread_for(table),
            private=private,
            on_complete=on_complete,
        )


@contextlib.contextmanager
def _uncollected(table: Table) -> Iterator[None]:
    """For a large file, do not look for reference cycles meanwhile: among millions of texts that takes its time."""
    if not (gc.isenabled() and is_worth_it(table)):
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def is_worth_it(table: Table) -> bool:
    """Whether a second process would do more than it costs."""
    return _is_worth_it(table.path)


def _is_worth_it(path: Path) -> bool:
    try:
        return _cores() > 1 and path.stat().st_size >= WORTH_IT
    except OSError:
        return False  # the file is gone: whoever reads it will say so


def _spread_for(table: Table) -> Spread:
    if not is_worth_it(table):
        return map
    from bulk_sync.abreast.spread import spread  # noqa: PLC0415  # small files do without

    return spread


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
