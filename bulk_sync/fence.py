"""The fence of a run: what must hold for a write to leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Fence(Protocol):
    """What must hold for a write to leave: that nobody else has the file or the key, and that its fate can be kept."""

    def is_open(self) -> bool:
        """Whether a write may leave at this moment."""

    def check(self) -> None:
        """Do nothing where it may open again. Raises what ends the run."""

    def bear(self, seconds: float, tell: Callable[[str], None]) -> None:
        """From now on, wait for so long where it cannot be known; `tell` hears of that."""

    def give_up(self) -> None:
        """Wait no more: the run ends."""


class _AlwaysOpen:
    """The fence of a run that nobody can take over while its process lives."""

    def is_open(self) -> bool:
        return True

    def check(self) -> None:
        pass

    def bear(self, seconds: float, tell: Callable[[str], None]) -> None:
        pass

    def give_up(self) -> None:
        pass


ALWAYS_OPEN: Fence = _AlwaysOpen()
