"""The words at the head of a column that mean a field: those of the table of fields, and phones in many more words.

All are compared as `fold()` folds them: no case, accents, spaces or punctuation.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from bulk_sync.fields import FIELDS
from bulk_sync.model import fold

_PHONE_NOUNS = """phone; phone number; phone no; phone nr; telephone; telephone number; tel; tel no; telephone no;
    contact phone; lead phone; person phone; teléfono; número de teléfono; tlf; telf; telefone; número de telefone;
    fone; téléphone; numéro de téléphone; tél; telefon; telefonnummer; telefonnr; rufnummer; telefono;
    numero di telefono; telefoon; telefoonnummer; numer telefonu; nr telefonu; nr tel; telefonní číslo"""
_PHONE_PLACES = """home; work; business; office; other; main; primary; direct; landline; personal; private; day;
    daytime; evening; best; preferred; current; mobile; cell; person; contact; customer; client; lead; prospect;
    patient; member; guest; user; student; buyer; your; billing; casa; de casa; trabajo; del trabajo; de trabajo;
    oficina; móvil; celular; fijo; particular; principal; contacto; de contacto; del contacto; cliente; del cliente;
    otro; residencial; comercial; trabalho; do trabalho; fixo; pessoal; contato; de contato; do contato; do cliente;
    domicile; bureau; travail; professionnel; pro; personnel; perso; portable; fixe; privé; du client; du contact;
    privat; geschäftlich; arbeit; büro; dienstlich; mobil; handy; festnetz; zuhause; haupt; kunde; kontakt; weitere;
    ufficio; lavoro; fisso; cellulare; contatto; thuis; werk; zakelijk; mobiel; vast; mobiele; klant; domowy;
    służbowy; komórkowy; kom; prywatny; kontaktowy; klienta"""
"""Nouns that mean a phone, and what stands before or behind them: whose, where, or of what kind it is."""

_SECOND_ONE = (
    "alternate; alternative; alt; secondary; second; 2nd; backup; additional; alternativo; segundo; secundario"
)
"""What says of a number that it is not the first one to take."""

VAGUE, VAGUER = 1, 2
"""The ranks of headers of calling codes that may head something else: the prefix of a name, more often an area code."""

_AREA_CODES = """area code; area; npa; std; std code; ddd; código ddd; lada; clave lada; código de área; código área;
    código de area; prefijo local; prefijo provincial; característica; indicatif régional; ortsvorwahl; netzvorwahl;
    vorwahlnummer; prefisso locale; netnummer; kengetal; numer kierunkowy; kierunkowy"""

_NOTHING = """col; column; columna; coluna; colonne; colonna; spalte; kolumne; kolom; kolumna; kolonne; kolumn; sloupec;
    sütun; столбец; field; campo; champ; feld; veld; pole; fält; felt; alan; поле; unnamed; untitled; no name;
    sin título; sin nombre; sem título; sans titre; senza titolo; unbenannt; ohne titel; header; heading; head;
    value; values; wert; werte; valor; valores; valeur; valeurs; data; daten; dato; datos; dados; données; number;
    numbers; num; no; nr; numero; numeros; número; números; numéro; numéros; nummer; nummern; n; var; v; x; f; c;
    item; none; null; nan; na; blank; empty; leer; vacío; vazio; vide; undefined; text; texto; texte; unnamed level"""

_LONGEST = 200
"""Characters; what is longer is no header but a text."""

_VARIABLE_PREFIXES = ("var.", "customvariables.", "custom_variables.", "custom variables.")


@lru_cache(4096)
def field_of(header: str) -> tuple[str, int] | None:
    """The field that a header names, and how well (0 is best); None where it names none.

    `var.email` and `customVariables.email` name the custom variable `email`, spelled as it stands. `Phone 2` and
    `Phone 1 - Value` name a phone, less well than `Phone` does.
    """
    text = header.strip()
    if len(text) > _LONGEST:
        return None
    for prefix in _VARIABLE_PREFIXES:
        if text.casefold().startswith(prefix) and text[len(prefix) :].strip():
            return f"var.{text[len(prefix) :].strip()}", 0
    folded = fold(text)
    if folded in _ranks():
        return _ranks()[folded]
    if _heads_phones(folded):
        return "phone", 0
    base = _DIGITS.sub("", _SECOND.sub("", _VALUE.sub("", folded)))
    is_phone = base != folded and (_ranks().get(base) == ("phone", 0) or _heads_phones(base))
    return ("phone", 1) if is_phone else None


def says_nothing(header: str) -> bool:
    """Whether a header is none: blank, a bare letter or number, a column's place ("col3", "Unnamed: 2"), "numbers"."""
    return len(header.strip()) == 1 or _DIGITS.sub("", fold(header)) in _folded(_NOTHING) | {""}


def heads_area_codes(header: str) -> bool:
    """Whether a column holds what is dialled between the country's code and the number, if it holds digits."""
    return fold(header) in _folded(_AREA_CODES)


def _heads_phones(folded: str) -> bool:
    places = _folded(_PHONE_PLACES)
    return any(
        (folded.startswith(noun) and folded[len(noun) :] in places)
        or (folded.endswith(noun) and folded[: -len(noun)] in places)
        or folded == noun
        for noun in _folded(_PHONE_NOUNS)
    )


@cache
def _folded(words: str) -> frozenset[str]:
    return frozenset(filter(None, map(fold, words.split(";"))))


@cache
def _ranks() -> dict[str, tuple[str, int]]:
    """Each folded header with its field and rank."""
    return {
        word: (field, rank)
        for field, known in FIELDS.items()
        for rank, words in enumerate(known.headers)
        for word in _folded(words)
    }


_DIGITS = re.compile(r"\d+")
_VALUE = re.compile(r"(?:value|valor|valeur|wert|valore)s?$")
_SECOND = re.compile("^(?:{0})|(?:{0})$".format("|".join(sorted(_folded(_SECOND_ONE), key=len, reverse=True))))
