"""Who makes the parts of a file? Whoever does what `map` does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

A = TypeVar("A")
B = TypeVar("B")


class Spread(Protocol):
    """`map`, or the same done by several processes: the work and its items may be pickled."""

    def __call__(self, work: Callable[[A], B], items: Iterable[A], /) -> Iterator[B]:
        """What `work` makes of each item, in their order."""
