"""What a phone cell holds besides digits: labels, extensions, notes, second numbers. What is left is one number.

phonenumbers is asked about digits and separators alone: of a text it drops what stands before, dials the letters behind
and takes a second number for an extension. A cell with a note is not read: phonenumbers would dial its letters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulk_sync.errors import Code
from bulk_sync.model import fold
from bulk_sync.plan import numbering
from bulk_sync.plan.phone_advice import NO_NUMBER
from bulk_sync.plan.phone_damage import DATE, cleaned, fraction, is_date, restored, without_decimals
from bulk_sync.plan.values import Rejection, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

PLAIN = r"^(?:\(?\+?[ (]*[0-9](?:[ ()\-]*[0-9])*|\+?[0-9]+(?:\.[0-9]{2,}){2,})$"
ODD = "|".join(
    (
        rf"^[ (]*(?:{DATE})$",
        r"^[0-9]{1,3}[.)] +[+0(]|^[ (]*[1-9][ .)\-]+\(?0",  # a number of a list
        r"[0-9)] *\([^)]*$",  # perhaps something behind the number
        r"(?:39|247)[^0-9]*\(0\)",  # perhaps a zero too many, where numbers keep theirs
        r"^(?:[^0-9]*[0-9]){7}(?:.*[0-9)])? +\(?0(?:[^0-9]*[0-9]){6}",  # perhaps two numbers
        r" (?:[0-9]{1,2}-[0-9]{1,2}-[0-9]{2,4}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[6-9]-[12][0-9])$",  # a date, hours
        r"^(?:[0-9]{1,2}-[0-9]{1,2}-[0-9]{2,4}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}) ",
        r"^\(?\+[ (]*[0-9]{3}\)",  # perhaps an area code behind the plus
    )
)
"""A cell that is plain, and not odd, is one number as it stands. RE2 runs both patterns, too."""

_PLAIN, _ODD = re.compile(PLAIN), re.compile(ODD)

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
"""Words that may stand beside a number, in the languages of headers. Any other is a note ("DNC", a name)."""

LABELS, FAX, AND_OR = (frozenset(map(fold, words.split())) for words in (_LABELS, _FAX, _AND_OR))

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

_KEYPAD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")

_PIECES = re.compile(
    r"""
    (?P<number> [ (\[]* \+* [ .\-()\[\]]* [0-9] (?: [0-9 \-()\[\]/\\] | \.(?!\.) )* )
  | (?P<word> [^\W\d_] [^\s\d+/\\,;|&:()\[\]<>"=?!*]* )
  | (?P<between> :{2,} | [,;|&\n] )
  | (?P<quiet> [\s"“”„«»\u2039\u203a'’‘\u201a`\u00b4:=<>{}()\[\].\-_~/\\\x23☎☏✆📞📱📲] )
  | (?P<odd> . )
    """,
    re.VERBOSE | re.DOTALL,
)
"""A number ends where a plus begins the next, or dots stand for what lies between two (1234567-10...19); a hash before
a number is the sign for one."""

_URI = re.compile(r"^tel:(?=[+\d(])")
_TONE = re.compile(r"^(\W*[08][ (]*)~")
"""Where one waits for the dial tone behind the prefix (8~5 212 3456, 8~10 for abroad); elsewhere a tilde is none."""

_EDGES = " .-/\\"
_IN_BRACKETS_BEHIND = re.compile(r"(?P<number>.*[0-9])\s*[(\[](?P<behind>[^()\[\]]*[0-9][^()\[\]]*)[)\]]?")
_LISTED = re.compile(r"(?P<place>[0-9]{1,3}[.)]|[(\[]?[1-9][)\]]?(?=[\s.\-/]+\(?0))[\s.\-/]+(?P<number>[+0(].*)")
_CLOCK = frozenset({"h", "pm"})
_HOUR = re.compile(r"(?P<number>.*[0-9])[\s(\[\-]+(?:[01]?[0-9]|2[0-4])")
_WHEN = re.compile(r"[0-3]?[0-9]\.[01]?[0-9]\.|[6-9]-(?:1[0-9]|2[0-4])")
"""A day (26.11.), hours (9-17)."""
_BEHIND_PLUS = re.compile(r"\(?\+[ (]*([0-9]{3})\)")
_AREA_CODE = re.compile(r"\(?0[0-9]{1,5}\)?")
_DATE = "is a date, not a phone number. Enter the phone number."
_SHORTEST = 7
"""Digits of a number that has another one, or a date, beside it with nothing but a space between them."""


@dataclass(frozen=True, slots=True)
class Dialled:
    """The one number of a cell: digits and separators, perhaps a plus before them.

    `extended`: an extension was dropped; `labelled`: a word like "mobile" was.
    """

    text: str
    extended: bool = False
    labelled: bool = False


def one_number(text: str, region: str | None, *, strict: bool) -> Dialled | Rejection:
    """The number in a cell, not yet judged; `region` is where it would be dialled, `strict`: it has to be valid."""
    if _PLAIN.fullmatch(text) and not _ODD.search(text):
        return Dialled(text)
    clean = restored(cleaned(text))
    if isinstance(clean, Rejection):
        return clean
    if is_date(clean, region):
        return Rejection(Code.INVALID_PHONE, f"{quoted(text)} {_DATE}")
    clean = _TONE.sub(r"\1 ", _URI.sub("", clean))
    main = EXTENSION.sub("", clean)
    cell = _Cell(text, main if any(map(str.isdigit, main)) else clean, region, strict=strict)
    number = cell.number()
    if isinstance(number, Rejection):
        return number
    return Dialled(number, main != clean, cell.is_labelled)


class _Cell:
    """The pieces of a cell, in their order where that matters, and what makes a text of digits a number there."""

    def __init__(self, text: str, clean: str, region: str | None, *, strict: bool) -> None:
        self._text, self._region, self._strict = text, region, strict
        pieces = [(match.lastgroup, match[0]) for match in _PIECES.finditer(clean)]
        self._numbers = [each.strip().lstrip(_EDGES).rstrip(_EDGES + "([") for kind, each in pieces if kind == "number"]
        self._words = [each for kind, each in pieces if kind == "word"]
        self._between = [each for kind, each in pieces if kind == "between"]
        self._odd = [each for kind, each in pieces if kind == "odd"]
        self._spelled = [(kind, each) for kind, each in pieces if kind in {"number", "word"}]
        self._notes = [word for word in self._words if not is_all(LABELS | AND_OR, word)]
        if len(self._numbers) == 1:
            self._notes += [word for word in self._misplaced() if word not in self._notes]

    @property
    def is_labelled(self) -> bool:
        """Whether a word stands beside the number that is no note: a label."""
        return bool(self._words) and not self._notes

    def _misplaced(self) -> Iterator[str]:
        """Words beside a cell's one number that are no labels of it.

        A letter that may be an "or" and joins no two words: it is a figure (O for 0, I for 1). The sign of an hour that
        is written behind the number (030 1234567 18h).
        """
        kinds = [kind for kind, _ in self._spelled]
        for at, (_, word) in enumerate(self._spelled):
            is_between = kinds[max(at - 1, 0) : at + 2] == ["word"] * 3
            if len(fold(word)) == 1 and not is_between and is_all(AND_OR, word):
                yield word
            hour = _HOUR.fullmatch(self._numbers[0]) if at and kinds[at - 1] == "number" else None
            if hour and fold(word) in _CLOCK and self._counts(hour["number"]):
                yield word

    def number(self) -> str | Rejection:
        """The one number, or why there is none."""
        if not self._numbers:
            return self._refused(NO_NUMBER)
        if fax := [word for word in self._words if is_all(FAX, word)]:
            why = f"names a fax number ({fax[0]}), which cannot be called. Enter a phone number."
            return self._refused(why)
        if len(self._numbers) > 1:
            return self._several()
        if self._notes:
            return self._with_letters()
        return self._holds(self._odd[0]) if self._odd else self._alone(self._numbers[0])

    def _several(self) -> Rejection:
        whole = list(filter(self._counts, self._numbers))
        if self._notes and len(whole) < 2:
            return self._noted()
        if whole or "\n" in self._between:
            return self._ambiguous(self._numbers)
        if sign := next(iter([*self._odd, *self._between]), ""):
            return self._holds(sign)
        return self._refused(
            f"is in pieces ({' and '.join(self._numbers)}), and none is a phone number by itself. "
            "Write one number, with nothing but spaces or hyphens between its digits."
        )

    def _with_letters(self) -> str | Rejection:
        is_bare = len(self._notes) == len(self._words) and not self._between and not self._odd
        spelled = dialled_letters([each for _, each in self._spelled]) if is_bare else None
        number = numbering.parsed(spelled, self._region) if spelled else None
        if spelled is None or number is None or not self._valid(spelled):
            return self._noted()
        # two or three digits (800) stand before the last seven places; more are a number, and the word a note (STOP)
        fits = len(numbering.national(number)) in {9, 10}
        return spelled if fits and numbering.takes_letters(number) else self._noted()

    def _alone(self, number: str) -> str | Rejection:
        """A run of digits and separators, unless it is something else than one number."""
        if is_date(number.strip("()[] "), self._region):
            return self._refused(_DATE)
        whole = without_decimals(number, self._valid)
        if whole is None:
            return fraction(self._text)
        if when := self._when_beside(whole):
            return self._refused(
                f"holds a date or hours beside the number ({when}). Keep the number alone in this cell."
            )
        area = _BEHIND_PLUS.match(whole)
        if area and numbering.split_code(area[1])[1]:
            why = f"begins with + and ({area[1]}), which is not a country code. Write the number like +14155552671."
            return self._refused(why)
        if several := next(self._second_number(whole), None):
            return self._ambiguous(several)
        listed = _LISTED.fullmatch(whole)
        if listed and self._is_place(listed["place"], whole, listed["number"]):
            return self._refused(f'begins with "{listed["place"]}", which is not part of the number. Remove it.')
        return re.sub(r"[/\\]", " ", whole)

    def _when_beside(self, number: str) -> str | None:
        """The first or last group of a run of digits, if it is a date or hours, and what is left a number by itself."""
        first, _, behind = number.partition(" ")
        before, _, last = number.rpartition(" ")
        for group, rest in ((first, behind), (last, before)):
            is_when = _WHEN.fullmatch(group) or is_date(group, self._region)
            if is_when and sum(map(str.isdigit, rest)) >= _SHORTEST and self._counts(rest):
                return group
        return None

    def _is_place(self, place: str, whole: str, number: str) -> bool:
        """Whether digits before a number are its place in a list ("2. 030 1234567", "Tel 2 030 1234567").

        They are none where they are the calling code, or change nothing: 8 029 … is how Belarus dials.
        """
        if int(place.strip("()[].")) == numbering.calling_code(self._region) or not self._counts(number):
            return False
        return not numbering.is_same(whole, number, self._region)

    def _second_number(self, number: str) -> Iterator[list[str]]:
        """The parts of a run of digits that holds more than one number.

        What stands before a slash is an area code (06221/123456), unless it is a number by itself, or what stands
        behind can only be another ending (030 1234567/68).
        """
        for slash in re.finditer(r"[/\\]", number):
            before, behind = number[: slash.start()], number[slash.end() :]
            if not re.search("[0-9]", behind):
                continue
            bare = re.sub(r"[/\\]", " ", before)
            is_ending = len(re.sub("[^0-9]", "", behind)) < 4
            is_one = self._valid(re.sub(r"[/\\]", " ", number)) and (
                self._is_area_code(before, behind) or not self._valid(behind)
            )
            is_another = is_ending or (self._possible(behind) and not is_one)
            if self._valid(bare) or (self._possible(bare) and is_another):
                yield [before.strip(), behind.strip()]
        brackets = _IN_BRACKETS_BEHIND.fullmatch(number)
        if brackets and self._counts(brackets["number"]):
            yield [brackets["number"], brackets["behind"]]
        for gap in re.finditer(r"(?<=[0-9)]) +(?=[(]?0)", number):
            pair = [number[: gap.start()], number[gap.end() :]]
            if all(sum(map(str.isdigit, part)) >= _SHORTEST and self._valid(part) for part in pair):
                yield pair

    def _is_area_code(self, before: str, behind: str) -> bool:
        """Whether 0171 stands before a slash, and digits behind it that nobody would dial without it: no 0 leads them.

        Where there is no area code for local calls, such digits may be valid by themselves; that makes them no number.
        """
        if not numbering.drops_a_zero(numbering.calling_code(self._region)):
            return False
        return _AREA_CODE.fullmatch(before.strip()) is not None and behind.lstrip("( ")[:1] not in {"0", "+"}

    def _valid(self, text: str) -> bool:
        return numbering.is_valid(text, self._region)

    def _possible(self, text: str) -> bool:
        return numbering.is_possible(text, self._region)

    def _counts(self, text: str) -> bool:
        """Whether it would be taken for a number if it stood alone."""
        return self._valid(text) or (not self._strict and self._possible(text))

    def _ambiguous(self, numbers: list[str]) -> Rejection:
        why = f"holds several numbers ({' and '.join(numbers)}). Keep one, or give each a row of its own."
        return self._refused(why, Code.AMBIGUOUS_PHONE)

    def _noted(self) -> Rejection:
        return self._refused(
            f"holds a word that does not belong to a number: {', '.join(self._notes)}. "
            "Keep the number alone in this cell; put notes into a column of their own."
        )

    def _holds(self, sign: str) -> Rejection:
        return self._refused(
            f'holds "{sign if sign.isprintable() else chr(0xFFFD)}", which is not part of a phone number. '
            "Keep one number in this cell, and nothing else."
        )

    def _refused(self, why: str, code: Code = Code.INVALID_PHONE) -> Rejection:
        return Rejection(code, f"{quoted(self._text)} {why}")


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
