"""What is to happen to every row? From a table to a plan, as far as the file alone tells.

A chunk of cells → `rows` (each row by itself) → `duplicates` (rows of one contact) → `order` → `Plan`.
Nothing here reads, sends or waits.
"""

from bulk_sync.plan.plan import Facts, Plan
from bulk_sync.plan.planning import make_plan
from bulk_sync.plan.rules import Rules

__all__ = ["Facts", "Plan", "Rules", "make_plan"]
