"""Files of many kinds, options and sequences of commands: what `benchmarks/parity.py` and `test_golden` play."""

from __future__ import annotations

import random
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parents[1]
PHONES = [f"+1415555{number:04d}" for number in range(100, 160)]
SPRING = "550e8400-e29b-41d4-a716-446655440000"

OPTIONS: tuple[tuple[str, ...], ...] = (
    (),
    ("--dry-run",),
    ("--dry-run", "--offline", "--region", "DE"),
    ("--only-changed",),
    ("--on-conflict", "last", "--order", "file"),
    ("--on-conflict", "error", "--phone-check", "possible"),
    ("--create-missing", SPRING, "--region", "GB"),
    ("-o", "out.xlsx", "--variables", "replace"),
)

RESULTS = "{stem}.results{suffix}"
SEQUENCES: dict[str, tuple[tuple[str, ...], ...]] = {
    "again": (("{file}",), ("{file}",)),
    "limited, then resumed": (("{file}", "--max-writes", "2"), ("resume", "--max-writes", "100")),
    "limited, then the same": (("{file}", "--max-writes", "2"), ("{file}",)),
    "retried": (("{file}", "--max-writes", "1"), ("retry", RESULTS)),
    "undone": (("{file}", "--only-changed"), ("undo", "{run}"), ("undo", "{run}", "--yes")),
    "undone in part": (("{file}", "--only-changed", "--max-writes", "2"), ("undo", "{run}", "--yes")),
    "on the list": (("dnc", "add", "{file}"), ("{file}", "--fresh"), ("dnc", "check", "{file}")),
    "of the past": (("{file}",), ("history",), ("history", "{run}", "--json")),
}

STATUSES = ("DNC", "dnc", "paused", "Active", "not interested", "nonsense", "", "fulfilled", "do not call", "opted-out")
CELLS = (
    "{p}", "{p}", "{p}", "{p}", "({a}) {b}-{c}", "{a}.{b}.{c}", "{a}{b}{c}", "1{a}{b}{c}", "tel:{p}", "{p} x12",
    "{p} Bob", "'{p}", "{a}{b}{c}.0", "1.4155550101E+10", "{p} / 2", "26.11.2026", "", " ", "n/a",
    "0044 20 7946 0958", "12345", "{p}\n{p}",
)  # fmt: skip
HEADS = (
    ("phone", "status", "note"),
    ("Teléfono", "Estado", "Notas"),
    ("Name", "Mobile", "Outcome", "Campaign", "Country"),
    ("id", "phone", "status", "var.plan"),
    ("A", "Column1", ""),
)


class Case(NamedTuple):
    """A file by its name and bytes, and the commands that follow each other; `title` is for people."""

    title: str
    name: str
    content: bytes
    commands: tuple[tuple[str, ...], ...]


def files() -> list[tuple[str, bytes]]:
    """The samples, the files that go wrong, and messy ones that are always the same."""
    found = [*(HERE / "samples").iterdir(), *(HERE / "tests/right_person/data").iterdir()]
    kept = [(path.name, path.read_bytes()) for path in sorted(found) if path.suffix in {".csv", ".xlsx", ".xls"}]
    return [*kept, *(messy(number) for number in range(36))]


def messy(number: int) -> tuple[str, bytes]:
    """A small text file such as people have; `number` decides everything."""
    chance = random.Random(number)
    delimiter, end = chance.choice(",,,;\t|"), chance.choice(("\n", "\r\n", "\r"))
    encoding = chance.choice(("utf-8", "utf-8-sig", "cp1252", "utf-16"))
    head = chance.choice(HEADS)
    lines = [delimiter.join(head)] if chance.random() < 0.9 else []
    if chance.random() < 0.2:
        lines.insert(0, "Export of 26 November" + delimiter * (len(head) - 1))
    for row in range(chance.randrange(1, 25)):
        cells = [_cell(name.casefold(), chance, row) for name in head]
        if chance.random() < 0.1:
            cells += [chance.choice(("", "x"))]
        lines.append(delimiter.join(_quoted(cell, delimiter, chance) for cell in cells))
        if chance.random() < 0.05:
            lines.append(chance.choice(("", delimiter * (len(head) - 1), "# a remark", '"')))
    text = end.join(lines) + (end if chance.random() < 0.8 else "")
    return f"messy{number}.csv", text.encode(encoding, errors="replace")


def _cell(name: str, chance: random.Random, row: int) -> str:
    phone = chance.choice(PHONES)
    parts = {"p": phone, "a": phone[2:5], "b": phone[5:8], "c": phone[8:]}
    if name in {"phone", "teléfono", "mobile", "a"}:
        return chance.choice(CELLS).format(**parts)
    if name in {"status", "estado", "outcome", "column1"}:
        return chance.choice(STATUSES)
    plain = {"campaign": (SPRING, "", "", "Spring Outreach", "Nobody's"), "country": ("US", "", "España", "Atlantis")}
    if name == "id":
        return chance.choice(("", f"00000000-0000-4000-8000-{row:012d}", "not an id"))
    return chance.choice(plain.get(name, ("", "Zoë", 'said "no"', "a, b", "=1+1", "two\nlines")))


def _quoted(cell: str, delimiter: str, chance: random.Random) -> str:
    needs = any(sign in cell for sign in (delimiter, '"', "\n", "\r"))
    if needs or chance.random() < 0.1:
        return cell if chance.random() < 0.02 else '"' + cell.replace('"', '""') + '"'
    return cell


def cases() -> list[Case]:
    """All of them: each file with each choice of options, and the sequences with a few files."""
    everything = files()
    found = [
        Case(f"{name} {' '.join(options)}".strip(), name, content, (("{file}", *options),))
        for name, content in everything
        for options in OPTIONS
    ]
    few = {"contacts.csv", "by-id.csv", "contacts.xlsx", "messy3.csv", "messy7.csv"}
    for name, content in everything:
        if name in few:
            found += [Case(f"{name}: {title}", name, content, steps) for title, steps in SEQUENCES.items()]
    return found
