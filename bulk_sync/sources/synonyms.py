"""What the head of a column means: the words of the table of fields, and phones in many more words.

All are compared as `fold()` folds them: no case, accents, spaces or punctuation. Columns beside the number may hold a
part of it: "country code" heads 44 in one file and GB in the next, "prefix" heads 44, 030 or Mr. Of these, what the
column holds decides. Pure.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from bulk_sync.fields import FIELDS
from bulk_sync.model import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bulk_sync.sources.columns import Looks

MOSTLY = 0.8
"""The share of a column's cells that must look like something before the column is taken for it."""

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
"""Heads of what is dialled between the country's code and the number, where the column holds digits."""

_NOTHING = """col; column; columna; coluna; colonne; colonna; spalte; kolumne; kolom; kolumna; kolonne; kolumn; sloupec;
    sütun; столбец; field; campo; champ; feld; veld; pole; fält; felt; alan; поле; unnamed; untitled; no name;
    sin título; sin nombre; sem título; sans titre; senza titolo; unbenannt; ohne titel; header; heading; head;
    value; values; wert; werte; valor; valores; valeur; valeurs; data; daten; dato; datos; dados; données; number;
    numbers; num; no; nr; numero; numeros; número; números; numéro; numéros; nummer; nummern; n; var; v; x; f; c;
    item; none; null; nan; na; blank; empty; leer; vacío; vazio; vide; undefined; text; texto; texte; unnamed level"""

_LONGEST = 200
"""Characters; what is longer is no header but a text."""

_AREA_CODE = re.compile(r"\(?0{0,2}[1-9][0-9]{0,4}\)?")
_NOT_DIGITS = re.compile(r"\D")
_A_FEW = 0.1
"""The share of numbers that may differ from the area code beside them: people keep theirs when they move."""

_LONGEST_NATIONAL = 10
"""Digits; what is longer has a calling code before it, or might have."""

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


def _heads_phones(folded: str) -> bool:
    places = _folded(_PHONE_PLACES)
    return any(
        (folded.startswith(noun) and folded[len(noun) :] in places)
        or (folded.endswith(noun) and folded[: -len(noun)] in places)
        or folded == noun
        for noun in _folded(_PHONE_NOUNS)
    )


def share(cells: Sequence[str], looks_so: Callable[[str], bool]) -> float:
    """How many of the cells that are not blank look so, from 0 to 1; 0 where all are blank."""
    filled = [cell for cell in cells if cell.strip()]
    return sum(map(looks_so, filled)) / len(filled) if filled else 0.0


def named_by(header: str, cells: Sequence[str], looks: Looks) -> tuple[str, int] | None:
    """The field of a column and how well its header names it, as `field_of` says, but for codes and countries.

    Of those two it is the one that the cells hold. A header that may mean anything (prefix) is trusted only where every
    cell is a calling code, written as one (+44) where the header says area code to most people (Vorwahl). A column of
    calling codes that is headed as a list of ISO codes is left to be refused.
    """
    found = field_of(header)
    if found is None or found[0] not in {"country", "code"} or not any(cell.strip() for cell in cells):
        return found
    codes = share(cells, looks["code"])
    if found in {("code", VAGUE), ("code", VAGUER)}:
        is_written_out = found[1] == VAGUE or share(cells, _begins_as_a_code) == 1
        return found if codes == 1 and is_written_out else None
    if codes >= MOSTLY and "iso" not in fold(header):
        return "code", 0
    if found[0] == "code" and share(cells, _has_no_digit) >= MOSTLY:
        return ("country", 1) if share(cells, looks["country"]) >= MOSTLY else None
    return found


def is_left_out(header: str, area_codes: Sequence[str], numbers: Sequence[str]) -> bool:
    """Whether a column holds area codes that the numbers beside it lack, so that these are not whole."""
    if fold(header) not in _folded(_AREA_CODES) and field_of(header) not in {("code", VAGUE), ("code", VAGUER)}:
        return False
    lacks = [
        not _begins_with(number, _NOT_DIGITS.sub("", code).lstrip("0"))
        for code, number in zip(area_codes, numbers, strict=True)
        if _AREA_CODE.fullmatch(code.strip()) and number.strip()
    ]
    return sum(lacks) > _A_FEW * len(lacks)


def _begins_with(number: str, area_code: str) -> bool:
    digits = _NOT_DIGITS.sub("", number).lstrip("0")
    has_code = number.strip().startswith(("+", "00")) or len(digits) > _LONGEST_NATIONAL
    return any(digits[skipped:].lstrip("0").startswith(area_code) for skipped in ((0, 1, 2, 3) if has_code else (0,)))


def _begins_as_a_code(cell: str) -> bool:
    return cell.strip().lstrip("(").startswith(("+", "00"))


def _has_no_digit(cell: str) -> bool:
    return not any(letter.isdigit() for letter in cell)


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
