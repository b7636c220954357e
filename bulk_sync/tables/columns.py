"""Which column holds which field?

By `--map`, else by header (`synonyms`), else by what the column holds. Where two columns are equally good, nobody
guesses: the error names both and the `--map` that settles it. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bulk_sync.errors import BadInput
from bulk_sync.model import SYNC_COLUMNS, Columns, fold, letter
from bulk_sync.tables.synonyms import FIELDS, field_of

Looks = Mapping[str, Callable[[str], bool]]
"""How a cell looks: `{"phone": …, "status": …, "uuid": …}`, each a test of one cell's text."""

MOSTLY = 0.8
"""The share of a column's cells that must look like a field before the column is taken for it without a header."""

_CHANGES = frozenset({"status", "campaign"})


def described(headers: Sequence[str], position: int) -> str:
    """A column as a message names it: `"Mobile" (column B)`."""
    header = headers[position].strip() if position < len(headers) else ""
    place = f"column {letter(position)}"
    return place if not header or header == letter(position) else f'"{header}" ({place})'


def known_headers(cells: Sequence[str]) -> int:
    """How many of these cells are headers that name a field."""
    return sum(1 for cell in cells if field_of(cell) is not None)


def looks_like_header(cells: Sequence[str], looks: Looks, named: frozenset[str] = frozenset()) -> bool:
    """Whether these cells are headers, and not already the first row of data.

    They are where any of them was named by hand (`named`, folded). A phone number or an ID is no header; a status is
    none either, unless a cell beside it names a field.
    """
    filled = [cell for cell in cells if cell.strip()]
    if any(fold(cell) in named for cell in filled if fold(cell)):
        return True
    if any(looks["phone"](cell) or looks["uuid"](cell) for cell in filled):
        return False
    return bool(known_headers(filled)) or not any(looks["status"](cell) for cell in filled)


def choose(
    headers: Sequence[str], sample: Sequence[Sequence[str]], by_hand: Mapping[str, str], looks: Looks
) -> Columns:
    """The columns to use.

    `sample` is a list of columns, each a list of cells of the first rows. `by_hand` maps a field to the header or
    the letter of its column, or to "" for none. Raises BadInput where no column will do or several would.
    """
    for field in by_hand:
        if field not in FIELDS and not field.startswith("var."):
            raise BadInput(f"--map {field}=…: there is no such field. Fields: {', '.join(FIELDS)}, var.NAME.")
    chosen = {field: find(headers, wanted, field) for field, wanted in by_hand.items()}
    fields = {field: position for field, position in chosen.items() if position is not None}
    free = [at for at, header in enumerate(headers) if at not in fields.values() and not is_ours(header)]
    ties = _by_header(headers, free, fields, set(chosen))
    by_content = _by_content(sample, headers, fields, skip={*chosen, *ties}, looks=looks)
    _refuse_ties(headers, fields, ties)
    _check(headers, fields)
    return Columns(fields, tuple(headers), by_hand=frozenset(chosen), by_content=by_content)


def find(headers: Sequence[str], wanted: str, field: str) -> int | None:
    """The position of the column that `--map FIELD=COLUMN` names: by header, exactly or folded, else by letter."""
    if not wanted.strip():
        return None
    for same in (str.__eq__, lambda a, b: fold(a) == fold(b) and fold(a)):
        found = [at for at, header in enumerate(headers) if same(header, wanted)]
        if len(found) > 1:
            places = " and ".join(letter(at) for at in found)
            raise BadInput(
                f"--map {field}={wanted}: columns {places} have this header. "
                f"Name one by its letter: --map {field}={letter(found[0])}"
            )
        if found:
            return found[0]
    letters = {letter(at): at for at in range(len(headers))}
    if wanted.strip().upper() in letters:
        return letters[wanted.strip().upper()]
    raise BadInput(f"--map {field}={wanted}: the file has no such column. {_what_there_is(headers)}")


def is_ours(header: str) -> bool:
    """Whether a column was added by an earlier run."""
    return header.strip().casefold() in SYNC_COLUMNS


def summary(headers: Sequence[str], columns: Columns) -> str:
    """One line for the person who runs it: which columns were taken and why, and which were left alone."""
    unused = [] if "id" in columns.fields else [field for field in ("name", "timezone") if field not in columns.by_hand]
    taken = [
        f"{field} from {described(headers, at)}{_why(columns, field)}"
        for field, at in columns.fields.items()
        if field not in unused
    ]
    ignored = [described(headers, columns.fields[field]) for field in unused if field in columns.fields]
    line = f"Columns: {', '.join(taken)}."
    if ignored:
        line += f" Left alone, as rows are found by phone: {', '.join(ignored)}; name it with --map to send it."
    if not any(field in _CHANGES or field.startswith("var.") for field in columns.fields) and not columns.by_hand:
        line += " No column holds a status or a campaign; if one does, say which: --map status=COLUMN."
    return line


