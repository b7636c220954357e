"""Do not call: which statuses say that a person must never be called again. Pure.

DNC does, and so do those of a team's own whose whole name or label says so in one of the languages that headers are
read in, or that the setting `dnc_statuses` names. Names are compared folded: " dnc" and "D.N.C." mean it, too.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from bulk_sync.model import DNC, fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bulk_sync.model import Status

_WORDS = {
    "English": """
        dnc; do not call; do not call again; do not call list; do not contact; do not contact again; do not phone;
        don't call; don't call again; don't contact; dont call; never call; never call again; never contact; no calls;
        no more calls; not to be called; stop calling; opt out; opted out; opt out of calls; opted out of calls;
        unsubscribe; unsubscribed; blacklist; blacklisted; black list; black listed; blocklist; blocklisted; block list;
        denylist; deny list; suppressed; suppression list; suppress; remove from list; removed from list; dnd;
        do not disturb""",
    "Spanish": """
        no llamar; no llamar más; no llamar nunca; nunca llamar; no volver a llamar; no contactar; no contactar más;
        no molestar; lista negra; lista robinson; dado de baja; dada de baja; de baja; darse de baja;
        lista de exclusión; excluido de llamadas""",
    "Portuguese": """
        não ligar; não ligar mais; nunca ligar; nunca mais ligar; não telefonar; não chamar; não contactar;
        não contatar; não contactar mais; não contatar mais; não perturbe; não perturbar; não me perturbe; lista negra;
        descadastrado; descadastrada; lista de exclusão""",
    "French": """
        ne pas appeler; ne plus appeler; ne jamais appeler; ne plus jamais appeler; ne pas contacter; ne plus contacter;
        ne pas rappeler; ne pas déranger; liste noire; bloctel; désinscrit; désinscrite; désabonné; désabonnée;
        liste d'opposition; opposition au démarchage; liste rouge""",
    "German": """
        nicht anrufen; nicht mehr anrufen; nie anrufen; nie wieder anrufen; niemals anrufen; nicht kontaktieren;
        nicht mehr kontaktieren; nie wieder kontaktieren; kein anruf; keine anrufe; keine anrufe mehr; kein kontakt;
        schwarze liste; sperrliste; robinsonliste; abgemeldet; werbesperre; anrufsperre; telefonsperre; gesperrt für
        anrufe; werbewiderspruch; kontaktsperre""",
    "Italian": """
        non chiamare; non chiamare più; non richiamare; mai più chiamare; non contattare; non contattare più;
        lista nera; disiscritto; disiscritta; registro delle opposizioni""",
    "Dutch": """
        niet bellen; niet meer bellen; nooit bellen; nooit meer bellen; niet contacteren; niet meer contacteren;
        bel me niet; bel-me-niet register; zwarte lijst; uitgeschreven; afgemeld""",
}

PHRASES = tuple(" ".join(phrase.split()) for phrases in _WORDS.values() for phrase in phrases.split(";"))
"""What says "do not call" as a whole name or label, as people write it."""

MEANINGS = frozenset(map(fold, PHRASES))
"""What says "do not call" as a whole name or label, folded."""


class Remembered(NamedTuple):
    """Since when (seconds since the epoch) somebody must not be called, and where that is known from."""

    since: float
    source: str
    """`run NAME`, `list NAME`, or `the CRM showed it in run NAME`."""


class DncStatuses:
    """The statuses that mean do-not-call. `also`: those that the settings name, by name or label.

    `listed`: the team's own as the API lists them, whose labels count; without them only names do.
    """

    def __init__(self, also: Iterable[str] = (), listed: Iterable[Status] = ()) -> None:
        wanted = MEANINGS | {folded for each in also if (folded := fold(each))}
        own = [each for each in listed if any(fold(text) in wanted for text in (each.name, *each.labels))]
        self.listed = tuple(each.name for each in own)
        wanted |= {fold(each.name) for each in own} - {""}
        self._means_dnc = cache(lambda status: status in self.listed or fold(status) in wanted)

    def __contains__(self, status: object) -> bool:
        """Whether a status, as a row asks for it or as the CRM shows it, means do-not-call."""
        return isinstance(status, str) and self._means_dnc(status)

    @property
    def own(self) -> tuple[str, ...]:
        """Those of the team's own, by name."""
        return tuple(name for name in self.listed if name != DNC)

    @property
    def asked_for(self) -> tuple[str, ...]:
        """Those whose contacts the CRM is asked to list: DNC, and those of the team's own."""
        return (DNC, *self.own)

    def leaves(self, before: str | None, after: str) -> bool:
        """Whether a contact in status `before` would be less protected in status `after`.

        Between two of these statuses only the way to DNC itself is open.
        """
        return before in self and after not in {DNC, before}
