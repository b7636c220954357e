"""The terminal is safe: what strangers wrote cannot steer it, wherever a person reads."""

import ast
import json
import re

import pytest

from tests.desk import PHONES
from tests.fake_api import fake_api
from tests.source import MODULES

pytestmark = pytest.mark.trial

OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]")
EVIL = "ev\x1b[2J\x1b]0;owned\x07il\u202e\x9b31mgnp\u2066\r\x08"


def clean(done):
    for text in (done.out, done.screen):
        assert not OBEYED.search(text), OBEYED.findall(text)


@pytest.mark.parametrize("flags", [(), ("-v",), ("--log-format", "json"), ("--json",), ("--dry-run",), ("-q",)])
def test_headers_cells_and_file_names_steer_nothing(at, flags):
    name = f"rows {EVIL.replace(chr(13), '')}.csv"
    at.sheet(
        [[PHONES[0], "paused", "x"], [EVIL, "paused", "y"], [PHONES[1], EVIL, "z"]],
        name,
        head=("phone", "status", f"note {EVIL}"),
    )
    clean(at(name, *flags))
    clean(at("history"))
    clean(at("history", "--json"))
    for run in at.history():
        clean(at("history", run["run"]))
    clean(at(f"missing {EVIL}.csv"))
    clean(at(name, f"--{EVIL}"))
    clean(at(name, "--rate", EVIL))
    clean(at("resume", f"x{EVIL}"))


@pytest.mark.parametrize("flags", [(), ("-v",), ("--log-format", "json")])
def test_the_apis_words_steer_nothing(at, flags):
    at.sheet([[PHONES[0], "paused"], [PHONES[1], "DNC"]])
    status = {"id": "1", "name": f"s{EVIL}", "label": EVIL, "isTerminal": True, "isSystem": False}
    refused = (400, {"error": EVIL, "message": f"No: {EVIL}\nResults: all is well"})
    paths = {"/contacts/statuses": [status], "/campaigns": {"data": []}, "/contacts": refused}
    with fake_api(
        paths, headers={"X-RateLimit-Limit": "\x9b31m \x85"}, posts=(400, json.dumps(refused[1]).encode())
    ) as api:
        clean(at("rows.csv", *flags, BULK_SYNC_BASE_URL=api.url))
        clean(at("statuses", BULK_SYNC_BASE_URL=api.url))
        clean(at("statuses", "--json", BULK_SYNC_BASE_URL=api.url))
        clean(at("check", BULK_SYNC_BASE_URL=api.url))


def test_nobody_prints_but_where_text_is_cleaned():
    """By construction: these calls stand only in the places that clean what they are given."""
    homes = {
        "echo": {"cli/output.py"},
        "print": set(),
        "Console": set(),
        "write": {"cli/__init__.py", "report/console.py"},  # the help as it stands; a question, cleaned
    }
    found = set()
    for module in MODULES:
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            text = ast.unparse(node.func)
            if called == "write" and "sys.std" not in text:
                continue
            if called == "print" and "console" in text.casefold():
                continue
            if called in homes and module.path not in homes[called]:
                found.add((module.path, text))
    assert found == set()


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (["rows.csv"], 0, None),
        (["rows.csv", "--nonsense"], 2, "nonsense"),
        (["missing.csv"], 2, "missing"),
        (["rows.csv", "--rate", "fast"], 2, "fast"),
        (["rows.csv", "--max-stop", "0"], 3, "guard|max-stop"),
        (["rows.csv", "--base-url", "http://example.com"], 4, "unprotected"),
        (["rows.csv", "--max-writes", "1"], 5, "."),
        (["resume", "nothing"], 2, "nothing"),
    ],
)
def test_json_logs_say_how_it_ended_on_every_way_out(at, arguments, code, reason):
    at.sheet([[PHONES[0], "paused"], [PHONES[1], "paused"]])
    done = at(*arguments, "--log-format", "json")
    assert done.code == code, done.screen
    records = [json.loads(line) for line in done.screen.splitlines()]
    last = records[-1]
    assert last["event"] == "finished"
    assert last["exit_code"] == code
    assert [each for each in records if each.get("event") == "finished"] == [last]
    assert last["reason"] is None if reason is None else re.search(reason, last["reason"])
    if code == 0:
        assert last["counts"] == {"updated": 2}
