"""The plan: what is to happen to every row, as far as the file and the names that are known tell.

A chunk of cells → `row_decisions` (each row by itself) → `conflicts` (rows of one contact) → `Plan`; `planning`
puts it together. Nothing here reads, sends or waits. Who asks only what a cell means does not wait for NumPy.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bulk_sync.plan.plan import Plan as Plan
