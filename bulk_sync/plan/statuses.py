"""Which status does a cell name?

The nine system statuses are always known, by their labels too. What the API lists adds to them and never replaces them;
it is asked for only when a cell holds something that is not exactly a system status.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from bulk_sync.do_not_call import DncStatuses
from bulk_sync.errors import Code
from bulk_sync.model import DNC, Listing, Status, fold
from bulk_sync.plan.rejection import Rejection, quoted
from bulk_sync.plan.spelling import spelling
from bulk_sync.plan.suggestion import named, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

SYSTEM_STATUSES = (
    Status("active", ("Active",), terminal=False),
    Status("paused", ("Paused",), terminal=True),
    Status("fulfilled", ("Fulfilled",), terminal=True),
    Status("DNC", ("Do Not Call", "Do Not Contact"), terminal=True),
    Status("not-qualifies", ("Not Qualifies", "Not Qualified"), terminal=True),
    Status("not-interested", ("Not Interested",), terminal=True),
    Status("not-answering", ("Not Answering", "No Answer"), terminal=True),
    Status("wrong-number", ("Wrong Number",), terminal=True),
    Status("talk-to-human", ("Talk To Human",), terminal=False),
)
"""The statuses that every team has (the vendor's page names them; the labels are what its screens show)."""

_SYSTEM = {status.name: status for status in SYSTEM_STATUSES}
_EXACT = {label: status for status in SYSTEM_STATUSES for label in status.labels} | _SYSTEM
_FOLDED = {fold(spelled): status for status in SYSTEM_STATUSES for spelled in (status.name, *status.labels)}


def system_status(text: str) -> Status | None:
    """The system's status of this name or label, in any case, spacing or accents."""
    return _EXACT.get(text) or (_FOLDED.get(fold(text)) if text else None)


class Statuses:
    """The statuses that a row may name. `listed` gives what the API lists, and is asked once, when it is needed.

    `dnc`: those that mean do-not-call besides those that say so, by name or label (`dnc_statuses`).
    """

    def __init__(self, listed: Callable[[], Listing[Status]] = Listing, dnc: Collection[str] = ()) -> None:
        self._listed, self._dnc = listed, tuple(dnc)

    def read(self, text: str) -> Status | Rejection:
        """The status that `text` names: exactly, else in any case, spacing or accents, by name or label."""
        candidates = self._meant(text)
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            names = " or ".join(status.name for status in candidates)
            return Rejection(Code.UNKNOWN_STATUS, f"{quoted(text)} could be {names}. Write it exactly so.")
        return Rejection(Code.UNKNOWN_STATUS, f"{quoted(text)} is not a known status. {self._advice(text)}")

    def knows(self, text: str) -> bool:
        """Whether `read` would find one: for those who do not want to hear what is wrong."""
        return len(self._meant(text)) == 1

    @property
    def known(self) -> tuple[Status, ...]:
        """All of them, the system's first, with the labels that the API adds."""
        return (*self._team.system, *self._team.own)

    def is_terminal(self, name: str) -> bool:
        """Whether contacts in this status get no calls or messages, or may get none: it is sent before what restarts.

        A status of which the API does not say it counts as one that stops outreach here, so that it goes early and wins
        over `active`, and as one that may restart it (`may_restart`), so that the guards hold it.
        """
        status = self._named(name)
        return status is None or status.terminal is not False or self.means_dnc(name)

    def means_dnc(self, name: str) -> bool:
        """Whether a status says "do not call": DNC, or one of the team's own, as far as it is known by now."""
        return name in (self._team.dnc if "_team" in vars(self) else self._dnc_by_name)

    @property
    def do_not_call(self) -> DncStatuses:
        """The statuses that say "do not call", by what the API lists: it is asked where it was not yet."""
        return self._team.dnc

    def may_restart(self, name: str) -> bool:
        """Whether contacts in this status get calls or messages, or may get them, for all that is known."""
        status = self._named(name)
        return not self.means_dnc(name) and (status is None or status.terminal is not True)

    def _named(self, name: str) -> Status | None:
        """A status, as far as it is known by now: whoever asks in the midst of sending must not wait for a read."""
        return _SYSTEM.get(name) or (self._team.names.get(name) if "_team" in vars(self) else None)

    def _meant(self, text: str) -> list[Status]:
        """Those that `text` may name."""
        return [_EXACT[text]] if text in _EXACT else self._team.exact(text) or self._candidates(text)

    def _candidates(self, text: str) -> list[Status]:
        """What is meant in another case, spacing or accents; a label of the team's does not compete with a system's."""
        system = _FOLDED.get(fold(text)) if fold(text) else None
        found = self._team.named_alike(text) if system else self._team.alike(text)
        return [system, *found] if system else found

    def _advice(self, text: str) -> str:
        known = f"Known statuses: {', '.join(status.name for status in self.known)}."
        suggested = self._suggestion(text)
        why_not = self._listed_now.why_not
        return f"{suggested}{known}" + (f" Those of the team's own are not known: {why_not}." if why_not else "")

    def _suggestion(self, text: str) -> str:
        """Which status was perhaps meant, as a sentence."""
        names = {each: status.name for status in self.known for each in (status.name, *status.labels)}
        several = named(text, names)
        if len(several) > 1:
            return f"It names more than one status ({' and '.join(several)}). Keep one. "
        if text in self._team.dnc:
            return f"Did you mean {DNC}? "
        near = nearest(text, names)
        return f"Did you mean {names[near]}? " if near else ""

    @cached_property
    def _listed_now(self) -> Listing[Status]:
        return self._listed()

    @cached_property
    def _dnc_by_name(self) -> DncStatuses:
        return DncStatuses(self._dnc, SYSTEM_STATUSES)

    @cached_property
    def _team(self) -> _Team:
        return _Team(self._listed_now.entries, self._dnc)


class _Team:
    """The statuses that the API lists: those of the `system`, with their labels, and the team's `own`."""

    def __init__(self, listed: Iterable[Status], dnc: Collection[str]) -> None:
        listed = tuple(listed)
        self.dnc = DncStatuses(dnc, (*SYSTEM_STATUSES, *listed))
        by_name = {status.name: status for status in listed}
        self.system = tuple(_with_labels(status, by_name.get(status.name)) for status in SYSTEM_STATUSES)
        self.own = tuple(status for name, status in by_name.items() if name not in _SYSTEM)
        self.names = {status.name: status for status in self.own}
        self._labels = _indexed((label, status) for status in self._all for label in status.labels)
        self._alike = _indexed((spelling(each), status) for status in self._all for each in _spelled(status))
        self._named_alike = _indexed((spelling(status.name), status) for status in self.own)

    @property
    def _all(self) -> tuple[Status, ...]:
        return (*self.system, *self.own)

    def exact(self, text: str) -> list[Status]:
        """Those of exactly this name, else of exactly this label."""
        return [self.names[text]] if text in self.names else self._labels.get(text, [])

    def alike(self, text: str) -> list[Status]:
        """Those whose name or label is spelled alike."""
        return self._alike.get(spelling(text), [])

    def named_alike(self, text: str) -> list[Status]:
        """The team's own whose name is spelled alike."""
        return self._named_alike.get(spelling(text), [])


def _with_labels(system: Status, listed: Status | None) -> Status:
    """A system status with the labels that the API adds; what it does to outreach is documented."""
    labels = dict.fromkeys((*system.labels, *(listed.labels if listed else ())))
    return Status(system.name, tuple(labels), terminal=system.terminal)


def _spelled(status: Status) -> tuple[str, ...]:
    return (status.name, *status.labels)


def _indexed(pairs: Iterable[tuple[str, Status]]) -> dict[str, list[Status]]:
    """Each text with the statuses that go by it, once each."""
    found: defaultdict[str, dict[str, Status]] = defaultdict(dict)
    for text, status in pairs:
        found[text][status.name] = status
    return {text: list(statuses.values()) for text, statuses in found.items()}
