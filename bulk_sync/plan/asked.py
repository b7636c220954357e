"""What does a copy in another process know of the names that the API lists? What had been asked for when it was made.

It cannot ask for more: whoever meets a name there must leave its row to the process that can.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from bulk_sync.model import Listed

L = TypeVar("L")


class NotAskedFor(Exception):
    """A name is to be looked up, and nobody here can do that."""


@dataclass(frozen=True, slots=True)
class AskedBefore(Generic[L]):
    """Gives what had been listed, if it had been; else raises NotAskedFor."""

    listed: Listed[L] | None

    @classmethod
    def of(cls, ask: Callable[[], Listed[L]], listed: Listed[L] | None) -> AskedBefore[L]:
        """What a copy of somebody who may `ask` knows, where that has `listed` so far."""
        return ask if isinstance(ask, AskedBefore) else cls(listed)

    def __call__(self) -> Listed[L]:
        """What was listed."""
        if self.listed is None:
            raise NotAskedFor
        return self.listed
