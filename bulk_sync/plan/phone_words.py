"""The words that may stand beside a phone number, in the languages of headers: labels, extensions, "or".

Any other word is a note ("DNC", a name), and a cell with a note is not read: phonenumbers would dial its letters.
"""

from __future__ import annotations

import re

from bulk_sync.model import fold

_LABELS = """
    tel telephone telefon telefono telefone téléphone telf tlf tfno tlfno tfn phone ph fon t
    mobile mobil mob móvil movil celular cel cell cellular cellphone handy natel gsm portable port telemóvel tlm
    smartphone mobiltelefon mobilfunk cellulare whatsapp wa m c
    home house casa maison domicile zuhause hause privat private privado particular personal personnel perso h p
    work office business büro buero trabajo oficina escritório trabalho bureau travail pro professionnel arbeit dienst
    dienstlich geschäftlich geschaeftlich gesch firma ufficio w g
    festnetz landline line fixed fijo fixo fixe main direct direkt zentrale principal switchboard
    number nummer nr num numero número numéro call contact kontakt contacto contato callto rufnummer telefonnummer
"""
_FAX = "fax telefax facsimile faks télécopie télécopieur faxnummer f"
_AND_OR = "or and oder od und bzw sowie o ó ou u y e et i plus oppure"
_EXTENSIONS = """
    ext extn extension extensión extensão xt x app apparat dw durchwahl int interno interne ramal anexo poste klappe kl
    nebenstelle nst nbst
"""


def _folded(words: str) -> frozenset[str]:
    return frozenset(map(fold, words.split()))


LABELS, FAX, AND_OR = _folded(_LABELS), _folded(_FAX), _folded(_AND_OR)

EXTENSION = re.compile(
    rf"""
    (?: [\s,;]* (?<![^\W\d_]) (?: {"|".join(sorted(_EXTENSIONS.split(), key=len, reverse=True))} ) \.? \s* [:=]? \s*
      | [\s,;]* \# \s*
    ) [0-9]{{1,7}} (?: [.,]0 )? [\s)\]]* $
    | - \s? [0-9]{{1,5}} \# $
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""What stands behind a number and is dialled after the call: "ext. 12", ";ext=12", "x12", "#12", "App. 12", "-12#"."""


def is_all(words: frozenset[str], word: str) -> bool:
    """Whether a word, or each part of one with a hyphen or dots ("Tel.-Nr."), is one of `words`."""
    return fold(word) in words or all(fold(part) in words for part in re.split(r"[.\-'’]+", word) if part)


def dialled_letters(pieces: list[str]) -> str | None:
    """The digits of a number whose end is letters, or None where they do not stand as such a number has them.

    `pieces` are its runs of digits and of letters. Letters fill the last seven places (1-800-FLOWERS), or the last four
    behind three digits (1-800-555-TELL).
    """
    keys = "".join(re.sub(r"[^0-9A-Za-z+]", "", piece) for piece in pieces).upper()
    if not re.fullmatch(r"\+?[0-9]*(?:[0-9][A-Z]{7}|[0-9]{3}[A-Z]{4})", keys):
        return None
    return keys.translate(_KEYPAD)


_KEYPAD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
