"""How is what runs have in common written down and read again? As JSON, object by object. Pure.

What is written are the attributes that an object has; what is read is put into an object that was made anew, where that
has such an attribute. So an attribute that comes or goes with a version of the program does no harm, and no class is
made that is not on the list below: nothing in the file can be run.
"""

from __future__ import annotations

import dataclasses
import json
from array import array
from base64 import b64decode, b64encode
from collections import deque
from typing import TYPE_CHECKING

from bulk_sync.send.rate import Rate
from bulk_sync.send.sharing.commons import Ceiling, Lease, Member
from bulk_sync.send.sliding_log import SlidingLog
from bulk_sync.send.standing import Sighting

if TYPE_CHECKING:
    from collections.abc import Callable

    from bulk_sync.send.sharing.commons import Commons

VERSION = 2
"""Of the file's form. A file of another version counts as none."""

_VALUES: dict[str, Callable[..., object]] = {each.__name__: each for each in (Ceiling, Lease, Member, Rate, Sighting)}
"""What is made from its fields."""

_PLAIN = (str, bool, int, float, type(None))
_CLASS, _ITEMS, _MOMENTS, _MOST = "class", "items", "moments", "most"


def written(commons: Commons, about: dict[str, object]) -> str:
    """The text of the file. `about`: when and where it was written, in plain values."""
    return json.dumps({"version": VERSION, "about": about, "commons": _taken(commons)}, separators=(",", ":"))


def read(text: str, fresh: Commons) -> dict[str, object] | None:
    """Put what the text holds into `fresh`; what it says about itself.

    None: it cannot be read, and `fresh` is spoiled.
    """
    try:
        data = json.loads(text)
        if data["version"] != VERSION or not isinstance(data["about"], dict):
            return None
        _fill(fresh, data["commons"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return dict(data["about"])


def _taken(value: object) -> object:
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, list):
        return [_taken(each) for each in value]
    name = type(value).__name__
    if name in _VALUES:
        return {_CLASS: name, _ITEMS: {each: _taken(getattr(value, each)) for each in _fields(type(value))}}
    if isinstance(value, deque):
        if value and isinstance(value[0], float):  # moments, by the thousand, several times a second
            return {_CLASS: name, _MOMENTS: b64encode(array("d", list(value))).decode(), _MOST: value.maxlen}
        return {_CLASS: name, _ITEMS: [_taken(each) for each in value], _MOST: value.maxlen}
    if isinstance(value, tuple):
        return {_CLASS: name, _ITEMS: [_taken(each) for each in value]}
    if isinstance(value, dict):
        return {_CLASS: name, _ITEMS: [[key, _taken(each)] for key, each in value.items()]}  # JSON's keys are texts
    return {_CLASS: name, _ITEMS: {key: _taken(each) for key, each in vars(value).items()}}


def _fields(kind: object) -> tuple[str, ...]:
    """The names of the fields of one of `_VALUES`: a named tuple, or a dataclass."""
    if kind is Sighting:
        return Sighting._fields
    return tuple(each.name for each in dataclasses.fields(kind))  # type: ignore[arg-type]  # all others are dataclasses


def _fill(fresh: object, data: dict[str, object]) -> None:
    """Give `fresh` the attributes that `data` has and it has too."""
    if data[_CLASS] != type(fresh).__name__:
        raise TypeError(data[_CLASS])
    items = data[_ITEMS]
    for name, now in vars(fresh).items():
        if isinstance(items, dict) and name in items:
            setattr(fresh, name, _restored(items[name], now))


def _restored(data: object, now: object) -> object:
    """What `data` stands for; `now` is what stands in its place in an object that was made anew."""
    if isinstance(data, list):
        return [_restored(each, None) for each in data]
    if not isinstance(data, dict):
        return data
    name = data[_CLASS]
    if _MOMENTS in data:
        return deque(array("d", b64decode(data[_MOMENTS])), data[_MOST])
    items = data[_ITEMS]
    if name == "deque":
        return deque((_restored(each, None) for each in items), data[_MOST])
    if name == "tuple":
        return tuple(_restored(each, None) for each in items)
    if name == "dict":
        return {key: _restored(each, None) for key, each in items}
    if name in _VALUES:
        make = _VALUES[name]
        known = set(_fields(make))
        return make(**{key: _restored(each, None) for key, each in items.items() if key in known})
    fresh = SlidingLog(1) if now is None and name == SlidingLog.__name__ else now
    _fill(fresh, data)
    return fresh
