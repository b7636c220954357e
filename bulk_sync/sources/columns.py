"""The choice of columns: which of them holds which field.

By `--map`, else by header (`synonyms`), else, under a header that says nothing, by what the column holds. A header that
means something else is believed: owners' IDs are no campaigns. Where two columns are equally good, nobody guesses: the
error names both and the `--map` that settles it. Pure.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bulk_sync.do_not_call import MEANINGS
from bulk_sync.errors import BadInput
from bulk_sync.fields import FIELDS, unused_fields
from bulk_sync.model import SYNC_COLUMNS, Columns, fold, letter
from bulk_sync.sources.synonyms import MOSTLY, field_of, is_left_out, named_by, says_nothing, share

Looks = Mapping[str, Callable[[str], bool]]
"""How a cell looks: `{"phone": …, "status": …, "uuid": …, "code": …, "country": …}`, each a test of one cell's text.

`phone` is true of a cell that holds several numbers, too.
"""

_A_RIVAL = 0.2
"""The share from which on a column is as good as another under a header that says nothing: reading better is no sign
of being meant."""

_OF_COUNTRIES = ("country", "countryregion", "pais", "pays", "paese", "kraj")
"""How the heads of columns end that hold some country: Mailing Country, Business Country/Region."""

_CHANGES = frozenset({"status", "campaign"})


class NoContacts(BadInput):
    """No column names contacts."""


def described(headers: Sequence[str], position: int) -> str:
    """A column as a message names it: `"Mobile" (column B)`."""
    header = headers[position].strip() if position < len(headers) else ""
    place = f"column {letter(position)}"
    return place if not header or header == letter(position) else f'"{header}" ({place})'


def known_headers(cells: Sequence[str]) -> frozenset[str]:
    """The fields that these cells name as headers."""
    return frozenset(match[0] for match in map(field_of, cells) if match is not None)


def looks_like_header(cells: Sequence[str], looks: Looks) -> bool:
    """Whether these cells may be headers, and not already a row of data.

    A phone number or an ID is no header; a status is none either, unless a cell beside it names a field.
    """
    filled = [cell for cell in cells if cell.strip()]
    if any(looks["phone"](cell) or looks["uuid"](cell) for cell in filled):
        return False
    return bool(known_headers(filled)) or not any(looks["status"](cell) for cell in filled)


def choose(
    headers: Sequence[str],
    sample: Sequence[Sequence[str]],
    by_hand: Mapping[str, str],
    looks: Looks,
    is_blank: Callable[[int], bool] = lambda _: True,
) -> Columns:
    """The columns to use.

    `sample` is a list of columns, each a list of cells of the first rows; `is_blank` says of a column that is blank
    there whether it is so to its end. `by_hand` maps a field to the header or the letter of its column, or to "" for
    none. Raises BadInput where no column will do or several would.
    """
    for field in by_hand:
        if field not in FIELDS and not field.startswith("var."):
            raise BadInput(f"--map {field}=…: there is no such field. Fields: {', '.join(FIELDS)}, var.NAME.")
    chosen = {field: find(headers, wanted, field) for field, wanted in by_hand.items()}
    fields = {field: position for field, position in chosen.items() if position is not None}
    free = [at for at, header in enumerate(headers) if at not in fields.values() and not is_ours(header)]
    named = {at: named_by(headers[at], sample[at], looks) for at in free}
    found = _Found(headers, sample, is_blank, fields)
    found.by_header({at: match for at, match in named.items() if match is not None and match[0] not in chosen})
    by_content = found.by_content([at for at in free if named[at] is None], skip=set(chosen), looks=looks)
    found.refuse_ties()
    found.check(looks, by_hand=frozenset(chosen))
    return Columns(
        fields, tuple(headers), by_hand=frozenset(chosen), by_content=by_content, passed_over=found.passed_over
    )


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
    unsent = unused_fields(columns)
    taken = [
        f"{field} from {described(headers, at)}{_why(columns, field)}"
        for field, at in columns.fields.items()
        if field not in unsent
    ]
    line = f"Columns: {', '.join(taken)}."
    ignored = [field for field in FIELDS if field in unsent and field in columns.fields]
    if ignored:
        names = ", ".join(described(headers, columns.fields[field]) for field in ignored)
        options = " ".join(_option(headers, field, columns.fields[field]) for field in ignored)
        line += f" Not sent: {names}. To send {'it' if len(ignored) == 1 else 'them'}, add {options}."
    if columns.passed_over:
        others = ", ".join(described(headers, at) for at in columns.passed_over)
        line += f" Phone numbers that are not used: {others}."
    unused = [at for at in range(len(headers)) if at not in columns.fields.values()]
    never = [at for at in unused if any(meaning in fold(headers[at]) for meaning in MEANINGS)]
    if names := ", ".join(described(headers, at) for at in never):
        line += f" Not used: {names}. If it says who must not be called, write DNC into the status of those rows."
    countries = [at for at in unused if fold(headers[at]).endswith(_OF_COUNTRIES)]
    if countries and not {*columns.fields, *columns.by_hand} & {"country", "code"}:
        names = ", ".join(described(headers, at) for at in countries)
        line += (
            f" Not used: {names}. If it is the country of the numbers, add {_option(headers, 'country', countries[0])}."
        )
    if not any(field in _CHANGES or field.startswith("var.") for field in columns.fields) and not columns.by_hand:
        line += " No column holds a status or a campaign; if one does, say which: --map status=COLUMN."
    return line


def _why(columns: Columns, field: str) -> str:
    if field in columns.by_hand:
        return " as --map says"
    return " going by what it holds" if field in columns.by_content else ""


@dataclass
class _Found:
    """The columns found so far, in `fields`; `ties` are the fields for which several columns are equally good."""

    headers: Sequence[str]
    sample: Sequence[Sequence[str]]
    is_blank: Callable[[int], bool]
    fields: dict[str, int]
    ties: dict[str, list[int]] = dataclasses.field(default_factory=dict)
    passed_over: tuple[int, ...] = ()

    def by_header(self, named: Mapping[int, tuple[str, int]]) -> None:
        """Take the best column of each field. A blank column is no rival of one that is not."""
        rivals: dict[str, list[tuple[int, int]]] = {field: [] for field in FIELDS}
        for at, (field, rank) in named.items():
            rivals.setdefault(field, []).append((rank, at))
        for field, all_ranked in rivals.items():
            if not all_ranked:
                continue
            is_rival = len(all_ranked) > 1
            ranked = [(rank, at) for rank, at in all_ranked if not (is_rival and self._blank(at))] or all_ranked[:1]
            best = [at for rank, at in ranked if rank == min(ranked)[0]]
            if len(best) > 1:
                self.ties[field] = best
            else:
                self.fields[field] = best[0]
            if field == "phone":
                self.passed_over = tuple(at for _, at in ranked if at not in best)

    def by_content(self, free: Sequence[int], *, skip: set[str], looks: Looks) -> frozenset[str]:
        """Take columns whose headers say nothing for what they hold, where no header named one; the fields of those."""
        known = set(self.fields)
        unnamed = [at for at in free if says_nothing(self.headers[at]) or self.headers[at] == letter(at)]

        def settle(field: str, test: str, fits: Callable[[Sequence[str]], bool] = bool) -> None:
            if field in self.fields or field in skip or field in self.ties:
                return  # and no column is looked at: most files name their columns
            shares = {at: share(self.sample[at], looks[test]) for at in unnamed if at not in self.fields.values()}
            rivals = [at for at, much in shares.items() if much >= _A_RIVAL and fits(self.sample[at])]
            if not any(shares[at] >= MOSTLY for at in rivals):
                return
            if len(rivals) > 1:
                raise BadInput(_tie(self.headers, field, rivals))
            self.fields[field] = rivals[0]

        if "id" not in self.fields:
            settle("phone", "phone")
        settle("status", "status")
        if "phone" not in self.fields:
            settle("id", "uuid", lambda cells: not _repeats(cells))
        settle("campaign", "uuid", _repeats)
        return frozenset(set(self.fields) - known)

    def refuse_ties(self) -> None:
        """A tie matters only for a field that will be used: names and time zones mean nothing in rows found by phone.

        Raises BadInput.
        """
        for field, places in self.ties.items():
            if field in FIELDS and FIELDS[field].by_id_only and "id" not in self.fields and "id" not in self.ties:
                continue
            raise BadInput(_tie(self.headers, field, places))

    def check(self, looks: Looks, by_hand: frozenset[str]) -> None:
        """Raise BadInput where no column names contacts, or the numbers of the one that does are not whole."""
        if "phone" not in self.fields and "id" not in self.fields:
            if (whole := next(filter(self._holds_rows, range(len(self.headers))), None)) is not None:
                raise BadInput(
                    f"{described(self.headers, whole)} holds whole rows in single cells. Take away the quotation marks "
                    'around the lines, or the "sep=" line or --delimiter that does not fit; or split the column in a '
                    "spreadsheet program (Data, Text to Columns), and save that."
                )
            raise NoContacts(
                "No column is known to hold phone numbers or contact IDs. Say which one does: --map phone=COLUMN. "
                + _what_there_is(self.headers)
                + self._perhaps(looks)
            )
        if "phone" not in self.fields or "phone" in by_hand:
            return
        phone = self.fields["phone"]
        for at, header in enumerate(self.headers):
            if at not in self.fields.values() and is_left_out(header, self.sample[at], self.sample[phone]):
                raise BadInput(
                    f"{described(self.headers, at)} holds area codes, and the numbers in "
                    f"{described(self.headers, phone)} are without them. Put both into one column, the area code "
                    f"first. If the numbers are whole as they are, add {_option(self.headers, 'phone', phone)}."
                )

    def _holds_rows(self, at: int) -> bool:
        """Whether the header of a column is a row of headers: each line of the file is one cell."""
        rows = (known_headers(self.headers[at].split(delimiter)) for delimiter in ",;|\t")
        return any(len(fields) > 1 and fields & {"phone", "id"} for fields in rows)

    def _perhaps(self, looks: Looks) -> str:
        """Advice where a column holds phone numbers under a header that does not say so."""
        found = [at for at, cells in enumerate(self.sample) if share(cells, looks["phone"]) >= MOSTLY]
        found = [at for at in found if not is_ours(self.headers[at]) and field_of(self.headers[at]) is None]
        options = " or ".join(_option(self.headers, "phone", at) for at in found)
        return f" If these are the contacts' own numbers: {options}." if found else ""

    def _blank(self, at: int) -> bool:
        return not any(cell.strip() for cell in self.sample[at]) and self.is_blank(at)


def _repeats(cells: Sequence[str]) -> bool:
    """Many rows share a campaign; a contact's ID, or a foreign system's, stands once."""
    filled = [cell.strip().casefold() for cell in cells if cell.strip()]
    return len(set(filled)) < len(filled)


def _tie(headers: Sequence[str], field: str, places: Sequence[int]) -> str:
    names = " and ".join(described(headers, at) for at in places)
    many = {2: "Two", 3: "Three"}.get(len(places), str(len(places)))
    what = FIELDS[field].holds if field in FIELDS else f"the variable {field[4:]}"
    return f"{many} columns look like {what}: {names}. Choose one: {_option(headers, field, places[0])}"


def _option(headers: Sequence[str], field: str, at: int) -> str:
    """The `--map` that takes a field from a column: by its header, or where that is not unique or safe, by letter."""
    header = headers[at].strip() if at < len(headers) else ""
    is_unique = bool(header) and sum(fold(other) == fold(header) for other in headers) == 1
    is_plain = is_unique and header.isprintable() and not set(header) & set('"\\`$!%')
    wanted = header if is_plain else letter(at)
    return f"--map {field}={wanted}" if wanted.replace("_", "").isalnum() else f'--map "{field}={wanted}"'


def _what_there_is(headers: Sequence[str], most: int = 20) -> str:
    names = [described(headers, at) for at in range(min(len(headers), most))]
    more = f" and {len(headers) - most} more" if len(headers) > most else ""
    return f"The file has: {', '.join(names)}{more}." if names else "The file has no columns."
