"""The API's own words: what the body of a reply says, whatever form the server gives to an error. Pure.

Read are `message` and `error` (the vendor's), RFC 9457's `title`, `detail` and `errors`, FastAPI's `detail` with `loc`
and `msg`, maps of fields to what is wrong with them (Rails, Laravel, ASP.NET), lists of either, and plain text. What is
not UTF-8 becomes U+FFFD where it cannot be read; no reply is refused for it.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bulk_sync.api.responses import Response

LONGEST = 300
"""Characters of the API's words that anybody reads."""

NOT_JSON = object()
"""What a body is that JSON does not know."""

_MOST_OF_A_LIST, _DEEPEST = 5, 6


def parsed(body: bytes) -> object:
    """A body as JSON says it, or `NOT_JSON`. Half characters (lone surrogates), which no file can hold, are U+FFFD."""
    try:
        try:
            value: object = json.loads(body, parse_int=_number)
        except UnicodeDecodeError:
            value = json.loads(body.decode("utf-8", "replace"), parse_int=_number)
        return _whole(value) if _HALF.search(body) else value
    except (ValueError, RecursionError):
        return NOT_JSON


def _number(digits: str) -> float:
    """A whole number, which Python reads up to 4,300 digits."""
    return int(digits) if len(digits) < 400 else float(digits)


_HALF = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")
"""Where half a character may stand in JSON: escaped, or as bytes that no UTF-8 has."""


def _whole(value: object) -> object:
    """The same value, the half characters in all its texts and names replaced."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_whole(each) for each in value]
    if isinstance(value, dict):
        return {_whole(name): _whole(each) for name, each in value.items()}
    return value


def body_of(response: Response) -> dict[str, object]:
    """The object that a reply is; empty where it is none."""
    body = parsed(response.body)
    return body if isinstance(body, dict) else {}


def is_denial(body: Mapping[str, object]) -> bool:
    """Whether an object says `success: false`, whatever its status says."""
    return body.get("success") in (False, "false")


def is_web_page(response: Response) -> bool:
    """Whether a reply is HTML: a proxy's or a web site's word, not the API's. Some APIs call their JSON so."""
    is_called_so = "html" in response.headers.get("content-type", "").lower()
    return response.body.lstrip()[:1] == b"<" or (is_called_so and parsed(response.body) is NOT_JSON)


def words(response: Response) -> str:
    """The API's own words as one printable sentence, at most `LONGEST` characters, or that it gave none."""
    return said(response) or "it gave no reason."


def said(response: Response) -> str:
    """The API's own words as one printable sentence, or why they cannot be read; empty where there are none."""
    if response.flaw:
        return sentence(response.flaw)
    body = parsed(response.body)
    if isinstance(body, dict):
        text = _of_an_error(body)
    elif isinstance(body, str | list):
        text = _text(body)
    else:
        is_text = body is NOT_JSON and not is_web_page(response)
        text = response.body[:LONGEST].decode(errors="replace") if is_text else ""
    flat = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return sentence(flat[:LONGEST]) if flat else ""


