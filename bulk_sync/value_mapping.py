"""The value mappings: what a person says that a text in a column means, and the texts that nobody has said it of.

Written `FIELD:TEXT=VALUE`: the field ends at the first colon, the value begins behind the last equals sign, and one
pair of quotation marks around either is left out. A settings file has a table `[values.FIELD]` instead, in which every
text is taken as it stands.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bulk_sync.fields import FIELDS, Reading

MAPPABLE = tuple(name for name, each in FIELDS.items() if each.reading not in {Reading.PHONE, Reading.ID, Reading.TEXT})
"""The fields whose values are words of a vocabulary."""


@dataclass(frozen=True, slots=True, order=True)
class MappedValue:
    """The cells of a field that say `text` mean `value`; "" changes nothing. `place`: where that is said, in words."""

    field: str
    text: str
    value: str
    place: str = dataclasses.field(default="values", compare=False)

    def __str__(self) -> str:
        return f'{self.field}:"{self.text}"={self.value}'


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """A text that the cells of a field say in so many `rows`, and that is not known; `suggested`: a value, perhaps."""

    field: str
    text: str
    rows: int
    code: str
    suggested: str | None = None

    def as_json(self) -> dict[str, object]:
        """The same for machines."""
        return {
            "field": self.field,
            "value": self.text,
            "rows": self.rows,
            "code": self.code,
            "suggested": self.suggested,
        }


def parsed(written: str, place: str = "values") -> MappedValue:
    """`status:"Opt out"=DNC` as a mapping. Raises ValueError with a sentence."""
    name, colon, rest = written.partition(":")
    text, equals, value = rest.rpartition("=")
    if not colon or not equals:
        raise ValueError(f"{written!r} is not FIELD:TEXT=VALUE, like status:STOP=DNC.")
    return _checked(MappedValue(name.strip().lower(), _unquoted(text), _unquoted(value), place))


def of_table(
    table: object, place: Callable[[str, str], str] = lambda _field, _text: "values"
) -> tuple[MappedValue, ...]:
    """The mappings in a table of a table for each field; `place` of a field and a text. Raises ValueError."""
    wanted = 'a table for each field, like [values.status] with "Opt out" = "DNC"'
    if not isinstance(table, Mapping) or not all(isinstance(texts, Mapping) for texts in table.values()):
        raise ValueError(f"it must be {wanted}.")
    found = [(name, text, value) for name, texts in table.items() for text, value in texts.items()]
    if odd := [text for _, text, value in found if not isinstance(text, str) or not isinstance(value, str)]:
        raise ValueError(f"it must be {wanted}, and {odd[0]!r} is given no text in quotes.")
    return tuple(
        _checked(MappedValue(name, text.strip(), value.strip(), place(name, text))) for name, text, value in found
    )


def joined(*groups: Iterable[MappedValue]) -> tuple[MappedValue, ...]:
    """All of these mappings, in one order; of the same field and text the last."""
    return tuple(sorted({(each.field, each.text): each for group in groups for each in group}.values()))


def _checked(mapping: MappedValue) -> MappedValue:
    if mapping.field not in MAPPABLE:
        raise ValueError(f"{mapping.field!r} is not a field with values to map: {', '.join(MAPPABLE)}.")
    if not mapping.text:
        raise ValueError(f"the mapping for {mapping.field} names no text. A blank cell changes nothing, always.")
    return mapping


def _unquoted(text: str) -> str:
    text = text.strip()
    is_quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    return text[1:-1].strip() if is_quoted else text
