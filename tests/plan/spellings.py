"""Phone cells as people, programs and spreadsheets write them, from the example numbers of every country."""

import random

import phonenumbers
from phonenumbers import COUNTRY_CODES_FOR_NON_GEO_REGIONS, PhoneMetadata, PhoneNumberType

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)

_BEFORE = " |(|'|\u2018|tel:|call |=\"|*|#|x|/|or |+|e|\t|\u202a|\u200b|\0"
_BEHIND = '.|.0|.00|0.0|.0)|.0.0|,|;|/|"|-|_| #| x12| ext. 5|, ext 4|ext 123|#4| extension 9| x1234567| x5.0|x0|x| e'
BEFORE, BEHIND = _BEFORE.split("|"), [" ", ".0 ", "e5", "E+1", "\n", "\u200b", "\0", *_BEHIND.split("|")]
BETWEEN = (" ", "-", ".", "(", ")", "  ", " (", ") ", "\u00a0", "\u2011", "\u2013", "\u2212", "\u30fc", "/", "\uff0d")
ODDITIES = (
    *("26.11.2026", "2026-11-26", "26/11/26", "11/2026", "2026-11-26T14:30", "12-11-2026 9:05", "26.11.26"),
    *("1.4155552691E+10", "4,9151123456789E+13", "4.9151E+11", "301234567.5", "4155552671.25", "030 1234567.00"),
    *("1-800-FLOWERS", "1-800-555-TELL", "0800 FLOWERS", "1300 FLOWER", "030 DNC", "\ud800"),
)
"""What is no number, or one in a form of its own, whatever the country."""

NOTES = (
    *("DNC", "Max", "Fax", "mobile", "privat", "Tel.", "casa", "(m)", "App. 12", "DW 3", "int. 4", "ramal 5", "x", "?"),
    *("(9-17)", "/68", "/8", "u. 57", "und", "& 12", "y 13", ";", ":::", "\n5", "(12)", "*", "1)", "2. ", "+", "(0)"),
    *("26.11.26", "26.11.", "2026-11-26", "9-17", "+(", "+ ("),
)
"""What stands beside a number, in front of it or behind."""

SEPARATORS = (" / ", "/", ";", ", ", " or ", " und ", " u. ", " & ", " y ", " e ", " et ", " ::: ", "\n", " 0", " ")

_PREFIXES = "+ + 00 011 0 1 8 90 01 06 015 180020 home abroad +0 cc0 own own own(0) twice +twice 0own"
PREFIXES = ["", "", *_PREFIXES.split()]


def examples():
    """(region, number) for every region and type of number, numbers that are not valid among them."""
    kinds = sorted(PhoneNumberType.values())
    for region in REGIONS:
        found = [phonenumbers.example_number_for_type(region, kind) for kind in kinds]
        found.append(phonenumbers.invalid_example_number(region))
        yield from ((region, number) for number in found if number is not None)
    for code in sorted(COUNTRY_CODES_FOR_NON_GEO_REGIONS):
        yield "US", phonenumbers.example_number_for_non_geo_entity(code)


class Spellings:
    """Draws (cell, region), the same for the same seed; about half of the numbers were tampered with."""

    def __init__(self, seed):
        self._random = random.Random(seed)
        self._examples = list(examples())

    def one(self):
        draw = self._random
        if draw.random() < 0.1:
            return self._noise(), draw.choice([*REGIONS, *[None] * 20])
        if draw.random() < 0.03:
            return self._dressed(draw.choice(ODDITIES)), draw.choice([*REGIONS, *["LV", "DE", "US", None] * 20])
        region, number = draw.choice(self._examples)
        home = draw.choice([region, region, region, "US", None, draw.choice(REGIONS)])
        national = phonenumbers.national_significant_number(number)
        if draw.random() < 0.5:
            national = self._tampered(national)
        return self._dressed(self._prefixed(national, str(number.country_code), home)), home

    def _noise(self):
        digits = "".join(self._random.choice("0123456789") for _ in range(self._random.randint(0, 22)))
        return self._random.choice(["", "+"]) + digits

    def _tampered(self, national):
        digits = list(national)
        for _ in range(self._random.randint(1, 4)):
            at, kind = self._random.randrange(len(digits)), self._random.random()
            if kind < 0.6:
                digits[at] = self._random.choice("0123456789")
            elif kind < 0.8:
                digits.insert(at, self._random.choice("0123456789"))
            elif len(digits) > 3:
                del digits[at]
        return "".join(digits)

    def _prefixed(self, national, code, home):
        rules = PhoneMetadata.metadata_for_region(home, None) if home else None
        prefix = self._random.choice(PREFIXES)
        match prefix:
            case "home":
                return f"{(rules and rules.national_prefix) or '0'}{national}"
            case "abroad":
                idd = rules.international_prefix if rules and rules.international_prefix.isdigit() else "0011"
                return f"{idd}{code}{national}"
            case "+0":
                return f"+{code} (0) {national}"
            case "cc0":
                return f"{code}0{national}"
            case "own":
                return f"{code}{national}"
            case "own(0)":
                return f"{code} (0){national}"
            case "twice" | "+twice":
                return f"{'+' if prefix == '+twice' else ''}{code}{code}{national}"
            case "0own":
                return f"0{code}{national}"
            case "+" | "00" | "011":
                return f"{prefix}{code}{national}"
            case _:
                return f"{prefix}{self._random.choice(['', code])}{national}"

    def _dressed(self, text):
        draw = self._random
        if draw.random() < 0.4:
            text = "".join(f"{each}{draw.choice(BETWEEN) if draw.random() < 0.25 else ''}" for each in text)
        if draw.random() < 0.1:
            text = draw.choice(BEFORE) + text
        if draw.random() < 0.2:
            text += draw.choice(BEHIND)
        if draw.random() < 0.05:
            note = draw.choice(NOTES)
            text = draw.choice([f"{text}{note}", f"{text} {note}", f"{note} {text}"])
        if draw.random() < 0.03:
            text = f"{text}{draw.choice(SEPARATORS)}{draw.choice(self._examples)[1].national_number}"
        if draw.random() < 0.01:
            text = "".join(chr(ord(each) + 0xFEE0) if each.isdecimal() and each.isascii() else each for each in text)
        return text
