"""Who does the next piece of work, this process or the one beside it?

The other where it has nothing to do, else this one: so both are busy, and nobody waits for the other but at the end.
Results come in the order of the items, whoever was faster. Where no process can be started, where it dies or fails,
this one does the work: then it takes longer, and nothing else changes.
"""

from __future__ import annotations

from collections import deque
from contextlib import closing, contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, TypeVar

from bulk_sync.abreast.companion import Companion, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

A = TypeVar("A")
B = TypeVar("B")

_MOST_WAITING = 8
"""Results that are kept while an earlier one is not there yet, so that a companion that hangs costs no memory."""

_engaged: ContextVar[Companion | None] = ContextVar("engaged", default=None)


@contextmanager
def engaged(modules: Sequence[str]) -> Iterator[None]:
    """Have one companion for all work in this block. It starts now; `modules` are where the works come from."""
    with closing(Companion(modules)) as companion:
        token = _engaged.set(companion)
        try:
            yield
        finally:
            _engaged.reset(token)


def spread(work: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
    """`map(work, items)`, shared with a second process. `work` goes there as it is after the first item.

    Raises what `work` raises.
    """
    standing = _engaged.get()
    if standing is not None:
        yield from _shared(work, items, standing)
        return
    with closing(Companion([type(getattr(work, "__self__", work)).__module__])) as companion:
        yield from _shared(work, items, companion)


def _shared(work: Callable[[A], B], items: Iterable[A], companion: Companion) -> Iterator[B]:
    waiting: deque[Task[A, B]] = deque()
    lesson = object()  # that of no work: the first item is done here
    for at, item in enumerate(items):
        task: Task[A, B] = Task(item)
        waiting.append(task)
        if companion.lesson is not lesson or not companion.takes(task):
            task.do(work)
        if at == 0:
            lesson = companion.learn(work)
        while waiting and (waiting[0].is_done or len(waiting) > _MOST_WAITING):
            yield waiting.popleft().result(work)
    for task in waiting:
        yield task.result(work)
