"""The statuses that a cell may name: the system's nine, by their labels too, and what the API lists beside them.

What the API lists adds to the system's and never replaces them. Who writes "please stop calling me" means DNC, and is
told so; nothing is ever read so by itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from functools import cache, cached_property
from typing import TYPE_CHECKING

from bulk_sync.do_not_call import PHRASES, DncStatuses
from bulk_sync.errors import Code
from bulk_sync.model import DNC, Kind, Listing, Status, fold
from bulk_sync.plan.spelling import OVERLAYS, named, nearest, spelling, words
from bulk_sync.plan.values import Rejection, UnknownValue, quoted

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
        if system is None or (not system.terminal and _may_be_crossed_out(text)):
            bare = text.strip(_TICKS)
            return self._alike.get(spelling(text)) or (self._meant(bare) if bare != text else [])
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
        if system_status(text) is not None:
            return None, "The sign beside the status may take it back. Write the status alone. "
        if self.says_never(text):
            return DNC, f"Did you mean {DNC}? "
        near = None if _may_be_crossed_out(text) else nearest(text, names)
        return (names[near], f"Did you mean {names[near]}? ") if near else (None, "")


_TICKS = " \ufe0e\ufe0f•‣▪●·∙・✓✔✅☑√🗸🗹🟢"
"""What stands around a status in lists that tick their lines, and says yes or nothing: ✅ Active, • DNC."""

_QUIET = frozenset({"Zs", "Pd", "Pc", "Pi", "Pf", "Ps", "Pe", "Mn", "Mc", "Cf", "Cc"})
_CROSSED_OUT = re.compile(rf"^!|[{OVERLAYS}]|[(\[]\s*[)\]]")
"""A "not" before it, a line through its letters, a box without a tick."""


def _may_be_crossed_out(text: str) -> bool:
    """Whether a sign stands beside the words that may ask or take them back (active?, ❌ active, ≠active, !active).

    What stops outreach is believed all the same: of two readings it is the one that calls nobody.
    """
    signs = (sign for sign in text if not sign.isalnum() and unicodedata.category(sign) not in _QUIET)
    return _CROSSED_OUT.search(text) is not None or any(sign not in "'\".,;:!" for sign in signs)


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


_ALSO = """
    stop; stop call; stop calls; stop all calls; do not ever call; do not call any more; never again; don't ring;
    do not ring; remove; remove me from list; remove me from the list; remove me from your list; remove from the list;
    remove from your list; take me off the list; take me off your list; to be removed; optout; opting out; opts out;
    no further calls; no further contact;
    stopp; nie wieder; nie mehr; nie mehr anrufen; niemals wieder anrufen; ruft mich nicht mehr an;
    rufen sie mich nicht mehr an; keine weiteren anrufe; keinen anruf mehr; nicht wieder anrufen; abmelden;
    austragen; von der liste streichen; von der liste nehmen;
    arret; arreter; arretez; arretez de m'appeler; arreter d'appeler; arretez d'appeler; plus jamais; jamais plus;
    ne m'appelez plus; ne m'appelez pas; ne plus m'appeler; ne plus me contacter; ne me contactez plus; desinscrire;
    desabonner; retirer de la liste;
    nunca mas; no llame; no llamen; no me llame; no me llamen; no me llamen mas; no llamar nunca mas;
    no volver a contactar; deje de llamar; dejen de llamar; dejar de llamar; baja; dar de baja; darme de baja;
    parar; quitar de la lista; borrar de la lista; no mas llamadas;
    nunca mais; nao ligue; nao ligue mais; nao me ligue; nao me ligue mais; nao liguem mais; nao me liguem;
    nao chame; pare de ligar; parem de ligar; parar de ligar; sair; sair da lista; remover da lista; descadastrar;
    nao quer mais ligacoes"""
"""Beside what means do-not-call as the name of a status. Accents and case do not count."""

_BESIDE = """
    please pls thanks thank you me us my our your the this number phone again ever anymore he she they customer client
    contact lead person has have is wants want wanted asks asked requested requests said says to be list
    bitte danke mich uns den die das diese dieser nummer kunde kundin der will wunscht mochte auf liste er sie
    merci svp sil vous plait le la les ce cette numero cliente veut demande souhaite nous
    por favor gracias el los las este esta quiere pide obrigado obrigada quer pede contato"""
_COURTESIES = frozenset(_BESIDE.split())
"""What may stand beside the phrase. None says no, begins an opposite, sets a limit or joins two things."""

_LONGEST = 8
"""Words of a phrase."""

_SIGNS = frozenset(" -_'\N{RIGHT SINGLE QUOTATION MARK}.,\u00a0\N{NON-BREAKING HYPHEN}\N{EN DASH}")


@cache
def _phrases() -> frozenset[tuple[str, ...]]:
    also = (phrase.strip() for phrase in _ALSO.split(";"))
    return frozenset(tuple(words(phrase)) for phrase in (*PHRASES, *also))


def says_never_again(text: str) -> bool:
    """Whether a cell says that somebody must never be called again, and nothing that could take it back.

    It must hold one phrase, and beside it courtesies alone. So no negation is ever crossed ("not opt out", "don't
    stop", "no longer do-not-call"), nor a limit ("do not call today", "stop SMS"), nor an end ("was DNC").
    """
    plain = unicodedata.normalize("NFC", text).strip(_TICKS).rstrip("!").strip()
    if not all(letter.isalpha() or letter in _SIGNS for letter in plain):  # a sign may cross out: ≠, ¬, ❌, ☐, 0
        return False
    said = words(plain)
    return any(
        tuple(said[start:stop]) in _phrases() and _COURTESIES.issuperset((*said[:start], *said[stop:]))
        for start in range(len(said))
        for stop in range(start + 1, min(len(said), start + _LONGEST) + 1)
    )
