"""The statuses that a cell may name: the system's nine, by their labels too, and what the API lists beside them.

What the API lists adds to the system's and never replaces them.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from bulk_sync.do_not_call import DncStatuses
from bulk_sync.errors import Code
from bulk_sync.model import DNC, Kind, Listing, Status, fold
from bulk_sync.plan.never_again import says_never_again
from bulk_sync.plan.rejection import Rejection, UnknownValue, quoted
from bulk_sync.plan.spelling import named, nearest, spelling

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

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


def is_surely_system(text: str) -> bool:
    """Whether a text is exactly a system status, by name or label, whatever else the API lists."""
    return text in _EXACT


class Statuses:
    """The statuses that a row may name: the system's, and those that the API has `listed`.

    `dnc`: those that mean do-not-call besides those that say so, by name or label (`dnc_statuses`). `known`: all of
    them, the system's first, with the labels that the API adds.
    """

    def __init__(self, listed: Listing[Status] | None = None, dnc: Collection[str] = ()) -> None:
        entries, self._why_not = (listed.entries, listed.why_not) if listed else ((), "")
        by_name = {status.name: status for status in entries}
        self._own = {name: status for name, status in by_name.items() if name not in _SYSTEM}
        self._dnc = DncStatuses(dnc, (*SYSTEM_STATUSES, *entries))
        system = (_with_labels(status, by_name.get(status.name)) for status in SYSTEM_STATUSES)
        self.known = (*system, *self._own.values())

    def read(self, text: str) -> Status | Rejection:
        """The status that `text` names: exactly, else in any case, spacing or accents, by name or label."""
        candidates = self._meant(text)
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            names = " or ".join(status.name for status in candidates)
            return UnknownValue(Code.UNKNOWN_STATUS, f"{quoted(text)} could be {names}. Write it exactly so.", text)
        suggested, sentence = self._suggestion(text)
        why = f"{quoted(text)} is not a known status. {sentence}{self._known_in_words()}"
        return UnknownValue(Code.UNKNOWN_STATUS, why, text, suggested)

    def knows(self, text: str) -> bool:
        """Whether `read` would find one: for those who do not want to hear what is wrong."""
        return len(self._meant(text)) == 1

    def names(self, text: str) -> frozenset[str]:
        """The names of the statuses that `text` may mean."""
        return frozenset(status.name for status in self._meant(text))

    def is_terminal(self, name: str) -> bool:
        """Whether contacts in this status get no calls or messages, or may get none: it is sent before what restarts.

        A status of which the API does not say it counts as one that stops outreach here, so that it goes early and wins
        over `active`, and as one that may restart it (`may_restart`), so that the guards hold it.
        """
        return self._effect(name) is not False or self.means_dnc(name)

    def means_dnc(self, name: str) -> bool:
        """Whether a status says "do not call": DNC, or one of the team's own."""
        return name in self._dnc

    def kind_of(self, name: str | None) -> Kind:
        """What setting this status does to outreach; no status (a move, a name) is the rest."""
        if name is None:
            return Kind.REST
        if self.means_dnc(name):
            return Kind.DNC
        return Kind.STOPS if self.is_terminal(name) else Kind.RESTARTS

    def may_restart(self, name: str) -> bool:
        """Whether contacts in this status get calls or messages, or may get them, for all that is known."""
        return not self.means_dnc(name) and self._effect(name) is not True

    def _effect(self, name: str) -> bool | None:
        """Whether a status stops outreach; None: nobody knows."""
        status = _SYSTEM.get(name) or self._own.get(name)
        return status.terminal if status else None

    def _meant(self, text: str) -> list[Status]:
        """Those that `text` may name; a label of the team's does not compete with a system's name or label."""
        if text in _EXACT:
            return [_EXACT[text]]
        if text in self._own:
            return [self._own[text]]
        if exact := self._by_label.get(text):
            return exact
        system = _FOLDED.get(fold(text)) if fold(text) else None
        if system is None:
            return self._alike.get(spelling(text), [])
        return [system, *(own for own in self._own.values() if spelling(own.name) == spelling(text))]

    @cached_property
    def _by_label(self) -> dict[str, list[Status]]:
        return _indexed((label, status) for status in self.known for label in status.labels)

    @cached_property
    def _alike(self) -> dict[str, list[Status]]:
        return _indexed((spelling(each), status) for status in self.known for each in (status.name, *status.labels))

    def says_never(self, text: str) -> bool:
        """Whether a text says "do not call", as a status would or in other words, whether it is one or not."""
        return text in self._dnc or says_never_again(text)

    def _known_in_words(self) -> str:
        known = f"Known statuses: {', '.join(status.name for status in self.known)}."
        why_not = f" Those of the team's own are not known: {self._why_not}." if self._why_not else ""
        return f"{known}{why_not}"

    def _suggestion(self, text: str) -> tuple[str | None, str]:
        """Which status was perhaps meant, by its name and as a sentence."""
        names = {each: status.name for status in self.known for each in (status.name, *status.labels)}
        several = named(text, names)
        if len(several) > 1:
            return None, f"It names more than one status ({' and '.join(several)}). Keep one. "
        if self.says_never(text):
            return DNC, f"Did you mean {DNC}? "
        near = nearest(text, names)
        return (names[near], f"Did you mean {names[near]}? ") if near else (None, "")


def _with_labels(system: Status, listed: Status | None) -> Status:
    """A system status with the labels that the API adds; what it does to outreach is documented."""
    labels = dict.fromkeys((*system.labels, *(listed.labels if listed else ())))
    return Status(system.name, tuple(labels), terminal=system.terminal)


def _indexed(pairs: Iterable[tuple[str, Status]]) -> dict[str, list[Status]]:
    """Each text with the statuses that go by it, once each."""
    found: defaultdict[str, dict[str, Status]] = defaultdict(dict)
    for text, status in pairs:
        found[text][status.name] = status
    return {text: list(statuses.values()) for text, statuses in found.items()}
