"""What is to happen to every row? From a table to a plan, as far as the file alone tells.

A chunk of cells → `rows` (each row by itself) → `duplicates` (rows of one contact) → `order` → `Plan`.
Nothing here reads, sends or waits.

Who asks only what a cell means (`statuses`, `campaigns`) does not wait for NumPy, which planning needs.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bulk_sync.plan.plan import Plan
    from bulk_sync.plan.planning import make_plan
    from bulk_sync.plan.rules import Rules

__all__ = ["Facts", "Plan", "Rules", "make_plan"]

_ELSEWHERE = {
    "Plan": "bulk_sync.plan.plan",
    "Rules": "bulk_sync.plan.rules",
    "make_plan": "bulk_sync.plan.planning",
}


def __getattr__(name: str) -> object:
    """Import the names of this package when they are asked for."""
    if name in _ELSEWHERE:
        return getattr(importlib.import_module(_ELSEWHERE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
