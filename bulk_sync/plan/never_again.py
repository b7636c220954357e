"""Never again: the words in a cell that nobody's status has, and that say "do not call" all the same.

Who writes "please stop calling me" means DNC, and is told so; nothing is ever read so by itself. In doubt there is no
suggestion: the cell must hold one phrase, and beside it courtesies alone. So no negation is ever crossed ("not opt
out", "don't stop", "no longer do-not-call"), nor a limit ("do not call today", "stop SMS"), nor an end ("was DNC").
"""

from __future__ import annotations

import unicodedata
from functools import cache

from bulk_sync.do_not_call import PHRASES
from bulk_sync.plan.spelling import words

_ALSO = """
    stop; stop call; stop calls; stop calling me; stop all calls; please stop; do not ever call;
    do not ever call again; never again; never call me; never call me again; do not call me; do not call me again;
    do not call anymore; do not call any more; do not contact me; don't contact me; don't call me;
    don't call me again; don't call anymore; don't ring; do not ring; remove; remove me; remove me from list;
    remove me from the list; remove me from your list; remove from the list; remove from your list;
    take me off the list; take me off your list; to be removed; optout; opting out; opts out; unsubscribe me;
    dnc list; no further calls; no further contact;
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

_SIGNS = frozenset(" -_'\N{RIGHT SINGLE QUOTATION MARK}.,\u00a0\N{NON-BREAKING HYPHEN}\N{EN DASH}")


@cache
def _phrases() -> frozenset[tuple[str, ...]]:
    also = (phrase.strip() for phrase in _ALSO.split(";"))
    return frozenset(tuple(words(phrase)) for phrase in (*PHRASES, *also))


def says_never_again(text: str) -> bool:
    """Whether a cell says that somebody must never be called again, and nothing that could take it back."""
    plain = unicodedata.normalize("NFC", text).rstrip("!").strip()
    if not all(letter.isalpha() or letter in _SIGNS for letter in plain):  # a sign may cross out: ≠, ¬, ❌, ☐, 0
        return False
    said = words(plain)
    return any(
        tuple(said[start:stop]) in _phrases() and _COURTESIES.issuperset((*said[:start], *said[stop:]))
        for start in range(len(said))
        for stop in range(start + 1, min(len(said), start + _LONGEST) + 1)
    )


_LONGEST = 8
"""Words of a phrase."""
