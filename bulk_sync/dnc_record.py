"""What a run asks of the DNC memory, and what it writes into it: whom its rows put into DNC, and whom it sees there."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from bulk_sync.api.contact import Contact, read_contact, read_page
from bulk_sync.errors import Code, DncMemoryFault
from bulk_sync.ledger.dnc_memory import DncMemory
from bulk_sync.model import ReadOk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bulk_sync.do_not_call import Remembered
    from bulk_sync.ledger import Ledger
    from bulk_sync.ledger.claims import AnyClaim
    from bulk_sync.model import Answer, Outcome, Update
    from bulk_sync.release import ReadInTurn
    from bulk_sync.settings import Settings
    from bulk_sync.wiring import PlannedRun

T = TypeVar("T")

Named = tuple[str | None, str | None]
"""A contact by number (E.164) and ID, as far as they are known."""


MeansDnc = Callable[["str | None"], bool]
"""Whether a status says: never call this person."""


class DncRecord:
    """The DNC memory, as one run uses it; `run` is the run's name, `means_dnc` tells the statuses that count.

    `fault`: why the memory cannot be used, from when that was first noticed. Whoever puts people into DNC goes on
    without the memory, and nobody may be called without having been looked for in it.
    """

    def __init__(self, run: str, memory: DncMemory | None, fault: DncMemoryFault | None, means_dnc: MeansDnc) -> None:
        self.run = run
        self.fault = fault
        self._memory, self._means_dnc = memory, means_dnc

    def hold(self, claim: AnyClaim | None) -> None:
        """Wait for the memory as the run that has this claim does."""
        if claim is not None and self._memory is not None:
            self._memory.hold(claim)

    def find(self, *contacts: Named) -> Remembered | None:
        """The oldest entry of somebody who goes by any of these numbers and IDs; None where there is a `fault`, too."""
        found = self._do(lambda memory: [memory.find(*each) for each in contacts if any(each)]) or []
        return min(filter(None, found), key=lambda each: each.since, default=None)

    def knows_by_one_name(self) -> tuple[bool, bool]:
        """Whether somebody is in it of whom only the number is known, and somebody of whom only the ID is."""
        return self._do(DncMemory.knows_by_one_name) or (False, False)

    def numbers(self) -> Sequence[int] | None:
        """The digits of every number in it, in order; None where nobody at all is in it, or it cannot be used."""
        return self._do(lambda memory: memory.numbers() if memory else None)

    def concerns(self, update: Update) -> bool:
        """Whether an update puts its contact into DNC."""
        return self._means_dnc(update.change.status)

    def asked(self, contacts: Sequence[Named]) -> None:
        """Remember those whom rows put into DNC: before their calls leave, and whatever becomes of them."""
        self._do(lambda memory: memory.asked(self.run, contacts))

    def settled(self, settled: Sequence[tuple[Update, Outcome]]) -> None:
        """Learn what replies said of contacts, and remember those who were in DNC already, as their rows ask."""
        named = [(_named(update, outcome), update, outcome) for update, outcome in settled]
        asked = [each for each, update, outcome in named if self.concerns(update) and outcome.code is Code.UNCHANGED]
        shown = [
            each for each, update, outcome in named if self._means_dnc(outcome.status) and not self.concerns(update)
        ]
        linked = [each for each, _, _ in named if None not in each]
        if asked:
            self.asked(asked)
        if shown:
            self._do(lambda memory: memory.shown(self.run, shown))
        if linked:
            self._do(lambda memory: memory.linked(linked))

    def seen(self, contacts: Sequence[Contact]) -> None:
        """Remember whom the CRM shows in DNC, and which number and ID are one contact."""
        in_dnc = [(each.phone, each.id) for each in contacts if self._means_dnc(each.status)]
        others = [(each.phone, each.id) for each in contacts if not self._means_dnc(each.status)]
        if in_dnc:
            self._do(lambda memory: memory.shown(self.run, in_dnc))
        if others:
            self._do(lambda memory: memory.linked(others))

    def put_back(self, undone: str, ledger: Ledger) -> int:
        """Forget whom a run put into DNC and its undoing, recorded in `ledger`, was allowed to take out; how many."""
        out = [
            _named(record.update, record.outcome)
            for record in ledger.records()
            if record.outcome.code in {Code.UPDATED, Code.UNCHANGED}
            and record.update.change.status is not None
            and not self.concerns(record.update)
        ]
        return self._do(lambda memory: memory.forget_own(undone, out)) or 0

    def witness(self, read: ReadInTurn) -> ReadInTurn:
        """The same way to read, of which the memory sees whom the CRM shows in DNC."""
        if self._memory is None or self._memory.is_read_only:
            return read

        async def seen(path: str, place: int) -> Answer:
            answer = await read(path, place)
            if isinstance(answer, ReadOk) and (contacts := _contacts(answer.value)):
                await asyncio.to_thread(self.seen, contacts)
            return answer

        return seen

    def _do(self, what: Callable[[DncMemory], T]) -> T | None:
        """Do something with the memory; None where it cannot be used, or there is none."""
        if self.fault is None and self._memory is not None:
            try:
                return what(self._memory)
            except DncMemoryFault as fault:
                self.fault = fault
        return None


@contextlib.contextmanager
def recorded(run: PlannedRun, name: str = "") -> Iterator[DncRecord]:
    """The DNC memory for a run of this name, which a dry run reads only. That of a sandbox is gone with it."""
    with contextlib.ExitStack() as stack:
        memory, fault = None, None
        try:
            memory = stack.enter_context(_opened(run.settings))
        except DncMemoryFault as found:
            fault = found
        yield DncRecord(name, memory, fault, run.catalog.means_dnc)


def _opened(settings: Settings) -> DncMemory:
    if settings.sandbox:
        return DncMemory.of_this_process(settings.base_url)
    return DncMemory.open(settings.base_url, read_only=settings.dry_run)


def _contacts(value: object) -> Sequence[Contact]:
    """The contacts in what a read gave: on a page, or one by itself."""
    page = read_page(value)
    if page is not None:
        return page.items
    contact = read_contact(value)
    return () if contact is None else (contact,)


def _named(update: Update, outcome: Outcome) -> Named:
    return update.phone or outcome.phone, update.contact_id or outcome.contact_id