def sentence(text: str) -> str:
    """`text` with a capital letter before it and a full stop behind it."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


_HEADS = ("message", "error", "title", "msg", "error_description", "reason", "description")
"""Where servers say in a few words what is wrong, the best first."""

_DETAILS = ("detail", "details", "errors", "issues", "invalid-params", "invalid_params", "violations")
"""Where they say more of it."""

_FIELDS = ("loc", "field", "path", "pointer", "param", "parameter", "property", "name", "source")
"""Where an entry of a list says which field it is about."""


def _of_an_error(body: Mapping[str, object]) -> str:
    """What an error says in all: its own words first, then its details that are not among them."""
    head = next(filter(None, (_text(body.get(name)) for name in _HEADS)), "")
    parts = [head, *(_text(body.get(name)) for name in _DETAILS)]
    parts = [part for at, part in enumerate(parts) if part and part not in parts[:at]]
    return ": ".join(part.rstrip(".:") for part in parts[:-1]) + (": " if len(parts) > 1 else "") + "".join(parts[-1:])


def _text(value: object, depth: int = 0) -> str:
    """The text in a field of an error: itself, that of its items, of its own message, or of each of its fields."""
    if depth > _DEEPEST:
        return ""
    match value:
        case str():
            return value.strip()
        case list():
            return "; ".join(filter(None, (_text(each, depth + 1) for each in value[:_MOST_OF_A_LIST])))
        case dict() if any(name in value for name in (*_HEADS, "detail")):
            return _of_an_entry(value, depth)
        case dict():
            named = ((name, _text(each, depth + 1)) for name, each in list(value.items())[:_MOST_OF_A_LIST])
            return "; ".join(f"{name}: {text}" for name, text in named if text)
        case _:
            return ""


def _of_an_entry(entry: Mapping[str, object], depth: int) -> str:
    """What one error of several says, and of which field."""
    text = next(filter(None, (_text(entry.get(name), depth + 1) for name in (*_HEADS, "detail", *_DETAILS))), "")
    place = next(filter(None, (_field(entry.get(name)) for name in _FIELDS)), "")
    return f"{place}: {text}" if text and place and place.casefold() not in text.casefold() else text


def _field(value: object) -> str:
    """The name of a field, from a path to it (`["body", "phone"]`, `/data/phone`, `#/phone`)."""
    if isinstance(value, list):
        value = next((each for each in reversed(value) if isinstance(each, str)), "")
    if isinstance(value, dict):
        value = value.get("pointer") or value.get("parameter") or ""
    return value.rpartition("/")[2].strip() if isinstance(value, str) else ""


def missing(text: str) -> str | None:
    """Which noun (contact, campaign) a 404 is about: the subject of "not found" and its like, else the first named.

    What holds a slash is the address of a request, and says nothing of a contact ("Route /contacts/update not found").
    """
    bare = re.sub(r"\S*/\S*", "", text)
    clauses = [clause for clause in re.split(r"[:;.]", bare) if _VERB.search(clause)]
    nouns = _NOUN.findall(clauses[0] if clauses and _NOUN.search(clauses[0]) else bare)
    return nouns[0].lower() if nouns else None


_VERB = re.compile(r"not (?:be )?found|does(?:n[\'’]t| not) exist|unknown|missing|no such", re.IGNORECASE)
_NOUN = re.compile(r"\b(contact|campaign)(?![\'’]s)", re.IGNORECASE)


def named_missing(text: str) -> str | None:
    """Which noun (contact, campaign) words call missing where no 404 says so too: it must be in so many words."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", re.sub(r"\S*/\S*", "", text))
    found = None if may_pass(text) else _SAID_MISSING.search(apart)
    return (found[1] or found[2]).lower() if found else None


_SAID_MISSING = re.compile(
    r"(?:\bunknown|no such|\bno|\bmissing|(?:not|n[\'’]t|unable to) find) (?:(?:the|a|any|that|this) )?"
    r"(contact|campaign)\b"
    r"|\b(contact|campaign)\b(?![\'’]s)[^:;.]*?"
    r"(?:not (?:be )?found|(?:not|n[\'’]t|no longer) exists?\b|\b(?:is|are) (?:missing|unknown)|(?:was|been) deleted)",
    re.IGNORECASE,
)

_FIELD = re.compile(
    r"phone|number|status|campaign|\bname\b|time ?zone|custom ?variables|\bvariables?\b|\bemail\b|splitter|\bfields?\b",
    re.IGNORECASE,
)
_WRONG = re.compile(
    r"\binvalid|not (?:a )?valid|\bmust\b|required|\bwrong\b|unknown(?! (?:error|reason|problem|failure|exception))|"
    r"not (?:allowed|supported|recogni[sz]ed|accepted)|malformed|unsupported|unrecogni[sz]ed|too (?:long|short)|"
    r"\bexpected|should (?:be|match|have)|can(?:no|[\'’])t be (?:blank|empty)|not an? \w+|bad format|out of range|"
    r"does(?:n[\'’]t| not) (?:exist|match)",
    re.IGNORECASE,
)
_PASSES = re.compile(
    r"try again|later|temporar|time[d -]?out|busy|unavailable|overload|too many|\block(?:ed)?\b|in progress|internal|"
    r"database|deadlock|\bservice\b|\bserver\b|upstream|gateway|backend|unexpected",
    re.IGNORECASE,
)
_TAKEN = re.compile(
    r"already (?:exist|registered|in use|present|there|created|been)|duplicate|\btaken\b|\bin use\b|must be unique|"
    r"not unique|has already|\b(?:contact|phone|number)\b[^:;.]*\bexists\b",
    re.IGNORECASE,
)


def names_wrong_field(text: str) -> bool:
    """Whether the words of an error say that a field is wrong, which no further try can change."""
    return any(
        _FIELD.search(clause) and (_WRONG.search(clause) or _TAKEN.search(clause)) for clause in _clauses(text)
    ) and not may_pass(text)


def names_duplicate(text: str) -> bool:
    """Whether the words of an error say that what was to be made is there already."""
    return _TAKEN.search(text) is not None and named_missing(text) is None


def may_pass(text: str) -> bool:
    """Whether the words of an error speak of something that passes: a try later may succeed."""
    return _PASSES.search(text) is not None


def _clauses(text: str) -> Iterator[str]:
    """The parts of a text that speak of one thing each. A field and what is wrong with it may be apart by a colon."""
    return (clause for clause in re.split(r"[;.](?:\s|$)", text) if clause)
