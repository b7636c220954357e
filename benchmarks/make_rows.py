"""Which rows do the benchmarks read? Realistic messy ones, the same for the same arguments.

    python benchmarks/make_rows.py ROWS OUT.csv|OUT.xlsx [--duplicates 0.10] [--seed 7]

Columns: phone, status, campaign, name, city, note, ext_id. About 70 % US spellings, the rest GB, MX, ES and BR,
3 % junk, 10 % repeated numbers; statuses and campaign IDs are valid ones.
"""

from __future__ import annotations

import argparse
import csv
import random
from pathlib import Path

import phonenumbers

STATUSES = [
    *(
        "active",
        "paused",
        "fulfilled",
        "DNC",
        "not-interested",
        "not-answering",
        "wrong-number",
        "Do Not Call",
        "Paused",
    )
]
CAMPAIGNS = [f"550e8400-e29b-41d4-a716-4466554400{number:02d}" for number in range(40)] + [""] * 20
NAMES = ["Ana", "John", "Maria", "José", "Wei", "Fatima", "O'Neil, Pat", "Zoë", "Luis", "Kim"]
JUNK = [
    *("", "N/A", "unknown", "-", "none", "555-1234", "000-000-0000", "12345", "call me", "+", "test@example.com"),
    *("(415) 555-26", "1-800-FLOWERS", "123456789012345678", "+999 123456", "0", "415-555-2671 / 415-555-2672"),
    *("tel:+1-415-555-2671", "4.15556E+09", "'+14155552671", "(000) 000-0000"),
]
HEADER = ["phone", "status", "campaign", "name", "city", "note", "ext_id"]
MOST_REPEATED = 300_000


class Rows:
    """Rows, one after the other; some phones are those of rows before."""

    def __init__(self, seed: int, duplicates: float) -> None:
        self.random, self.duplicates, self.seen = random.Random(seed), duplicates, []
        self.areas = [area for area in range(201, 990) if _is_american(area)]

    def digits(self, count: int) -> str:
        """So many digits."""
        return "".join(self.random.choice("0123456789") for _ in range(count))

    def american(self) -> str:
        """A number of the United States, in one of its spellings."""
        r, k = self.random, self.random.random()
        exchange = r.randint(200, 999)
        a, b = str(r.choice(self.areas)), f"{exchange + (exchange % 100 == 11)}"
        c = f"{r.randint(0, 9999):04d}"
        spellings = (
            (0.28, f"({a}) {b}-{c}"),
            (0.42, f"{a}-{b}-{c}"),
            (0.54, f"{a}.{b}.{c}"),
            (0.70, a + b + c),
            (0.80, f"+1 {a} {b} {c}"),
            (0.88, f"1{a}{b}{c}"),
            (0.93, f"+1{a}{b}{c}"),
            (0.955, f"1-{a}-{b}-{c}"),
            (0.97, f"({a}) {b}-{c} ext. {r.randint(1, 9999)}"),
            (0.98, f"{a}-{b}-{c} x{r.randint(1, 999)}"),
            (0.99, f" {a} {b} {c} "),
        )
        return next((text for limit, text in spellings if k < limit), f"+1 ({a}) {b}\u2011{c}")

    def abroad(self) -> str:
        """A number of another country."""
        r, k = self.random, self.random.random()
        gb = "7" + r.choice("45789") + self.digits(8)
        mx = r.choice(["55", "33", "81"]) + r.choice("123456789") + self.digits(7)
        es = r.choice("67") + r.choice("1234567") + self.digits(7)
        br = r.choice(["11", "21", "31", "41", "51", "61", "71", "81"]) + "9" + r.choice("6789") + self.digits(7)
        return r.choice(
            [
                *(f"+44 {gb[:4]} {gb[4:]}", f"+44{gb}", f"+44 (0) {gb[:4]} {gb[4:]}"),
                *(f"+52 {mx[:2]} {mx[2:6]} {mx[6:]}", f"+52{mx}", f"+34 {es[:3]} {es[3:6]} {es[6:]}", f"+34{es}"),
                *(f"+55 ({br[:2]}) {br[2:7]}-{br[7:]}", f"+55{br}"),
                f"011 44 {gb}" if k < 0.5 else f"+55 {br[:2]} {br[2:7]} {br[7:]}",
            ]
        )

    def phone(self) -> str:
        """A cell of the column phone."""
        if self.seen and self.random.random() < self.duplicates:
            return self.random.choice(self.seen)
        k = self.random.random()
        if k < 0.03:
            if self.random.random() < 0.6:
                return self.random.choice(JUNK)
            return self.digits(self.random.randint(4, 15))
        number = self.american() if k < 0.73 else self.abroad()
        if len(self.seen) < MOST_REPEATED:
            self.seen.append(number)
        return number

    def row(self, number: int) -> list[str]:
        """The row of this number, from 0."""
        r = self.random
        return [
            self.phone(),
            r.choice(STATUSES),
            r.choice(CAMPAIGNS),
            f"{r.choice(NAMES)} {r.choice(NAMES)}",
            f"City {r.randrange(5000)}",
            f"note text {self.digits(6)}",
            f"id-{number:08d}",
        ]


def _is_american(area: int) -> bool:
    number = phonenumbers.PhoneNumber(country_code=1, national_number=int(f"{area}5552671"))
    return phonenumbers.region_code_for_number(number) == "US"


def make(count: int, out: Path, duplicates: float = 0.10, seed: int = 7) -> Path:
    """Write a file of so many rows."""
    rows = Rows(seed, duplicates)
    if out.suffix == ".xlsx":
        import openpyxl  # noqa: PLC0415  # only for workbooks

        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet("contacts")
        sheet.append(HEADER)
        for number in range(count):
            sheet.append(rows.row(number))
        book.save(out)
        return out
    with out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(rows.row(number) for number in range(count))
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=int)
    parser.add_argument("out", type=Path)
    parser.add_argument("--duplicates", type=float, default=0.10)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    make(given.rows, given.out, given.duplicates, given.seed)


if __name__ == "__main__":
    main()
