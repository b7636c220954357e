r"""The key struck out of whatever comes from outside, in the spellings in which it may be echoed.

As it is; with any of its characters written as an escape of JSON (`\/`, `\uXXXX`), as percent code or as an entity of
HTML; and in base64, standard or URL-safe, alone or with the colon of a user name. Nothing else is promised.
"""

from __future__ import annotations

import base64
import json
import re
from functools import cached_property
from html.entities import html5

STRUCK_OUT = "[key]"

_ESCAPES = re.compile(r"[\\%&]")
"""What every escaped spelling has in it."""


class Redaction:
    """Strikes one key out. The key must not be empty."""

    def __init__(self, key: str) -> None:
        if not key:
            raise ValueError("there is no key to strike out")
        encoded = [base64.b64encode(text.encode()).decode().rstrip("=") for text in (key, f"{key}:")]
        url_safe = [each.replace("+", "-").replace("/", "_") for each in encoded]
        # the longest first: what stands behind a shorter one would be left
        self._spellings = sorted({key, *encoded, *url_safe}, key=len, reverse=True)

    def strike(self, text: str) -> str:
        """`text` with `[key]` in place of the key."""
        if _ESCAPES.search(text):
            return self._escaped.sub(STRUCK_OUT, text)
        for spelling in self._spellings:
            if spelling in text:
                text = text.replace(spelling, STRUCK_OUT)
        return text

    def strike_bytes(self, content: bytes) -> bytes:
        """The same of bytes in an encoding that holds ASCII as ASCII; what JSON reads as UTF-16 or 32 becomes UTF-8."""
        if not (encoding := json.detect_encoding(content)).startswith("utf-8"):
            content = content.decode(encoding, "replace").encode()
        return self.strike(content.decode("latin-1")).encode("latin-1")

    @cached_property
    def _escaped(self) -> re.Pattern[str]:
        return re.compile("|".join("".join(map(_any_spelling, each)) for each in self._spellings))


def _any_spelling(letter: str) -> str:
    """A pattern for one character of a key: as it is, or escaped once or several times."""
    code = ord(letter)
    entities = "".join(f"|&{re.escape(name.rstrip(';'))};" for name, char in html5.items() if char == letter)
    return (  # every repetition is bounded: a body of a million backslashes must not take hours
        rf"(?:\\{{0,8}}{re.escape(letter)}|\\{{1,8}}u00(?i:{code:02x})|%(?:25){{0,4}}(?i:{code:02x})"
        rf"|&(?:amp;){{0,4}}#0{{0,8}}{code};|&(?:amp;){{0,4}}#[xX]0{{0,8}}(?i:{code:02x});{entities})"
    )
