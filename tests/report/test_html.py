"""The report as a page: what stands on it, what does not, and what a stranger's words cannot do to it."""

import base64
import hashlib
import random
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulk_sync.report.chart import MOST, Timeline
from bulk_sync.report.html import ADVICE, MOST_ROWS, RunFacts, page, without_numbers
from bulk_sync.report.summary import Impact

VOID = {"meta", "input"}


class Page(HTMLParser):
    """A page as a strict reader finds it: its elements in order, and its text as a person sees it."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.words, self._open = [], [], []
        self.feed(html)
        self.close()
        assert self._open == [], "an element is not closed"
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if not {"style", "script"} & set(self._open):
            self.words.append(data)

    def of(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def error(row=17, code="invalid_phone", sentence="Row 17, Mobile (B17): wrong.", phone="", contact=""):
    cells = {"sync_row": str(row), "sync_code": code, "sync_error": sentence}
    return cells | {"sync_phone": phone, "sync_contact_id": contact}


def facts(**more):
    effects = Impact(frozenset({"DNC"}))
    effects.transitions.update({("active", "DNC"): 3, (None, "active"): 1})
    effects.stops, effects.restarts = 3, 1
    given = {
        "run": "20261121-081500-k3fx",
        "kind": "run",
        "state": "finished",
        "input": "contacts.csv",
        "results": "contacts.results.csv",
        "account": "https://api.example.com",
        "version": "1.2.3",
        "counts": {("success", "updated"): 4, ("error", "invalid_phone"): 1, ("skipped", "blank"): 1},
        "began": 1_800_000_000.0,
        "ended": 1_800_000_300.0,
        "seconds": 300.0,
        "exit_code": 1,
        "limit": "30/min",
        "allowance": (30, 60.0),
        "updates": 4,
        "settled": 4,
        "progress": [(1_800_000_001.0, 2), (1_800_000_120.0, 4)],
        "effects": effects,
        "errors": [error()],
    }
    return RunFacts(**given | more)


PREVIEW = {"state": "preview", "progress": (), "counts": {("would_send", "updated"): 1, ("error", "invalid_phone"): 2}}


def read(**more):
    return Page(page(facts(**more)))


def test_it_says_how_the_run_went():
    text = read().text
    for words in (
        "Run of contacts.csv", "Finished. 1 row has errors.", "Outcomes of 6 rows", "66.7 %",
        "4 updates finished in 2 min, with or without an error.",
        "30 updates a minute", "Outreach stopped for 3 contacts and restarted for 1 contact.", "active → DNC",
        "not a valid phone number", ADVICE["invalid_phone"], "Row 17, Mobile (B17): wrong.",
        "bulk-sync retry contacts.results.csv", "not read",
    ):  # fmt: skip
        assert words in text, words


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"counts": {("success", "updated"): 4}}, "Finished. Every row succeeded or needed nothing."),
        ({"state": "unfinished", "updates": 5}, "This run is not finished: 1 update left to send."),
        ({"state": "unfinished", "to_go_on": "To continue: bulk-sync resume X"}, "To continue: bulk-sync resume X"),
        ({"state": "running"}, "make the report again: bulk-sync report 20261121-081500-k3fx"),
        ({"state": "overtaken", "newer": "N-1"}, "bulk-sync report N-1"),
        ({"counts": {("not_sent", "deadline"): 2}}, "This run ended early: 2 rows were not sent."),
        ({"kind": "retry", "input": "a.results.csv"}, "Retry of a.results.csv"),
        ({"kind": "undo", "of": "R-1"}, "Undo of run R-1"),
        ({"kind": "undo", "of": "R-1", **PREVIEW}, "Preview: undo of run R-1"),
        ({"resumed": [1_800_000_060.0]}, "1 time, last at"),
        ({"results": "my list.results.csv"}, "bulk-sync retry 'my list.results.csv'"),
        ({"results": "a;b $x.results.csv"}, "bulk-sync retry 'a;b $x.results.csv'"),
        ({"results": "-n.results.csv"}, "bulk-sync retry ./-n.results.csv"),
        ({"stopped": "Stopped after 130 writes."}, "Stopped after 130 writes."),
        ({"limit": "20 in a window", "allowance": None}, "The API's limit: 20 in a window."),
    ],
)
def test_it_says_what_the_run_was_and_what_to_do(more, words):
    assert words in read(**more).text


def test_a_preview_is_in_the_conditional():
    text = read(**PREVIEW).text
    assert "Nothing was sent. 1 row would be sent; 2 rows have errors. Sending would take about 5 min." in text
    assert "Outreach would stop for 3 contacts" in text
    assert "the contact would be updated" in text
    assert "Progress" not in text
    assert "accepted" not in text


def test_of_many_errors_the_first_are_shown_and_that_is_said():
    many = [error(row, sentence=f"Row {row}: wrong.") for row in range(2, MOST_ROWS + 2)]
    beyond = error(5_000, "unknown_status", "Row 5000: the last kind.")
    shown = read(errors=[*many, beyond], counts={("error", "invalid_phone"): 4_000, ("error", "unknown_status"): 1})
    assert "These are the first 1,000 of 4,001 rows with errors." in shown.text
    assert "the last kind" in shown.text
    assert {each["data-filter"] for each in shown.of("button")} == {"invalid_phone"}
    assert f"{MOST_ROWS:,} of" not in read().text


def test_the_page_loads_nothing_and_its_policy_forbids_it():
    html = page(facts())
    found = Page(html)
    for tag, attributes in found.elements:
        assert not {"src", "action", "srcset", "style", "xlink:href"} & set(attributes), tag
        assert not [name for name in attributes if name.startswith("on")], tag
        assert attributes.get("href", "#").startswith("#")
    assert not {"link", "img", "iframe", "object", "base", "form"} & {tag for tag, _ in found.elements}
    [policy] = [each["content"] for each in found.of("meta") if each.get("http-equiv") == "Content-Security-Policy"]
    for element in ("style", "script"):
        [content] = re.findall(f"<{element}>(.*?)</{element}>", html, re.DOTALL)
        sha = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{element}-src 'sha256-{sha}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "url(" not in html


def test_a_screen_reader_finds_its_way():
    found = read()
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in found.elements:
        for name in ("aria-labelledby", "aria-describedby", "for"):
            assert attributes.get(name, ids[0]) in ids
        assert attributes.get("href", "#main")[1:] in ids
    assert [len(found.of(tag)) for tag in ("main", "header", "footer", "nav", "h1")] == [1] * 5
    assert len(found.of("table")) == len(found.of("caption"))
    assert all("scope" in each for each in found.of("th"))
    assert found.of("html") == [{"lang": "en"}]


HOSTILE = "</script><img src=x onerror=alert(1)>\"'&{{ 7*7 }}\u202etxt.exe\u2066\x1b]0;owned\x07\x00\ud800"


def hostile(words):
    effects = Impact(frozenset(), campaigns={"c": words})
    effects.transitions[words, words] = 1
    effects.moves["C", words] = 1
    return facts(
        input=words, results=words, account=words, stopped=words, to_go_on=words, limit=words, notes=[words],
        effects=effects, errors=[error(code=words, sentence=words, phone=words, contact=words)], newer=words, of=words,
        counts={("error", words): 1, ("success", words): 1},
    )  # fmt: skip


@pytest.mark.parametrize("show_phones", [False, True])
def test_strangers_words_stay_words(show_phones):
    html = page(hostile(HOSTILE), show_phones=show_phones)
    found = Page(html)
    assert "img" not in {tag for tag, _ in found.elements}
    assert len(found.of("script")) == 1
    assert "</script><img src=x onerror=alert(1)>\"'&{{ 7*7 }}txt.exe]0;owned" in found.text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", html)


@given(st.text("<>&\"'`{}%#/!-=ax ") | st.text())
def test_whatever_is_written_the_elements_are_the_same(words):
    found, plain = (Page(page(hostile(f"x{each}"))) for each in (words, "plain"))
    assert [tag for tag, _ in found.elements] == [tag for tag, _ in plain.elements]


NUMBERS = [
    ("+14155550123 is not a contact", "+1•••••••123 is not a contact"),
    ('"415-555-0177 / 415-555-0178" holds', '"•••••••177 / •••••••178" holds'),
    ("(415) 555-0123, (06221) 12 34 56", "(•••••••123, (••••••••456"),
    ("4.15556E+09 lost digits", "•••556E+09 lost digits"),
    ("٠١٧١٢٣٤٥٦٧ too", "•••••••٥٦٧ too"),
    ("Row 12345, Mobile (AB12345): row 1234567 and rows 12345 stay", None),
    ("2bb0185d-9255-50af-ae6f-b3ca01041244 stays, HTTP 404 too", None),
    ("the number has 9 digits, after 130 writes", None),
    ("row 4155550123 is a number", "row •••••••123 is a number"),
]


@pytest.mark.parametrize(("sentence", "masked"), NUMBERS)
def test_a_sentence_shows_no_phone_number(sentence, masked):
    assert without_numbers(sentence) == (masked or sentence)


def test_phones_are_masked_unless_they_are_to_be_shown():
    sentence = 'Row 17, Mobile (B17): "+14155550123" was refused.'
    given = facts(errors=[error(sentence=sentence, phone="+14155550123")], notes=[sentence], stopped=sentence)
    assert "14155550123" not in page(given)
    assert "+1•••••••123" in page(given)
    assert page(given, show_phones=True).count("+14155550123") == 5


@pytest.mark.parametrize("hours", [0.001, 1, 100])
def test_a_timeline_is_short_however_much_happened(hours):
    moments = [1_800_000_000 + random.Random(at).random() * hours * 3_600 for at in range(5_000)]
    timeline = Timeline()
    for at in moments:
        timeline.add(at)
    points = timeline.points()
    assert MOST / 4 < len(points) <= MOST
    for at, done in points:
        assert done == sum(moment < at for moment in moments)