def _why(columns: Columns, field: str) -> str:
    if field in columns.by_hand:
        return " as --map says"
    return " going by what it holds" if field in columns.by_content else ""


def _by_header(
    headers: Sequence[str], free: list[int], fields: dict[str, int], settled: set[str]
) -> dict[str, list[int]]:
    """Fill `fields` from the headers; what comes back are the fields for which several columns are equally good."""
    best: dict[str, tuple[int, list[int]]] = {}
    for at in free:
        match = field_of(headers[at])
        if match is None or match[0] in settled:
            continue
        field, rank = match
        held = best.get(field)
        if held is None or rank < held[0]:
            best[field] = (rank, [at])
        elif rank == held[0]:
            held[1].append(at)
    order = {field: place for place, field in enumerate(FIELDS)}
    for field in sorted(best, key=lambda name: order.get(name, len(order))):
        if len(best[field][1]) == 1:
            fields[field] = best[field][1][0]
    return {field: places for field, (_, places) in best.items() if len(places) > 1}


def _by_content(
    sample: Sequence[Sequence[str]], headers: Sequence[str], fields: dict[str, int], *, skip: set[str], looks: Looks
) -> frozenset[str]:
    """Fill `fields` from what the columns hold, for those that no header named; what comes back is what was filled."""
    known = set(fields)

    def candidates(test: str) -> list[int]:
        unnamed = (at for at in range(len(sample)) if at not in fields.values() and field_of(headers[at]) is None)
        return [at for at in unnamed if not is_ours(headers[at]) and _mostly(sample[at], looks[test])]

    def settle(field: str, find: Callable[[], list[int]]) -> None:
        if field in fields or field in skip:
            return  # and no column is looked at: most files name their columns
        found = find()
        if len(found) > 1:
            raise BadInput(_tie(headers, field, found))
        if found:
            fields[field] = found[0]

    if "id" not in fields:
        settle("phone", lambda: candidates("phone"))
    settle("status", lambda: candidates("status"))
    if "phone" not in fields:
        settle("id", lambda: [at for at in candidates("uuid") if not _repeats(sample[at])])
    settle(
        "campaign",
        lambda: [at for at in candidates("uuid") if _repeats(sample[at]) or _says_nothing(headers[at])],
    )
    return frozenset(set(fields) - known)


def _mostly(cells: Sequence[str], looks_so: Callable[[str], bool]) -> bool:
    filled = [cell for cell in cells if cell.strip()]
    return bool(filled) and sum(map(looks_so, filled)) >= MOSTLY * len(filled)


def _repeats(cells: Sequence[str]) -> bool:
    """Many rows share a campaign; a contact's ID, or a foreign system's, stands once."""
    filled = [cell.strip().casefold() for cell in cells if cell.strip()]
    return len(set(filled)) < len(filled)


def _says_nothing(header: str) -> bool:
    """Whether a header is none: blank, a bare letter or number, "col3", "Unnamed: 2"."""
    return fold(header).rstrip("0123456789") in {"", "col", "column", "field", "unnamed"} or len(header.strip()) == 1


def _refuse_ties(headers: Sequence[str], fields: dict[str, int], ties: dict[str, list[int]]) -> None:
    """A tie matters only for a field that will be used: names and time zones mean nothing in rows found by phone."""
    for field, places in ties.items():
        if field in {"name", "timezone"} and "id" not in fields and "id" not in ties:
            continue
        raise BadInput(_tie(headers, field, places))


def _tie(headers: Sequence[str], field: str, places: Sequence[int]) -> str:
    names = " and ".join(described(headers, at) for at in places)
    header = headers[places[0]].strip()
    unique = header and sum(fold(other) == fold(header) for other in headers) == 1
    wanted = header if unique else letter(places[0])
    example = f'"{field}={wanted}"' if " " in wanted else f"{field}={wanted}"
    return f"{names} could each hold the {field}, and nobody should guess. Say which: --map {example}"


def _check(headers: Sequence[str], fields: dict[str, int]) -> None:
    if "phone" not in fields and "id" not in fields:
        raise BadInput(
            "No column holds phone numbers or contact IDs. Say which one does: --map phone=COLUMN. "
            + _what_there_is(headers)
        )


def _what_there_is(headers: Sequence[str], most: int = 20) -> str:
    names = [described(headers, at) for at in range(min(len(headers), most))]
    more = f" and {len(headers) - most} more" if len(headers) > most else ""
    return f"The file has: {', '.join(names)}{more}." if names else "The file has no columns."
