"""The order of sending.

`safest`: DNC and what means the same first, then other rows that stop outreach, then the rest, then rows that restart
outreach. What a run did not get to do because it was stopped should never be a "do not call". `file`: as they stand in
the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bulk_sync.model import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bulk_sync.plan.plan_options import Order
    from bulk_sync.plan.status import Statuses


def kind_of(status: str | None, statuses: Statuses) -> Kind:
    """What setting this status does; no status (a move, a name) is the rest."""
    if status is None:
        return Kind.REST
    if statuses.means_dnc(status):
        return Kind.DNC
    return Kind.STOPS if statuses.is_terminal(status) else Kind.RESTARTS


def sequence(rows: NDArray[np.int64], kinds: NDArray[np.int8], order: Order) -> NDArray[np.int64]:
    """The positions of the rows to send, in the order of sending; `kinds` holds a `Kind` for each of `rows`."""
    return rows if order == "file" else rows[np.argsort(kinds, kind="stable")]
