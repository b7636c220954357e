"""Text as a person may safely read it: without what a terminal obeys and what turns the order of letters round.

File names, headers, sheet names and the API's words come from strangers. An escape sequence among them could wipe the
screen or forge a line of ours; a direction mark could make `gnp.exe` of a name (Unicode Technical Report 36).
"""

from __future__ import annotations

import json
import os
import re
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls: C0 but tab and line feed, DEL, C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # directions
    "\u2028\u2029\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"  # line and paragraph ends, marks that nobody sees
)
_SURROGATE = re.compile("[\ud800-\udfff]")


def printable(text: str, *, lines: bool = False) -> str:
    """`text` without control, escape and direction characters; a lone surrogate is written as an escape.

    `lines`: line feeds stay; else they become spaces, so that nobody forges a line.
    """
    if text.isascii() and text.isprintable():
        return text
    plain = _OBEYED.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).replace("\t", " ")
    plain = _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", plain)
    return plain if lines else plain.replace("\n", " ")


def for_shell(path: Path) -> str:
    """A path as a word of a command line: quoted where a shell would read more than a name, never like a flag."""
    text = printable(str(path))
    text = os.path.join(".", text) if text.startswith("-") else text  # noqa: PTH118 -- a Path would drop the dot
    if os.name == "nt":
        return f'"{text}"' if re.search(r"[^\w.:\\/-]", text) else text
    return shlex.quote(text)


def json_text(value: object) -> str:
    """JSON as people and programs read it; what a terminal would obey, or no encoding can hold, is an escape."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    text = _OBEYED.sub(lambda found: json.dumps(found[0])[1:-1], text)  # JSON's own line feeds are no such characters
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
